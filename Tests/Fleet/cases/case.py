"""What an acceptance test is, and what several of them use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from clio import Clio, pages_asked_twice
from fleet import Fleet
from reference import Reference

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


def case(
    name: str, promise: str, *needs: str, aside: bool = False, on_request: bool = False
) -> Callable[[Callable[[Fleet, Reference], str]], Case]:
    """Makes a test of a function that returns what it found, in a few words."""

    def named(run: Callable[[Fleet, Reference], str]) -> Case:
        return Case(name, promise, run, needs, aside, on_request)

    return named


def twice(clio: Clio) -> int:
    """Pages that were asked twice, of the stream with the most of them."""
    return max(pages_asked_twice(clio.requests()).values(), default=0)
