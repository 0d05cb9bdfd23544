"""Airflow's REST API, as far as the tests need it."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text[:300]}")
        self.status = status


class AirflowAPI:
    """One server; the token is fetched when it is needed."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._token: str | None = None

    def call(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401
        """One request. Raises Refused."""
        if self._token is None:
            self._token = self._send("GET", "/auth/token", None)["access_token"]
        return self._send(method, f"/api/v2{path}", body)

    def is_healthy(self) -> bool:
        """Whether server, database, scheduler and Dag processor work."""
        try:
            parts = self._send("GET", "/api/v2/monitor/health", None)
        except (OSError, ValueError, Refused):
            return False
        names = ("metadatabase", "scheduler", "dag_processor", "triggerer")
        return all((parts.get(name) or {}).get("status") == "healthy" for name in names)

    def runs(self, dag: str) -> list[dict[str, Any]]:
        """All runs of a Dag."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.call("GET", f"/dags/{dag}/dagRuns?limit=100&offset={len(found)}&order_by=run_after")
            found += page["dag_runs"]
            if len(found) >= page["total_entries"] or not page["dag_runs"]:
                return found

    def tasks(self, dag: str, run: str) -> dict[str, dict[str, Any]]:
        """The task instances of a run, by their ids."""
        answer = self.call("GET", f"/dags/{dag}/dagRuns/{quoted(run)}/taskInstances?limit=100")
        return {task["task_id"]: task for task in answer["task_instances"]}

    def trigger(self, dag: str, firm: str, run: str, conf: dict[str, Any] | None = None) -> dict[str, Any]:
        """Begins a run for a firm."""
        body = {"dag_run_id": run, "partition_key": firm, "logical_date": None, "conf": conf or {}}
        answer: dict[str, Any] = self.call("POST", f"/dags/{dag}/dagRuns", body)
        return answer

    def mark(self, dag: str, run: str, task: str, state: str) -> None:
        """Sets the state of a task as a person does."""
        self.call("PATCH", f"/dags/{dag}/dagRuns/{quoted(run)}/taskInstances/{task}", {"new_state": state})

    def clear(self, dag: str, run: str, *tasks: str) -> None:
        """Clears tasks of a run, and all that come after them."""
        body = {
            "dry_run": False,
            "dag_run_id": run,
            "task_ids": list(tasks),
            "include_downstream": True,
            "only_failed": False,
            "reset_dag_runs": True,
        }
        self.call("POST", f"/dags/{dag}/clearTaskInstances", body)

    def _send(self, method: str, path: str, body: object) -> Any:  # noqa: ANN401
        request = urllib.request.Request(self.address + path, method=method)
        request.add_header("Accept", "application/json")
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        data = None
        attempts = 3 if method == "GET" else 1
        if body is not None:
            data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        for attempt in range(1, attempts + 1):
            try:
                with urllib.request.urlopen(request, data, timeout=120) as answer:
                    text = answer.read()
                    return json.loads(text) if text else None
            except urllib.error.HTTPError as error:
                raise Refused(error.code, error.read().decode(errors="replace")) from None
            except OSError:
                # On a busy machine an answer takes its time.
                if attempt == attempts:
                    raise
        return None


def quoted(text: str) -> str:
    """A part of a path."""
    return urllib.parse.quote(text, safe="")
