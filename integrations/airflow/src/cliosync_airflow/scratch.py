"""Folders for one attempt of a task each, and the removal of what killed attempts left. Pure: no Airflow."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path
from types import TracebackType

_LOCK = ".in-use"
_MAKING = 3600


class Scratch:
    """A folder of its own for an attempt.

    A killed task, or a machine that died, leaves its folder; the next task on that machine removes it. The
    folder of a task that is only slow, or frozen, is locked by it and stays: two attempts never share files.
    """

    def __init__(self, root: str, name: str) -> None:
        base = Path(root)
        base.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._sweep(base)
        # Made under another name: a sweep must not find it before it is locked.
        with tempfile.TemporaryDirectory(prefix=".", dir=base) as making:
            fresh = Path(making) / "new"
            fresh.mkdir(mode=0o700)
            self._lock = os.open(fresh / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.path = base / f"{name}-{os.getpid()}-{os.urandom(4).hex()}"
            fresh.rename(self.path)

    def __enter__(self) -> Path:
        return self.path

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)

    @staticmethod
    def _sweep(base: Path) -> None:
        for folder in base.iterdir():
            if folder.name.startswith("."):
                # Killed while it was made, which takes no time.
                if time.time() - folder.stat().st_mtime > _MAKING:
                    shutil.rmtree(folder, ignore_errors=True)
                continue
            try:
                lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC)
            except OSError:
                continue
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            except OSError:
                pass
            finally:
                os.close(lock)
