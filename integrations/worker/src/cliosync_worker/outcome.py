"""What a task does with the exit code of a stage. Pure: no clock, no process, no engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import Any

#: A stage that could not begin for so long has a cause that waiting does not remove.
LONGEST_WAIT = timedelta(hours=48)
SHORTEST_WAIT = timedelta(seconds=60)


class Action(Enum):
    """What the engine is asked for."""

    SUCCEED = "succeed"
    #: The task failed; the same command may well succeed.
    RETRY = "retry"
    #: The task failed, and only a person can change that.
    FAIL = "fail"
    #: Nothing failed: give the slot back, and run the same command at `at`. Counts as no attempt.
    COME_BACK = "come back"


@dataclass(frozen=True)
class Outcome:
    """What to do, and one line that says why."""

    action: Action
    message: str
    at: datetime | None = None
    partial: bool = False
    #: A stop by the engine, which may happen often, and is no sign of trouble.
    stopped: bool = False


def decide(
    code: int,
    *,
    stage: str,
    now: datetime,
    resume_at: str | None = None,
    message: str | None = None,
    waiting_since: datetime | None = None,
    strict: bool = False,
    disagrees: bool = False,
) -> Outcome:
    """The outcome for an exit code.

    resume_at and message are those of the report or of the event `ended`. waiting_since is the time of the first of the
    come-backs in a row. disagrees: a check of verify found two different sides.
    """
    why = message or _MEANINGS.get(code) or (f"killed by signal {-code}" if code < 0 else f"exit code {code}")
    # What verify finds wrong is not to be built upon; what an extract could not read is in its report.
    if code in (2, 4) or (code == 3 and (stage == "verify" or strict or disagrees)):
        return Outcome(Action.FAIL, why)
    if code in (0, 3):
        return Outcome(Action.SUCCEED, why, partial=code == 3)
    if code in (5, 6):
        at = max(_time(resume_at) or now, now + SHORTEST_WAIT)
        if waiting_since is not None and now - waiting_since >= LONGEST_WAIT:
            return Outcome(Action.FAIL, f"{why}; it has come back since {waiting_since.isoformat()}")
        return Outcome(Action.COME_BACK, why, at=at)
    return Outcome(Action.RETRY, why, stopped=code in (130, -2, -15))


def disagrees(report: Mapping[str, Any] | None) -> bool:
    """Whether a check of verify found two different sides."""
    return ((report or {}).get("verify") or {}).get("ok") is False


def failed_checks(report: Mapping[str, Any] | None) -> str | None:
    """The names of the checks whose sides differ, in one line; None: there are none."""
    checks = ((report or {}).get("verify") or {}).get("checks") or []
    names = [
        "/".join(str(check[key]) for key in ("phase", "entity", "check") if check.get(key))
        for check in checks
        if isinstance(check, Mapping) and check.get("ok") is False
    ]
    if not names:
        return None
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"{len(names)} checks do not agree: {', '.join(names[:5])}{more}"


def summary(report: Mapping[str, Any] | None) -> dict[str, Any]:
    """Counts of a report, for the engine's own records: never a value of a record, and always small."""
    report = report or {}
    entities = [entity for entity in report.get("entities") or [] if isinstance(entity, Mapping)]
    keys = ("extracted", "accepted", "rejected", "loaded")
    return {
        "status": (report.get("job") or {}).get("status"),
        "requests": (report.get("requests") or {}).get("made", 0),
        "errors": len(report.get("errors") or []),
        **{key: sum(int(entity.get(key) or 0) for entity in entities) for key in keys},
    }


_MEANINGS = {
    0: "done",
    1: "failed",
    2: "wrong usage or setting",
    3: "done, but something is missing or a check failed",
    4: "paused: a person must act first",
    5: "another process holds the lock",
    6: "not now",
    130: "stopped",
}


def _time(text: str | None) -> datetime | None:
    try:
        return datetime.strptime(text or "", "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return None
