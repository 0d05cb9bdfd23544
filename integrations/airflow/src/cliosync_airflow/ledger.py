"""Which firms a dispatcher sends, and the memory that each is sent once. Pure: no Airflow, no clock.

An event is sent when the task of a dispatcher succeeds, after it wrote its memory: between the two it may be killed.
So it writes what it is about to send as pending, and the next one asks what became of that task before it believes it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from .firm import checked_firm

SHARDS = 32
_PENDING = "pending"
#: Hours (UTC) outside of Clio's peak hours on weekdays, by region, in summer and in winter.
_OFF_PEAK = {
    "us": tuple(range(3, 11)),
    "ca": tuple(range(3, 11)),
    "eu": (22, 23, 0, 1, 2, 3, 4, 5, 6),
    "au": tuple(range(11, 19)),
}


class Store(Protocol):
    """The state store of an asset."""

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401
        """The value, or the default."""

    def set(self, key: str, value: Any) -> None:  # noqa: ANN401
        """Writes a value."""


@dataclass(frozen=True)
class Firm:
    """A firm to be sent."""

    name: str
    #: `us`, `eu`, `ca` or `au`: refreshes of the firm keep out of Clio's peak hours there.
    region: str | None = None


@dataclass
class Refused:
    """Rows that name no firm."""

    rows: list[str] = field(default_factory=list)


def read_firms(rows: Iterable[object]) -> tuple[list[Firm], Refused]:
    """Firms from rows (name, region), mappings with `connection` and `region`, or texts. One bad row stops no other."""
    firms: dict[str, Firm] = {}
    refused = Refused()
    for row in rows:
        name, region = _parts(row)
        try:
            checked = checked_firm(name)
        except ValueError:
            refused.rows.append(repr(name)[:80])
            continue
        if region is not None and region not in _OFF_PEAK:
            refused.rows.append(f"{checked}: region {region!r}"[:80])
            continue
        firms[checked] = Firm(checked, region)
    return list(firms.values()), refused


def _parts(row: object) -> tuple[object, str | None]:
    if isinstance(row, Mapping):
        return row.get("connection"), row.get("region")
    if isinstance(row, (list, tuple)):
        return (row[0] if row else None), (row[1] if len(row) > 1 else None)
    return row, None


def onboarding_is_due(firm: Firm, last: datetime | None, now: datetime) -> bool:
    """Once."""
    return last is None


def refresh_is_due(firm: Firm, last: datetime | None, now: datetime) -> bool:
    """Once a day, at an hour of its own, so that not all come at once. A missed hour is made up for."""
    hours = _OFF_PEAK.get(firm.region or "", tuple(range(24)))
    seconds = _hash(firm.name) % (len(hours) * 3600)
    slot = now.replace(hour=hours[seconds // 3600], minute=seconds % 3600 // 60, second=0, microsecond=0)
    if slot > now:
        slot -= timedelta(days=1)
    return last is None or last < slot


class Ledger:
    """When each firm was sent last."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._shards = [dict(store.get(_shard_name(index)) or {}) for index in range(SHARDS)]

    def settle(self, state: str | None, run: str) -> None:
        """Believes what the last dispatcher sent, if its task succeeded.

        state is that of the task that wrote what is pending; run is the one that asks, which sent nothing yet.
        """
        pending = self.pending
        if pending and pending["run"] != run and state == "success":
            changed = set()
            for name in pending["firms"]:
                index = _hash(name) % SHARDS
                self._shards[index][name] = pending["at"]
                changed.add(index)
            for index in sorted(changed):
                self._store.set(_shard_name(index), self._shards[index])
        if pending:
            self._store.set(_PENDING, {})

    def send(self, names: Iterable[str], *, run: str, now: datetime) -> None:
        """Writes what is about to be sent."""
        self._store.set(_PENDING, {"run": run, "at": now.isoformat(timespec="seconds"), "firms": sorted(names)})

    @property
    def pending(self) -> dict[str, Any]:
        """What a dispatcher was about to send: `run`, `at`, `firms`; or nothing."""
        return dict(self._store.get(_PENDING) or {})

    def last(self, name: str) -> datetime | None:
        """When a firm was sent."""
        text = self._shards[_hash(name) % SHARDS].get(name)
        return datetime.fromisoformat(text) if text else None


def _shard_name(index: int) -> str:
    return f"sent-{index:02}"


def _hash(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
