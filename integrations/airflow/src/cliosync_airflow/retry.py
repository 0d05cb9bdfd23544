"""How often tasks are retried: failures with growing waits, stops by the engine at once and more often."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import RetryDecision, RetryPolicy

from cliosync_worker import Action, Outcome, RetryPlan

from .attempts import Attempts, Memory

if TYPE_CHECKING:
    from airflow.sdk import Context


class Retryable(Exception):
    """The task failed, and may succeed when it is tried again."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.message)
        self.outcome = outcome


class CliosyncRetryPolicy(RetryPolicy):
    """A plan of `cliosync_worker`, with the attempts counted in the task's state store.

    Airflow counts all attempts as one number, whatever ended them: `retries` of the task must be the sum of both.
    """

    def __init__(self, plan: RetryPlan | None = None) -> None:
        self.plan = plan or RetryPlan()

    @property
    def retries(self) -> int:
        """What the task's `retries` must be."""
        return self.plan.failures + self.plan.stops

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Context | None = None
    ) -> RetryDecision:
        """Counts the attempt, and decides."""
        outcome = (
            exception.outcome if isinstance(exception, Retryable) else Outcome(Action.RETRY, type(exception).__name__)
        )
        attempts = Attempts(context["task_state_store"] if context else Memory(), life=max_tries - self.retries)
        failed, stopped = attempts.add(stopped=outcome.stopped)
        delay = self.plan.delay(outcome, failed=failed, stopped=stopped)
        if delay is None:
            return RetryDecision.fail(reason=f"{outcome.message}; {failed} failures and {stopped} stops")
        return RetryDecision.retry(delay=delay, reason=outcome.message)

    def serialize(self) -> dict[str, Any]:
        """The plan."""
        return {
            "failures": self.plan.failures,
            "stops": self.plan.stops,
            "first": self.plan.first.total_seconds(),
            "longest": self.plan.longest.total_seconds(),
            "after_stop": self.plan.after_stop.total_seconds(),
        }

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> CliosyncRetryPolicy:
        """The policy of a plan."""
        return cls(
            RetryPlan(
                failures=data["failures"],
                stops=data["stops"],
                first=timedelta(seconds=data["first"]),
                longest=timedelta(seconds=data["longest"]),
                after_stop=timedelta(seconds=data["after_stop"]),
            )
        )
