"""Where a dispatcher reads the firms from. Nothing is read before the task runs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


class Firms(Protocol):
    """A source of firms."""

    def read(self) -> Iterable[object]:
        """Rows for `read_firms`."""


@dataclass(frozen=True)
class FirmsTable:
    """The rows of a query: the first column is the connection, a second one, if there is one, the region."""

    conn_id: str
    sql: str

    def read(self) -> Iterable[object]:
        """Runs the query with the hook of the connection, which must be one for SQL."""
        from airflow.sdk import BaseHook

        hook = BaseHook.get_hook(self.conn_id)
        rows: Iterable[object] = hook.get_records(self.sql)
        return rows


@dataclass(frozen=True)
class FirmsFile:
    """A file of firms, here or in an object store (`s3://bucket/firms.ndjson`): NDJSON, or a YAML list."""

    path: str
    conn_id: str | None = None

    def read(self) -> Iterable[object]:
        """Reads the whole file."""
        from airflow.sdk import ObjectStoragePath

        path = ObjectStoragePath(self.path, conn_id=self.conn_id) if self.conn_id else ObjectStoragePath(self.path)
        return parse(path.read_text(encoding="utf-8"))


def parse(text: str) -> Iterable[object]:
    """The rows of a file: a JSON object or text a line; anything else is YAML."""
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        return [json.loads(line) for line in lines]
    except ValueError:
        pass
    import yaml

    content = yaml.safe_load(text)
    if not isinstance(content, list):
        raise ValueError("the file of firms is neither NDJSON nor a YAML list")
    return content
