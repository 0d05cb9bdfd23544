"""Numbers for the model of the fleet; each runs only when it is named."""

from __future__ import annotations

import fcntl
import os
import time

from fleet import QUICK, Fleet
from processes import wait_for
from reference import Reference

from cases.case import case


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


def rates(fleet: Fleet) -> dict[str, float]:
    """Processor seconds a second, over a minute."""
    begun, before = time.monotonic(), fleet.cpu()
    time.sleep(60)
    after, seconds = fleet.cpu(), time.monotonic() - begun
    return {name: (after[name] - before[name]) / seconds for name in after}


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
