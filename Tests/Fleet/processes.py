"""Processes of the fleet: started in the background, ended at the end, whatever happens."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

PATIENCE = float(os.environ.get("FLEET_PATIENCE", "4"))


class Background:
    """A process in a group of its own, whose output goes to a file."""

    def __init__(self, name: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                list(arguments),
                env=dict(environment),
                cwd=log.parent,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Signals the whole group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def stop(self, seconds: float = 10) -> None:
        """Asks for the end, and kills what is left."""
        self.signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        self.kill()

    def kill(self) -> None:
        """Kills the group."""
        self.signal(signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)

    def tail(self, lines: int = 15) -> str:
        """The end of its output."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def descendants(root: int) -> list[int]:
    """All processes below one, by their ids here."""
    children: dict[int, list[int]] = {}
    for pid, parent, _ in processes():
        children.setdefault(parent, []).append(pid)
    found, next_ones = [], [root]
    while next_ones:
        pid = next_ones.pop()
        below = children.get(pid, [])
        found += below
        next_ones += below
    return found


def processes() -> Iterator[tuple[int, int, list[str]]]:
    """Id, parent's id and arguments of every process of this machine."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            arguments = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")[:-1]
        except OSError:
            continue
        if fields[0] != "Z":
            yield int(entry.name), int(fields[1]), arguments


def cpu_seconds(process: Background) -> float:
    """Processor time of a process, of all below it, and of those below it that have ended."""
    total = 0
    for pid in [process.process.pid, *descendants(process.process.pid)]:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += sum(int(field) for field in fields[11:15])
    return total / os.sysconf("SC_CLK_TCK")


def wait_for(
    what: str, condition: Callable[[], object], seconds: float, *, alive: Sequence[Background] = (), every: float = 0.5
) -> float:
    """Waits until the condition is true. Returns the seconds it took. Raises TimeoutError, with the end of a log.

    seconds is what it takes at most on two idle processors; on a busy machine it may take longer.
    """
    seconds *= PATIENCE
    begun = time.monotonic()
    while True:
        if condition():
            return time.monotonic() - begun
        for process in alive:
            if not process.is_running:
                raise RuntimeError(f"{process.name} has ended:\n{process.tail()}")
        if time.monotonic() - begun > seconds:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(every)


def free_port() -> int:
    """A TCP port that nothing listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def listens(port: int) -> bool:
    """Whether something accepts connections."""
    with socket.socket() as one:
        one.settimeout(1)
        return one.connect_ex(("127.0.0.1", port)) == 0
