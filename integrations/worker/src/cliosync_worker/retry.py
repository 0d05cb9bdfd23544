"""How often, and after which waits, a task is retried. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from .outcome import Action, Outcome


@dataclass(frozen=True)
class RetryPlan:
    """Failures wait longer each time; stops by the engine do not, and may happen more often."""

    failures: int = 8
    stops: int = 20
    first: timedelta = timedelta(minutes=1)
    longest: timedelta = timedelta(hours=1)
    after_stop: timedelta = timedelta(seconds=10)

    def delay(self, outcome: Outcome, *, failed: int, stopped: int) -> timedelta | None:
        """The wait before the next attempt; None: there is none.

        failed and stopped count the attempts that ended so, this one included.
        """
        if outcome.action is not Action.RETRY:
            return None
        if outcome.stopped:
            return self.after_stop if stopped <= self.stops else None
        if failed > self.failures:
            return None
        # Beyond that, the factor only grows.
        doublings = min(failed - 1, 30)
        return min(self.first * (1 << doublings), self.longest)
