"""The inputs of the model.

Each number says where it comes from: measured, documented, or stated, which is a guess that you may change.
"""

from __future__ import annotations

from dataclasses import dataclass, field

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


@dataclass(frozen=True)
class FirmClass:
    """Firms of one size: records by phase, in the order of the phases."""

    name: str
    #: Share of all firms (stated: most firms are small).
    share: float
    #: The upper end of the size class (stated); twice that of `large` for enterprises and more for their history.
    records: tuple[int, int, int]


@dataclass(frozen=True)
class Region:
    """Where a firm is, and when Clio's peak hours are there (documented), in UTC in winter, Monday to Friday."""

    name: str
    #: Share of all firms (stated).
    share: float
    peak: tuple[int, int]
    #: When people there connect their firms: office hours, in UTC (stated).
    office: tuple[int, int]


@dataclass(frozen=True)
class Airflow:
    """What a task costs. Seconds of one processor, unless a unit is named."""

    #: Measured in F1 (4 firms, on a busy machine), less what idle services take: processor seconds by service.
    worker_cpu_per_task: float = 0.68
    api_cpu_per_task: float = 0.24
    scheduler_cpu_per_task: float = 0.12
    database_cpu_per_task: float = 0.07
    #: Measured (`scripts/fleet waiting`, 12 extracts): what one running task costs each second, mostly by heartbeats.
    worker_cpu_per_running_second: float = 0.0033
    api_cpu_per_running_second: float = 0.0021
    database_cpu_per_running_second: float = 0.0021
    #: Measured likewise; the scheduler looks at no more than so many runs in a loop (its default).
    scheduler_cpu_per_running_second: float = 0.0051
    runs_per_loop: int = 20
    #: Measured likewise: services that have nothing to do; all of them, scheduler, PostgreSQL.
    idle_cpu: float = 0.116
    idle_scheduler_cpu: float = 0.035
    idle_database_cpu: float = 0.022
    #: Measured in F1: from the end of a task to the start of the one after it.
    gap: float = 0.6
    #: Measured: memory of a running task, and of the program in it, in MB.
    task_memory: int = 120
    binary_memory: int = 45
    #: Measured: the four services, in MB.
    services_memory: int = 850
    #: Measured in F1: transactions of the database for a task, and of idle services each second; stated: for a
    #: heartbeat.
    transactions_per_task: float = 30.0
    idle_transactions: float = 32.0
    transactions_per_heartbeat: float = 2.0
    heartbeat_every: float = 5.0


@dataclass(frozen=True)
class Store:
    """The object store. Prices of S3 Standard in us-east-1 (stated; see the bill)."""

    put_price: float = 0.005 / 1000
    get_price: float = 0.0004 / 1000
    gigabyte_month: float = 0.023
    #: Design: an open part is rolled over after so long, for each list that is being fetched.
    roll_every: float = 30.0
    lists_at_a_time: float = 3.0
    #: Design: a lease is renewed, and the state of the firm stored, so often.
    lease_every: float = 20.0
    status_every: float = 30.0
    #: Measured: files of a small firm after its onboarding; each stage gets those of its tables and puts those it made.
    files_per_phase: float = 8.0


@dataclass(frozen=True)
class Inputs:
    """All of it."""

    firms: int = 5000
    days: int = 7
    #: Onboardings begin on so many working days, in office hours (stated); 0: all on Monday at 16:00 UTC, when it is
    #: peak time in three regions.
    onboarding_days: int = 5
    #: core: matters and a third of the contacts; supporting: contacts, calendar entries, tasks; historical: documents
    #: and time entries.
    classes: tuple[FirmClass, ...] = (
        FirmClass("small", 0.60, (850, 2_500, 6_000)),
        FirmClass("medium", 0.30, (5_350, 17_000, 50_000)),
        FirmClass("large", 0.09, (26_700, 75_000, 200_000)),
        FirmClass("enterprise", 0.01, (53_400, 220_000, 900_000)),
    )
    regions: tuple[Region, ...] = (
        Region("us", 0.70, (12, 3), (15, 1)),
        Region("ca", 0.10, (12, 3), (14, 23)),
        Region("eu", 0.12, (7, 22), (8, 17)),
        Region("au", 0.08, (19, 10), (22, 7)),
    )
    #: Documented: requests a minute in peak hours. Stated: outside of them, as one vendor reports.
    peak_limit: float = 50.0
    off_peak_limit: float = 300.0
    #: The default of SYNC_QUOTA_SHARE.
    quota_share: float = 0.9
    #: Measured: a page has 200 records; counts, passes and questions on top (46 requests for a small firm).
    records_per_page: float = 200.0
    requests_per_phase: float = 7.0
    #: Measured (Benchmarks/RESULTS.md, wide records, two processors): records a second.
    transform_rate: float = 135_000.0
    load_rate: float = 138_000.0
    #: Stated: verify reads what both wrote, and takes as long.
    verify_rate: float = 68_000.0
    #: Measured: bytes of staged files and of the database for each record.
    staged_bytes: float = 1_220.0
    database_bytes: float = 1_550.0
    #: Measured (Benchmarks/REFRESH.md): requests of a refresh with changes and some deletions, whatever the size.
    refresh_requests: float = 60.0
    refresh_cpu: float = 3.0
    #: The fleet: extracts and other stages at a time, over all workers; processors of all workers.
    extract_slots: int = 200
    local_slots: int = 16
    worker_processors: int = 16
    #: Processes of the services: each is busy with one thing at a time.
    api_processes: int = 2
    schedulers: int = 1
    airflow: Airflow = field(default_factory=Airflow)
    store: Store = field(default_factory=Store)
    seed: int = 1
