"""What the program can do, found out by asking it to."""

from __future__ import annotations

import subprocess

from fleet import Fleet


def missing(need: str, fleet: Fleet) -> str | None:
    """Why a test cannot be run; None: it can."""
    return {"store": _store, "serve-remote": _serve_remote}[need](fleet)


def _store(fleet: Fleet) -> str | None:
    return None if fleet.store else "a run with SYNC_REMOTE stores nothing by itself"


def _serve_remote(fleet: Fleet) -> str | None:
    done = subprocess.run([str(fleet.binary), "serve", "--help"], capture_output=True, text=True, check=False)
    return None if "--remote" in done.stdout else "`cliosync serve` has no --remote"
