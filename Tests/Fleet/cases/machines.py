"""Machines that die or stand still, and the page that shows what all of them do."""

from __future__ import annotations

import re
import time
import urllib.request
from functools import partial

from clio import Clio
from fleet import DAG, QUICK, Fleet, is_sync
from processes import Background, processes, wait_for
from reference import Reference
from services import HEARTBEAT, ROOT, Machine, plain_environment

from cases.case import LATENCY, SLOW, case, twice


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


def syncs_on(fleet: Fleet, clio: Clio, machine: Machine) -> list[str]:
    """The firms that are fetched on a machine."""
    pids = set(machine.pids())
    return [firm.name for firm in clio.firms if pids & set(fleet.syncs(firm.name))]


def done(fleet: Fleet, name: str) -> bool:
    """Whether the extract of a firm has come to its end."""
    state: str = fleet.api.tasks(QUICK, f"{name}__onboarding")["core.extract"]["state"]
    return state == "success"


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


def does(fleet: Fleet, name: str, stage: str | None) -> bool:
    """Whether the sync of a firm is at that stage; None: there is no sync of it."""
    return stage == next((arguments[1] for _, _, arguments in processes() if is_sync(arguments, name)), None)


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
