"""What concerns one firm alone: its hours, its token, its secrets."""

from __future__ import annotations

import re
import time

from fleet import QUICK, Fleet, all_secrets, seconds_until
from processes import processes, wait_for
from reference import Reference

from cases.case import case


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


def hour_later(text: str) -> str:
    """A time of day, an hour later."""
    hour, minute = re.fullmatch(r"(\d\d):(\d\d)", text).groups()  # type: ignore[union-attr]
    return f"{(int(hour) + 1) % 24:02}:{minute}"


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
