"""Runs the acceptance tests of the fleet, and prints a table. `scripts/fleet` installs what it needs and starts it."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from capabilities import missing
from cases import CASES, Case
from fleet import Fleet
from processes import descendants
from reference import Reference


@dataclass
class Ending:
    """What became of a test."""

    word: str
    seconds: float
    detail: str


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=Path, required=True, help="the folder of cliosync and clio-simulator")
    parser.add_argument("--firms", type=int, default=30, help="firms of F1")
    parser.add_argument("--slots", type=int, default=6, help="extracts at a time on each of the two machines")
    parser.add_argument("tests", nargs="*", help="F1, F3, …; default: all")
    options = parser.parse_args()
    names = {one.name for one in CASES}
    unknown = set(options.tests) - names
    if unknown:
        parser.error(f"no test {', '.join(sorted(unknown))}; there are {', '.join(one.name for one in CASES)}")
    signal.signal(signal.SIGTERM, _interrupt)
    chosen = [one for one in CASES if one.name in options.tests or not (options.tests or one.on_request)]
    begun = time.monotonic()
    fleet = Fleet(options.programs.resolve(), options.slots)
    endings: dict[str, Ending] = {}
    reference = None
    try:
        reference = Reference(options.programs.resolve(), fleet.folder, options.firms)
        fleet.start()
        print(f"services and two machines are ready after {time.monotonic() - begun:.0f} s", flush=True)
        _run(chosen, fleet, reference, endings)
    finally:
        if os.environ.get("FLEET_HOLD"):
            print(f"holding {fleet.folder} {fleet.airflow.api.address}", flush=True)
            time.sleep(float(os.environ["FLEET_HOLD"]))
        memory = _memory()
        if reference:
            reference.stop()
        fleet.stop()
    print(f"\n{'test':5} {'':8} {'s':>5}  what must hold")
    for one in chosen:
        ending = endings.get(one.name, Ending("not run", 0, ""))
        print(f"{one.name:5} {ending.word:8} {ending.seconds:5.0f}  {one.promise}" + _indented(ending.detail))
    print(f"staged files: {'object store' if fleet.store else 'a folder that the machines share'}")
    print(f"{'':5} {'':8} {time.monotonic() - begun:5.0f}  all, {memory} MB of memory at the most")
    failed = [name for name, ending in endings.items() if ending.word == "FAILED"]
    return 1 if failed or len(endings) < len(chosen) else 0


def _run(chosen: list[Case], fleet: Fleet, reference: Reference, endings: dict[str, Ending]) -> None:
    aside = []
    last = [one for one in chosen if one.name == "F10"]
    for one in chosen:
        if one.aside:
            thread = threading.Thread(target=_one, args=(one, fleet, reference, endings), daemon=True)
            thread.start()
            aside.append(thread)
    for one in chosen:
        if not one.aside and one not in last:
            _one(one, fleet, reference, endings)
    for thread in aside:
        thread.join()
    for one in last:
        _one(one, fleet, reference, endings)


def _one(one: Case, fleet: Fleet, reference: Reference, endings: dict[str, Ending]) -> None:
    begun = time.monotonic()
    word, detail = "ok", ""
    try:
        lacks = [reason for need in one.needs if (reason := missing(need, fleet))]
        if lacks:
            word, detail = "skipped", "; ".join(lacks)
        else:
            detail = one.run(fleet, reference)
    except Exception as error:
        word, detail = "FAILED", f"{type(error).__name__}: {error}"
        traceback.print_exc()
    endings[one.name] = Ending(word, time.monotonic() - begun, detail)
    print(f"{one.name:5} {word:8} {endings[one.name].seconds:5.0f} s  {detail}", flush=True)


def _indented(detail: str) -> str:
    return "\n" + " " * 22 + detail.replace("\n", " ")[:300] if detail else ""


def _memory() -> int:
    """The most memory that the tests used, in MB; 0 where it cannot be seen."""
    return Watch.most >> 20


class Watch(threading.Thread):
    """Sums the memory of what the tests started, shared pages in parts, every five seconds."""

    most = 0

    def run(self) -> None:
        """Until the program ends."""
        while True:
            total = 0
            for pid in descendants(os.getpid()):
                try:
                    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
                    total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024
                except (OSError, StopIteration, IndexError):
                    continue
            Watch.most = max(Watch.most, total)
            time.sleep(5)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    Watch(daemon=True).start()
    sys.exit(main())
