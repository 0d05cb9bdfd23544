"""What a task remembers from one attempt to the next. Pure: no Airflow, no clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

_KEY = "cliosync"


class Store(Protocol):
    """The state store of a task."""

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401
        """The value, or the default."""

    def set(self, key: str, value: Any) -> None:  # noqa: ANN401
        """Writes a value."""


class Memory(dict[str, Any]):
    """A store for a policy that is asked outside of a task."""

    def set(self, key: str, value: Any) -> None:  # noqa: ANN401
        """Writes a value."""
        self[key] = value


class Attempts:
    """Failures and stops, and since when the task has come back in a row.

    life is how many attempts there were when a person cleared the task the last time: clearing begins from zero.
    """

    def __init__(self, store: Store, *, life: int) -> None:
        self._store = store
        self._life = life

    def add(self, *, stopped: bool) -> tuple[int, int]:
        """Counts one that ended. Returns failures and stops, this one included."""
        state = self._read()
        state["stopped" if stopped else "failed"] += 1
        self._store.set(_KEY, state)
        return state["failed"], state["stopped"]

    @property
    def waiting_since(self) -> datetime | None:
        """When the first of the come-backs in a row was."""
        text = self._read()["waiting_since"]
        return datetime.fromisoformat(text) if text else None

    def comes_back(self, now: datetime) -> None:
        """Notes a come-back."""
        state = self._read()
        if not state["waiting_since"]:
            state["waiting_since"] = now.isoformat(timespec="seconds")
            self._store.set(_KEY, state)

    def works(self) -> None:
        """Notes that the row of come-backs is over."""
        state = self._read()
        if state["waiting_since"]:
            state["waiting_since"] = ""
            self._store.set(_KEY, state)

    def _read(self) -> dict[str, Any]:
        state = self._store.get(_KEY)
        if not state or state.get("life") != self._life:
            state = {"life": self._life, "failed": 0, "stopped": 0, "waiting_since": ""}
        return dict(state)
