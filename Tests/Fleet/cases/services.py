"""Services that fail."""

from __future__ import annotations

from fleet import QUICK, Fleet
from reference import Reference

from cases.case import LATENCY, SLOW, case, twice


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
