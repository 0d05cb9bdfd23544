"""What the binary can do, found out by asking it to."""

from __future__ import annotations

import functools
import subprocess

from fleet import Fleet


def missing(need: str, fleet: Fleet) -> str | None:
    """Why a test cannot be run; None: it can."""
    return {"store": _store, "serve-remote": _serve_remote}[need](fleet)


@functools.cache
def _store(fleet: Fleet) -> str | None:
    """Whether a stage gets its files from the store by itself, and stores what it made."""
    return "stages do not use the object store by themselves"


@functools.cache
def _serve_remote(fleet: Fleet) -> str | None:
    done = subprocess.run([str(fleet.binary), "serve", "--help"], capture_output=True, text=True, check=False)
    return None if "--remote" in done.stdout else "`cliosync serve` has no --remote"
