"""What a task runs: one stage of one phase of one firm, a whole phase, or a refresh."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

STAGES = ("extract", "transform", "load", "verify")
#: Commands that run all stages.
WHOLE = ("run", "refresh")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True)
class Stage:
    """A stage, and where its files are.

    name is a stage, `run` or `refresh`. A phase of None is all phases of the firm, which only those two know.
    """

    name: str
    phase: str | None
    connection: str
    staging: str = "staging"
    database: str | None = None
    pipelines: str = "pipelines"
    #: Ends what asks Clio with exit code 6 instead of waiting longer at once: `5m`.
    max_wait: str | None = None
    #: Ends what asks Clio with exit code 6 after so much work: `2h`.
    work_for: str | None = None
    binary: str = "cliosync"
    options: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if self.name not in STAGES + WHOLE:
            raise ValueError(f"no stage {self.name}; there are {', '.join(STAGES + WHOLE)}")
        if not _NAME.fullmatch(self.connection):
            raise ValueError("a connection has 1 to 64 of a-z, 0-9 and -, and begins with none of the last")
        if self.phase is None and self.name in WHOLE:
            return
        if not self.phase or self.phase.startswith("-"):
            raise ValueError("a phase is the name of a pipeline file")

    def arguments(self) -> list[str]:
        """The command. It holds no secret: those are in the environment."""
        arguments = [self.binary, self.name, "--connection", self.connection]
        if self.phase:
            arguments += ["--phase", self.phase]
        arguments += ["--staging", self.staging, "--pipelines", self.pipelines]
        if self.database:
            arguments += ["--database", self.database]
        if self.name in STAGES:
            arguments.append("--in-job")
        arguments += ["--json", "--no-progress", "--log-format", "json", "--exit-with-parent", "--events", "-"]
        if self.name in ("extract", *WHOLE):
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
