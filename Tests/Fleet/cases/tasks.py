"""Tasks that are killed, moved or marked."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from fleet import QUICK, Fleet, gone
from processes import wait_for
from reference import Reference

from cases.case import LATENCY, SLOW, case, twice


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


def parent(pid: int) -> int:
    """The parent of a process."""
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
