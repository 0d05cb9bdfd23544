"""The process of a stage: starts it, reads its events, stops it."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Result:
    """How a process ended."""

    #: The exit code; negative: killed by that signal.
    code: int
    #: The object of `--json`; None: it was killed before it could print one.
    report: dict[str, Any] | None
    #: The event `ended`, likewise.
    ended: dict[str, Any] | None

    @property
    def resume_at(self) -> str | None:
        """When to run the same command again."""
        return next((part["resume_at"] for part in (self.ended, self.report) if part and part.get("resume_at")), None)

    @property
    def message(self) -> str | None:
        """The error, in one line."""
        return (self.ended or {}).get("message")


class StageProcess:
    """One process, which stays in the process group of its task: an engine that kills the group kills it, too."""

    def __init__(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        folder: str,
        *,
        on_event: Callable[[dict[str, Any]], None] = lambda _: None,
        on_log: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._on_event = on_event
        self._on_log = on_log
        self._process = subprocess.Popen(
            list(arguments),
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        )

    def run(self) -> Result:
        """Waits for the end."""
        # Both pipes are read at once: a full one would halt the process.
        log = threading.Thread(target=self._read_log, daemon=True)
        log.start()
        report = ended = None
        for line in self._process.stdout or []:
            content = _object(line)
            if content is None:
                self._on_log(line.rstrip("\n"))
            elif "event" in content and "v" in content:
                if content["event"] == "ended":
                    ended = content
                self._on_event(content)
            else:
                report = content
        code = self._process.wait()
        log.join()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe:
                pipe.close()
        return Result(code, report, ended)

    def stop(self, patience: float = 5) -> None:
        """Asks for a stop, and kills what has not ended after so many seconds. Costs at most the page in flight."""
        if self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _read_log(self) -> None:
        for line in self._process.stderr or []:
            self._on_log(line.rstrip("\n"))


def _object(line: str) -> dict[str, Any] | None:
    try:
        content = json.loads(line)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None
