"""The tables of docs/scale.md, from a result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from inputs import DAY, HOUR, MINUTE, Inputs
from model import Result, Simulation


def tables(inputs: Inputs) -> str:
    """All tables, as Markdown."""
    week = Simulation(inputs).run()
    at_once = replace(inputs, onboarding_days=0)
    burst = Simulation(at_once).run()
    parts = [
        _firms(inputs),
        _summary(inputs, week, burst),
        _usable("### From the connection of a firm to its data, in the week", inputs, week),
        _usable("### The same, all at once", inputs, burst),
        _slots(at_once),
        _day(inputs, week),
        _burst(at_once, burst),
        _store(inputs, week),
        _limits("### What breaks first, in the week", inputs, week),
        _limits("### What breaks first, all at once", at_once, burst),
    ]
    return "\n\n".join(parts)


def _firms(inputs: Inputs) -> str:
    rows = []
    for size in inputs.classes:
        requests = [records / inputs.records_per_page + inputs.requests_per_phase for records in size.records]
        alone = sum(requests) / (inputs.peak_limit * inputs.quota_share)
        rows.append(
            (
                size.name,
                f"{size.share:.0%}",
                f"{sum(size.records):,}",
                f"{sum(requests):,.0f}",
                _duration(alone * MINUTE),
                f"{sum(size.records) * inputs.staged_bytes / 1e6:,.0f}",
                f"{sum(size.records) * inputs.database_bytes / 1e6:,.0f}",
            )
        )
    head = ("firm", "share", "records", "requests", "at the peak limit", "staged MB", "database MB")
    return "### The firms\n\n" + _table(head, rows)


def _summary(inputs: Inputs, week: Result, burst: Result) -> str:
    rows = [(name, *(value(result) for result in (week, burst))) for name, value in _SUMMARY]
    memory = inputs.airflow.task_memory + inputs.airflow.binary_memory
    most = [max(sample[1] + sample[3] for sample in result.samples) for result in (week, burst)]
    rows.append(("memory of the workers at the most, GB", *(f"{tasks * memory / 1000:,.0f}" for tasks in most)))
    return "### The week\n\n" + _table(("", "spread over five days", "all on Monday, 16:00 UTC"), rows)


_SUMMARY: list[tuple[str, Callable[[Result], str]]] = [
    ("firms onboarded", lambda result: f"{sum(len(firm.usable) == 3 for firm in result.firms):,}"),
    ("refreshes", lambda result: f"{len(result.waits[-1]):,}"),
    ("requests to Clio", lambda result: f"{result.requests:,.0f}"),
    ("tasks", lambda result: f"{result.tasks:,}"),
    ("task starts in the busiest minute", lambda result: f"{max(result.starts.values()):,}"),
    ("extracts at a time, on average", lambda result: f"{_mean([sample[1] for sample in result.samples]):.0f}"),
    ("extracts at a time, at the most", lambda result: f"{max(sample[1] for sample in result.samples):,}"),
    ("extracts that wait for a slot, at the most", lambda result: f"{max(sample[2] for sample in result.samples):,}"),
    ("other stages that wait, at the most", lambda result: f"{max(sample[4] for sample in result.samples):,}"),
    ("processor time of the workers, hours", lambda result: f"{result.worker_cpu / HOUR:,.0f}"),
    ("the last phase of the last firm", lambda result: f"after {_duration(result.end)}"),
]


def _usable(title: str, inputs: Inputs, result: Result) -> str:
    rows = []
    for size in inputs.classes:
        firms = [firm for firm in result.firms if firm.size is size]
        cells: list[str] = [size.name]
        for phase in (0, 2):
            times = sorted(firm.usable[phase] - firm.wanted for firm in firms if phase in firm.usable)
            cells += [_duration(_quantile(times, 0.5)), _duration(_quantile(times, 0.95)), _duration(times[-1])]
        rows.append(tuple(cells))
    head = ("firm", "core: half", "95 %", "slowest", "all phases: half", "95 %", "slowest")
    return f"{title}\n\n" + _table(head, rows)


def _slots(inputs: Inputs) -> str:
    rows = []
    for slots in (25, 50, 100, 200, 400, 800):
        result = Simulation(replace(inputs, extract_slots=slots)).run()
        cores = sorted(firm.usable[0] - firm.wanted for firm in result.firms)
        whole = sorted(firm.usable[2] - firm.wanted for firm in result.firms)
        waits = sorted(wait for phase in result.waits.values() for wait in phase)
        memory = slots * (inputs.airflow.task_memory + inputs.airflow.binary_memory) / 1000
        rows.append(
            (
                str(slots),
                f"{memory:.0f}",
                _duration(_quantile(cores, 0.95)),
                _duration(_quantile(whole, 0.95)),
                _duration(_quantile(waits, 0.99)),
                _duration(result.end),
            )
        )
    head = (
        "slots",
        "GB for them",
        "core usable: 95 %",
        "all phases: 95 %",
        "99 % of waits below",
        "all onboarded after",
    )
    return "### Slots for extracts, all at once\n\n" + _table(head, rows)


def _day(inputs: Inputs, result: Result) -> str:
    simulation = Simulation(inputs)
    rows = []
    for hour in range(24):
        at = 1 * DAY + hour * HOUR
        inside = [region.name for region in inputs.regions if simulation.limit(region, at) == inputs.peak_limit]
        samples = [sample for sample in result.samples if at <= sample[0] < at + HOUR]
        rows.append(
            (
                f"{hour:02}:00",
                " ".join(inside) or "none",
                f"{_mean([sample[1] for sample in samples]):.0f}",
                f"{max(sample[2] for sample in samples)}",
                f"{_mean([sample[3] for sample in samples]):.1f}",
                f"{max(sample[4] for sample in samples)}",
            )
        )
    head = ("Tuesday, UTC", "peak hours in", "extracts", "waiting, at most", "other stages", "waiting, at most")
    return "### A day of it\n\n" + _table(head, rows)


def _burst(inputs: Inputs, result: Result) -> str:
    rows = []
    for minutes in (5, 15, 30, 60, 120, 240, 480, 720, 1440):
        at = 16 * HOUR + minutes * MINUTE
        sample = min(result.samples, key=lambda sample: abs(sample[0] - at))
        usable = sum(firm.usable.get(0, 1e12) <= at for firm in result.firms)
        whole = sum(firm.usable.get(2, 1e12) <= at for firm in result.firms)
        cells = (_duration(minutes * MINUTE), *(f"{number:,}" for number in (*sample[1:], usable, whole)))
        rows.append(cells)
    head = ("after", "extracts", "waiting", "other stages", "waiting", "firms with core", "with all phases")
    return "### The queue, all at once\n\n" + _table(head, rows)


def _store(inputs: Inputs, result: Result) -> str:
    store = inputs.store
    stored = sum(sum(firm.size.records) for firm in result.firms) * (inputs.staged_bytes + inputs.database_bytes) / 1e9
    rows = [
        ("PUT", f"{result.puts:,.0f}", f"${result.puts * store.put_price:,.2f}"),
        ("GET", f"{result.gets:,.0f}", f"${result.gets * store.get_price:,.2f}"),
        ("GB stored, a month", f"{stored:,.0f}", f"${stored * store.gigabyte_month:,.2f}"),
    ]
    return "### The object store, this week\n\n" + _table(("", "number", "price"), rows)


def _limits(title: str, inputs: Inputs, result: Result) -> str:
    """What one unit can carry, and at how many firms a week it is full."""
    airflow = inputs.airflow
    busiest = max(result.starts.values()) / 60
    running = max(sample[1] + sample[3] for sample in result.samples)
    api = busiest * airflow.api_cpu_per_task + running * airflow.api_cpu_per_running_second
    scheduler = (
        airflow.idle_scheduler_cpu
        + busiest * airflow.scheduler_cpu_per_task
        + min(running, airflow.runs_per_loop) * airflow.scheduler_cpu_per_running_second
    )
    database = (
        airflow.idle_database_cpu
        + busiest * airflow.database_cpu_per_task
        + running * airflow.database_cpu_per_running_second
    )
    transactions = (
        airflow.idle_transactions
        + busiest * airflow.transactions_per_task
        + running / airflow.heartbeat_every * airflow.transactions_per_heartbeat
    )
    memory = running * (airflow.task_memory + airflow.binary_memory) / 1000
    workers = busiest * airflow.worker_cpu_per_task + running * airflow.worker_cpu_per_running_second
    lines = [
        (
            "API server",
            api,
            float(inputs.api_processes),
            "processes",
            "more processes: `[api] workers`; rarer heartbeats",
        ),
        ("scheduler", scheduler, float(inputs.schedulers), "processes", "a second scheduler"),
        ("PostgreSQL", database, 2.0, "processors", "more processors"),
        ("PostgreSQL", transactions, 2000.0, "transactions a second", "PgBouncer, faster disks"),
        ("workers", workers, float(inputs.worker_processors), "processors", 'more workers; `by="phase"`'),
        ("workers", memory, inputs.extract_slots * 0.165, "GB", "more workers"),
    ]
    rows = []
    for name, need, capacity, unit, remedy in sorted(lines, key=lambda line: line[2] / line[1]):
        share = need / capacity
        rows.append(
            (name, f"{need:,.2f} of {capacity:,.0f} {unit}", f"{share:.0%}", f"{inputs.firms / share:,.0f}", remedy)
        )
    head = ("in the busiest minute", "need", "used", "full at firms a week", "then")
    return f"{title}\n\n" + _table(head, rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " --: |" * (len(head) - 1)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers) if numbers else 0.0


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def _duration(seconds: float) -> str:
    if seconds < MINUTE:
        return f"{seconds:.0f} s"
    if seconds < HOUR:
        return f"{seconds / MINUTE:.0f} min"
    if seconds < 2 * DAY:
        return f"{seconds / HOUR:.1f} h"
    return f"{seconds / DAY:.1f} days"
