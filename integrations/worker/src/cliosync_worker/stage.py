"""What a task runs: one stage of one phase of one firm."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

STAGES = ("extract", "transform", "load", "verify")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True)
class Stage:
    """A stage, and where its files are."""

    name: str
    phase: str
    connection: str
    staging: str = "staging"
    database: str | None = None
    pipelines: str = "pipelines"
    #: Ends an extract with exit code 6 instead of waiting longer at once: `5m`.
    max_wait: str | None = None
    #: Ends an extract with exit code 6 after so much work: `2h`.
    work_for: str | None = None
    binary: str = "cliosync"
    options: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if self.name not in STAGES:
            raise ValueError(f"no stage {self.name}; there are {', '.join(STAGES)}")
        if not _NAME.fullmatch(self.connection):
            raise ValueError("a connection has 1 to 64 of a-z, 0-9 and -, and begins with none of the last")
        if not self.phase or self.phase.startswith("-"):
            raise ValueError("a phase is the name of a pipeline file")

    def arguments(self) -> list[str]:
        """The command. It holds no secret: those are in the environment."""
        arguments = [self.binary, self.name, "--phase", self.phase, "--connection", self.connection]
        arguments += ["--staging", self.staging, "--pipelines", self.pipelines]
        if self.database:
            arguments += ["--database", self.database]
        arguments += ["--in-job", "--json", "--no-progress", "--log-format", "json", "--exit-with-parent"]
        arguments += ["--events", "-"]
        if self.name == "extract":
            if self.max_wait:
                arguments += ["--max-wait", self.max_wait]
            if self.work_for:
                arguments += ["--for", self.work_for]
        return arguments + list(self.options)


def environment(scratch: str, settings: Mapping[str, str], path: str) -> dict[str, str]:
    """A stage's environment, from nothing: what another firm or the engine has set must not count."""
    return {
        "PATH": path,
        "HOME": scratch,
        "TMPDIR": scratch,
        "XDG_CONFIG_HOME": f"{scratch}/config",
        "LANG": "C.UTF-8",
        **settings,
    }
