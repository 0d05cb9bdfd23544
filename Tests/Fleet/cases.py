"""The acceptance tests of the fleet. Each is named after its promise; the table at the end has their seconds."""

from __future__ import annotations

import collections
import fcntl
import os
import re
import resource
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from airflow_api import Refused
from clio import Clio, pages_asked_twice
from fleet import DAG, DISPATCH, QUICK, Fleet, all_secrets, gone, is_sync, seconds_until
from processes import Background, processes, wait_for
from reference import Reference
from services import HEARTBEAT, ROOT, Machine, plain_environment

#: Small pages and one request at a time make the extract of a small firm long enough to be interrupted.
SLOW = {"SYNC_MAX_CONCURRENT_REQUESTS": 1, "SYNC_BATCH_SIZE_MATTERS": 10, "SYNC_BATCH_SIZE_CONTACTS": 10}
#: An answer takes less than a stop gives to the page in flight.
LATENCY = ("--limit", "100000", "--latency", "200")


@dataclass(frozen=True)
class Case:
    """One test."""

    name: str
    promise: str
    run: Callable[[Fleet, Reference], str]
    #: What the binary must be able to do.
    needs: tuple[str, ...] = ()
    #: Mostly waits: runs beside the others.
    aside: bool = False
    #: Runs only when it is named.
    on_request: bool = False


CASES: list[Case] = []


def case(
    name: str, promise: str, *needs: str, aside: bool = False, on_request: bool = False
) -> Callable[[Callable[[Fleet, Reference], str]], Callable[[Fleet, Reference], str]]:
    """Registers a test; it returns what it found, in a few words."""

    def register(run: Callable[[Fleet, Reference], str]) -> Callable[[Fleet, Reference], str]:
        CASES.append(Case(name, promise, run, needs, aside, on_request))
        return run

    return register


@case("F13", "outcomes, processes and the shape of Dags are as written")
def units(fleet: Fleet, reference: Reference) -> str:
    """The tests without services, and those of the operators with Airflow."""
    begun = children_seconds()
    for folder in ("worker", "airflow"):
        command = [sys.executable, "-B", "-m", "unittest", "discover", "-s", f"integrations/{folder}/tests"]
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False, env=fleet.airflow.environment
        )
        assert done.returncode == 0, done.stderr[-3000:]
    seconds = children_seconds() - begun
    assert seconds < 30, f"{seconds:.0f} s"
    return f"{seconds:.0f} s of processor time"


def children_seconds() -> float:
    """Processor time of the programs that were started and have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@case("F12", "Dag files import without an error, fast, and without a query")
def parsing(fleet: Fleet, reference: Reference) -> str:
    """With 2,000 firms in the table, and with a table that cannot be reached."""
    errors = fleet.airflow.command("dags", "list-import-errors", "-o", "json").stdout
    assert errors.strip().endswith("[]") or "No data" in errors, errors
    fleet.postgres.sql("INSERT INTO firms SELECT 'never-' || n, false, false FROM generate_series(1, 2000) AS n;")
    script = (
        "import time, runpy, airflow.sdk; from airflow.providers.postgres.hooks.postgres import PostgresHook\n"
        f"begun = time.process_time(); runpy.run_path({str(ROOT / 'Tests/Fleet/dags/fleet.py')!r})\n"
        "print(time.process_time() - begun)"
    )
    unreachable = fleet.airflow.environment | {"AIRFLOW_CONN_PLATFORM_DB": "postgres://127.0.0.1:1/none"}
    done = subprocess.run([sys.executable, "-c", script], env=unreachable, capture_output=True, text=True, check=True)
    seconds = float(done.stdout.split()[-1])
    assert seconds < 0.5, f"{seconds} s"
    check = [sys.executable, "-m", "cliosync_airflow.check", "--binary", str(fleet.binary)]
    done = subprocess.run(check, env=fleet.airflow.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "pool cliosync_extract: " in done.stdout, done.stdout + done.stderr
    scans = fleet.postgres.sql("SELECT coalesce(sum(seq_scan + coalesce(idx_scan, 0)), 0) FROM pg_stat_user_tables")
    return f"{seconds:.2f} s of processor time, {scans} scans of the table"


@case("F1", "all firms, dispatched by partitions, are as on one machine")
def many_firms(fleet: Fleet, reference: Reference) -> str:
    """Digests equal, no 429, at most 2 % more requests."""
    names = reference.names
    clio = fleet.clio(names, "--limit", "300", "--window", "60")
    values = ", ".join(f"('{name}', true, false)" for name in names)
    fleet.postgres.sql(f"INSERT INTO firms VALUES {values}")
    begun, before = time.monotonic(), fleet.cpu()
    fleet.api.call("POST", f"/dags/{DISPATCH}/dagRuns", {"dag_run_id": "first", "logical_date": None})
    fleet.wait_success(["first"], 60, DISPATCH)
    wait_for("a run for each firm", lambda: len(partition_runs(fleet, names)) == len(names), 60)
    fleet.wait_success(partition_runs(fleet, names).values(), 60 + 15 * len(names))
    seconds = time.monotonic() - begun
    tasks = 12 * len(names)
    used = {name: (value - before[name]) / tasks for name, value in fleet.cpu().items()}
    requests = clio.requests()
    refused = sum(request["status"] == 429 for request in requests)
    assert refused == 0, f"{refused} times 429"
    reference.finish()
    different = [name for name in names if fleet.digest(fleet.database(name)) != reference.digest(name)]
    assert not different, f"other databases: {different}"
    # Each extract is a process that asks once whose token it has; on one machine it is one process for all phases.
    asked, alone = kinds(requests), kinds(reference.requests())
    identity = asked.pop("who_am_i")
    assert identity <= 3 * len(names), f"asked {identity} times whose tokens these are"
    alone.pop("who_am_i")
    made, least = asked.total(), alone.total()
    assert made <= 1.02 * least, f"{made} requests, {least} on one machine: {asked - alone}, {alone - asked}"
    each = ", ".join(f"{name} {value:.2f}" for name, value in used.items())
    return (
        f"{tasks} tasks in {seconds:.0f} s, {made} requests ({least} on one machine) and {identity} who_am_i; for each"
        f" task, in processor seconds: {each}"
    )


@case("F11", "a firm that is dispatched or asked for twice has one run")
def one_run_each(fleet: Fleet, reference: Reference) -> str:
    """The dispatcher again, with one firm more; REST twice with one id."""
    clio = fleet.clio(["late", "asked"], "--limit", "100000")
    fleet.postgres.sql("INSERT INTO firms VALUES ('late', true, false)")
    for run in ("second", "third"):
        fleet.api.call("POST", f"/dags/{DISPATCH}/dagRuns", {"dag_run_id": run, "logical_date": None})
        fleet.wait_success([run], 60, DISPATCH)
    fleet.begin("asked")
    for _ in range(2):
        try:
            fleet.begin("asked")
        except Refused as refused:
            assert refused.status == 409, refused
        else:
            raise AssertionError("a second run of one id was begun")
    names = [*reference.names, "late", "asked"]
    wait_for("the runs", lambda: {"late", "asked"} <= set(partition_runs(fleet, names)), 30)
    fleet.wait_success(partition_runs(fleet, ["late", "asked"]).values(), 120)
    links = fleet.api.call("GET", f"/dags/{DAG}/dagRuns/asked__onboarding/taskInstances/core.load/links")
    assert links["extra_links"] == {"cliosync page": "https://status.example.com/firms/asked"}, links
    counts = [run["partition_key"] for run in fleet.api.runs(DAG) if run["partition_key"] in names]
    assert sorted(counts) == sorted(set(counts)), counts
    return f"{len(counts)} runs of {len(set(counts))} firms, {clio.count()} requests"


@case("F3", "a task process that is killed takes its sync with it, and is tried again")
def killed_task(fleet: Fleet, reference: Reference) -> str:
    """As the kernel kills a process for its memory."""
    clio = fleet.clio(["killed"], *LATENCY, settings=SLOW)
    run = fleet.begin("killed", QUICK)
    sync = fleet.wait_sync("killed", clio, 8)
    os.kill(parent(sync), signal.SIGKILL)
    seconds = wait_for("the end of the orphan", lambda: gone(sync), 2, every=0.05)
    fleet.wait_success([run], 90, QUICK)
    again = twice(clio)
    fleet.check_same(clio, "core")
    return f"the sync ended {seconds:.1f} s later; {again} pages asked twice"


@case("F5", "tasks of a worker that is stopped for a deployment go on elsewhere")
def deployment(fleet: Fleet, reference: Reference) -> str:
    """By SIGQUIT. An answer that takes longer than half a second is asked for again."""
    clio = fleet.clio(["deployed"], *LATENCY, settings=SLOW)
    run = fleet.begin("deployed", QUICK)
    old = fleet.machine_of(fleet.wait_sync("deployed", clio, 8))
    begun = time.monotonic()
    old.signal_workers(signal.SIGQUIT)
    new = next(machine for machine in fleet.machines if machine is not old)
    wait_for("the sync on the other machine", lambda: set(fleet.syncs("deployed")) & set(new.pids()), 20, every=0.2)
    seconds = time.monotonic() - begun
    fleet.wait_success([run], 90, QUICK)
    again = twice(clio)
    assert again <= 1, f"{again} pages asked twice"
    wait_for("its exit code", lambda: "exit code 130" in fleet.log(run, "core.extract", QUICK), 10)
    fleet.check_same(clio, "core")
    old.die()
    old.start_again()
    wait_for(old.name, old.is_ready, 60, alive=[old.process])
    return f"on the other machine {seconds:.0f} s later; {again} pages asked twice"


@case("F6", "a task that a person marks as failed stops within seconds, and goes on when it is cleared")
def marked(fleet: Fleet, reference: Reference) -> str:
    """Airflow notices the mark with the next heartbeat of the task, at most five seconds later."""
    clio = fleet.clio(["marked"], *LATENCY, settings=SLOW)
    run = fleet.begin("marked", QUICK)
    sync = fleet.wait_sync("marked", clio, 8)
    fleet.api.mark(QUICK, run, "core.extract", "failed")
    seconds = wait_for("the end of the sync", lambda: gone(sync), 12, every=0.1)
    wait_for("its exit code", lambda: "exit code 130" in fleet.log(run, "core.extract", QUICK), 10)
    wait_for("the end of the run", lambda: fleet.state(run, QUICK) == "failed", 30)
    fleet.api.clear(QUICK, run, "core.extract")
    fleet.wait_success([run], 90, QUICK)
    again = twice(clio)
    assert again <= 1, f"{again} pages asked twice"
    fleet.check_same(clio, "core")
    return f"stopped {seconds:.1f} s after the mark"


@case("F7", "outside of its hours a firm holds no slot, and goes on at the hour", aside=True)
def window(fleet: Fleet, reference: Reference) -> str:
    """No attempt is counted."""
    opens, wait = seconds_until(3)
    settings = {"SYNC_WINDOW": f"{opens}-{hour_later(opens)} UTC"}
    clio = fleet.clio(["night"], "--limit", "100000", settings=settings)
    run = fleet.begin("night", QUICK)
    freed = wait_for(
        "the free slot",
        lambda: fleet.api.tasks(QUICK, run)["core.extract"]["state"] == "up_for_reschedule",
        60,
    )
    assert not fleet.syncs("night") and clio.count() == 0
    fleet.wait_success([run], wait + 120, QUICK)
    attempts = fleet.api.tasks(QUICK, run)["core.extract"]["try_number"]
    assert attempts == 1, f"{attempts} attempts"
    early = [request for request in clio.requests() if time.strftime("%H:%M", time.gmtime(request["time"])) < opens]
    assert not early or opens < "00:05", f"{len(early)} requests before {opens}"
    return f"slot free after {freed:.0f} s, ended {time.strftime('%H:%M:%S', time.gmtime())}, opened {opens}"


@case("F8", "a revoked token stops its firm alone, with a remedy; a new token and clear finish it")
def revoked(fleet: Fleet, reference: Reference) -> str:
    """Exit code 4: no retry."""
    clio = fleet.clio(["revoked", "other-1", "other-2"], "--limit", "100000")
    firm = clio.firms[0]
    clio.control(f"expire?token={firm.token}")
    runs = [fleet.begin(one.name, QUICK) for one in clio.firms]
    wait_for("the failure", lambda: fleet.state(runs[0], QUICK) == "failed", 90)
    log = fleet.log(runs[0], "core.extract", QUICK)
    assert "exit code 4" in log and "token" in log, log[-2000:]
    attempts = fleet.api.tasks(QUICK, runs[0])["core.extract"]["try_number"]
    assert attempts == 1, f"{attempts} attempts"
    fleet.wait_success(runs[1:], 120, QUICK)
    fleet.connect(clio, firm, clio.new_token(firm))
    fleet.api.clear(QUICK, runs[0], "core.extract")
    fleet.wait_success(runs[:1], 120, QUICK)
    return "2 others went on"


@case("F9", "the scheduler is killed, the broker restarted: all runs end in success")
def services_restart(fleet: Fleet, reference: Reference) -> str:
    """The object store is stopped for 20 s as well, where there is one."""
    clio = fleet.clio(["steady-1", "steady-2", "steady-3"], *LATENCY, settings=SLOW)
    runs = [fleet.begin(firm.name, QUICK) for firm in clio.firms]
    fleet.wait_sync("steady-1", clio, 20)
    fleet.airflow.services["scheduler"].kill()
    fleet.redis.restart()
    if fleet.store:
        fleet.store.freeze(20)
    fleet.airflow.start_service("scheduler")
    fleet.wait_success(runs, 120, QUICK)
    attempts = sum(task["try_number"] - 1 for run in runs for task in fleet.api.tasks(QUICK, run).values())
    again = twice(clio)
    fleet.check_same(clio, "core")
    store = "store" if fleet.store else "no store"
    return f"{store}; {attempts} attempts more, {again} pages asked twice"


@case("waiting", "what a minute of extracts that only wait costs", on_request=True)
def waiting(fleet: Fleet, reference: Reference) -> str:
    """Numbers for Benchmarks/scale."""
    names = [f"waiting-{index}" for index in range(2 * fleet.slots)]
    clio = fleet.clio(names, "--limit", "100000")
    clio.control("hold?value=0")
    idle = rates(fleet)
    runs = [fleet.begin(name, QUICK) for name in names]
    wait_for("all extracts", lambda: all(fleet.syncs(name) for name in names), 120)
    time.sleep(10)
    busy = rates(fleet)
    clio.control("hold?value=-1")
    fleet.wait_success(runs, 240, QUICK)
    lines = [f"{name} {idle[name]:.4f} idle, {(busy[name] - idle[name]) / len(names):.4f} each" for name in idle]
    return f"{len(names)} extracts; processor seconds a second: {', '.join(lines)}"


@case("come-backs", "a task that comes back many times ends in success, and no attempt is counted", on_request=True)
def come_backs(fleet: Fleet, reference: Reference) -> str:
    """Another process holds the lock all the time; each come-back is a start of the task."""
    clio = fleet.clio([f"locked-{index}" for index in range(10)], "--limit", "100000")
    locks = []
    for firm in clio.firms:
        folder = fleet.folder / "staging" / firm.name / "core"
        folder.mkdir(parents=True)
        lock = os.open(folder / ".raw.lock", os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        locks.append(lock)
    runs = [fleet.begin(firm.name, QUICK) for firm in clio.firms]
    time.sleep(60 * 6)
    for lock in locks:
        os.close(lock)
    fleet.wait_success(runs, 200, QUICK)
    times = sum(fleet.log(run, "core.extract", QUICK).count("exit code 5") for run in runs)
    attempts = {fleet.api.tasks(QUICK, run)["core.extract"]["try_number"] for run in runs}
    assert attempts == {1}, f"attempts: {attempts}"
    return f"{times} come-backs of {len(runs)} tasks"


def rates(fleet: Fleet) -> dict[str, float]:
    """Processor seconds a second, over a minute."""
    begun, before = time.monotonic(), fleet.cpu()
    time.sleep(60)
    after, seconds = fleet.cpu(), time.monotonic() - begun
    return {name: (after[name] - before[name]) / seconds for name in after}


@case("F10", "no secret is in a log, a field, the database or a list of processes")
def secrets(fleet: Fleet, reference: Reference) -> str:
    """After all others; the search must find what is there, too."""
    found = []
    tokens = [*all_secrets(fleet.clios), *([fleet.store.secret] if fleet.store else [])]
    dump = fleet.postgres.dump()
    assert f"cliosync_{fleet.clios[0].firms[0].name}" in dump, "the dump has no connection of a firm"
    searched = 0
    for path in [*fleet.airflow.logs.rglob("*"), *fleet.folder.glob("*.log")]:
        if path.is_file():
            searched += 1
            text = path.read_text(errors="replace")
            found += [f"{path.name}" for token in tokens if token in text]
    found += [
        f"dump, near {dump[max(0, dump.index(token) - 80) : dump.index(token)]!r}" for token in tokens if token in dump
    ]
    found += [f"process {text}" for text in fleet.watch.seen]
    assert not found, found[:5]
    assert searched > 50 and fleet.watch.looks > 20, f"{searched} files, {fleet.watch.looks} looks"
    with_token = [pid for pid, _, arguments in processes() if any(token in " ".join(arguments) for token in tokens)]
    assert with_token, "the search finds the tokens of the simulators, which have them as arguments"
    return (
        f"{len(tokens)} secrets, {searched} files, {len(dump) >> 10} KB of dump, {fleet.watch.looks} lists of processes"
    )


@case("F2", "the death of a machine costs its heartbeat timeout and one page a stream", "store")
def dead_machine(fleet: Fleet, reference: Reference) -> str:
    """Its disk is gone with it."""
    clio = fleet.clio([f"moved-{index}" for index in range(8)], *LATENCY, settings=SLOW)
    runs = [fleet.begin(firm.name, QUICK) for firm in clio.firms]
    old = fleet.machines[0]
    wait_for("four extracts on it", lambda: len(syncs_on(fleet, clio, old)) >= 4 and clio.count() > 60, 90, every=0.2)
    moved = syncs_on(fleet, clio, old)
    begun = time.monotonic()
    old.die()
    wait_for(
        "all of them elsewhere", lambda: all(fleet.syncs(name) or done(fleet, name) for name in moved), HEARTBEAT + 20
    )
    seconds = time.monotonic() - begun
    fleet.wait_success(runs, 240, QUICK)
    again = twice(clio)
    assert again <= 1, f"{again} pages of a stream asked twice"
    fleet.check_same(clio, "core")
    old.start_again()
    wait_for(old.name, old.is_ready, 60, alive=[old.process])
    return f"{len(moved)} extracts, all elsewhere after {seconds:.0f} s; {again} pages of a stream asked twice"


@case("F4", "a machine that was frozen overwrites nothing when it goes on", "store")
def frozen_machine(fleet: Fleet, reference: Reference) -> str:
    """For 90 s, in an extract and in a load."""
    found = []
    for stage in ("extract", "load"):
        clio = fleet.clio([f"frozen-{stage}"], *LATENCY, settings=SLOW)
        name = clio.firms[0].name
        run = fleet.begin(name, QUICK)
        if stage == "extract":
            fleet.wait_sync(name, clio, 8)
        wait_for(f"the {stage}", partial(does, fleet, name, stage), 120, every=0.01)
        old = fleet.machine_of(fleet.syncs(name)[0])
        old.freeze()
        time.sleep(90)
        old.thaw()
        fleet.wait_success([run], 240, QUICK)
        attempts = fleet.api.tasks(QUICK, run)[f"core.{stage}"]["try_number"]
        wait_for("the end of the old one", partial(does, fleet, name, None), 60)
        again = twice(clio)
        assert again <= 1, f"{again} pages of a stream asked twice"
        fleet.check_same(clio, "core")
        found.append(f"{stage}: {attempts} attempts, {again} pages asked twice")
    return "; ".join(found)


@case("F14", "one page shows all firms of the store", "store", "serve-remote")
def fleet_page(fleet: Fleet, reference: Reference) -> str:
    """And metrics of all, without a request to Clio."""
    assert fleet.store
    before = sum(clio.count() for clio in fleet.clios)
    log = fleet.folder / "page.log"
    command = [str(fleet.binary), "serve", "--remote", "--port", "0", "--pipelines", str(ROOT / "pipelines")]
    page = Background("page", command, plain_environment(fleet.folder) | fleet.store.settings(), log)
    try:
        wait_for("the page", lambda: "http://" in log.read_text(), 60, alive=[page], every=0.2)
        address = re.search(r"http://[0-9.:]+", log.read_text())
        assert address
        names = {run["partition_key"] for run in fleet.api.runs(DAG) if run["state"] == "success"}
        wait_for("all firms", lambda: names <= shown(read(f"{address[0]}/metrics")), 30)
        begun = time.monotonic()
        text = read(address[0])
        seconds = time.monotonic() - begun
        missing = [name for name in names if name not in text]
        assert not missing, f"not on the page: {missing}"
    finally:
        page.stop()
    assert sum(clio.count() for clio in fleet.clios) == before
    return f"{len(names)} firms, the page in {seconds:.2f} s"


def shown(metrics: str) -> set[str]:
    """The firms that have metrics."""
    return set(re.findall(r'cliosync_job_progress_ratio\{connection="([^"]+)"', metrics))


def read(address: str) -> str:
    """A page."""
    with urllib.request.urlopen(address, timeout=30) as answer:
        text: str = answer.read().decode()
        return text


def syncs_on(fleet: Fleet, clio: Clio, machine: Machine) -> list[str]:
    """The firms that are fetched on a machine."""
    pids = set(machine.pids())
    return [firm.name for firm in clio.firms if pids & set(fleet.syncs(firm.name))]


def done(fleet: Fleet, name: str) -> bool:
    """Whether the extract of a firm has come to its end."""
    state: str = fleet.api.tasks(QUICK, f"{name}__onboarding")["core.extract"]["state"]
    return state == "success"


def does(fleet: Fleet, name: str, stage: str | None) -> bool:
    """Whether the sync of a firm is at that stage; None: there is no sync of it."""
    return stage == next((arguments[1] for _, _, arguments in processes() if is_sync(arguments, name)), None)


def kinds(requests: list[dict[str, Any]]) -> collections.Counter[str]:
    """Requests by list and filters."""
    found: collections.Counter[str] = collections.Counter()
    for request in requests:
        names = sorted(set(request["query"]) - {"fields", "page_token", "limit", "order"})
        kind = "count" if request["query"].get("limit") == "1" else "page"
        is_identity = "who_am_i" in request["path"]
        found["who_am_i" if is_identity else f"{request['kind']} {kind} {'+'.join(names)}"] += 1
    return found


def partition_runs(fleet: Fleet, names: list[str]) -> dict[str, str]:
    """The runs of firms, by their names."""
    return {run["partition_key"]: run["dag_run_id"] for run in fleet.api.runs(DAG) if run["partition_key"] in names}


def parent(pid: int) -> int:
    """The parent of a process."""
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def twice(clio: Clio) -> int:
    """Pages that were asked twice, of the stream with the most of them."""
    return max(pages_asked_twice(clio.requests()).values(), default=0)


def hour_later(text: str) -> str:
    """A time of day, an hour later."""
    hour, minute = re.fullmatch(r"(\d\d):(\d\d)", text).groups()  # type: ignore[union-attr]
    return f"{(int(hour) + 1) % 24:02}:{minute}"
