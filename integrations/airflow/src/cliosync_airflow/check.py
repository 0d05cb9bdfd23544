"""Checks an installation: `python -m cliosync_airflow.check`, on the scheduler and on each worker.

Exit code 1: something is wrong.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from importlib import metadata

from .findings import Facts, Level, findings

_SETTINGS = (
    ("core", "executor"),
    ("core", "parallelism"),
    ("celery", "broker_url"),
    ("celery", "worker_prefetch_multiplier"),
    ("celery_broker_transport_options", "visibility_timeout"),
    ("scheduler", "task_instance_heartbeat_timeout"),
    ("logging", "remote_logging"),
)


def main(arguments: list[str] | None = None) -> int:
    """Prints one line for each finding. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m cliosync_airflow.check", description=__doc__)
    parser.add_argument("--binary", default="cliosync", help="the program that tasks start (default: cliosync)")
    parser.add_argument("--pool", default="cliosync_extract", help="the pool of extracts (default: cliosync_extract)")
    options = parser.parse_args(arguments)
    found = findings(_facts(options.binary), pool=options.pool, binary=options.binary)
    for finding in found:
        print(f"{finding.level.value:8} {finding.what}" + (f"; {finding.remedy}" if finding.remedy else ""))
    return 1 if any(finding.level is Level.PROBLEM for finding in found) else 0


def _facts(binary: str) -> Facts:
    return Facts(
        settings=_settings(),
        versions=_versions(),
        environment=os.environ,
        binary=_binary(binary),
        pools=_pools(),
    )


def _settings() -> dict[str, str]:
    try:
        from airflow.configuration import conf
    except ImportError:
        return {}
    settings = {}
    for section, name in _SETTINGS:
        value = conf.get(section, name, fallback=None)
        if value is not None:
            settings[f"{section}.{name}"] = str(value)
    # A worker without the executor's own settings in its file still has them in its environment.
    return settings


def _versions() -> dict[str, str]:
    versions = {}
    for name in ("apache-airflow-core", "celery"):
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def _binary(name: str) -> str | None:
    try:
        done = subprocess.run([name, "--version"], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return f"{name} {done.stdout.splitlines()[0].strip()}" if done.stdout.strip() else name


def _pools() -> dict[str, int] | None:
    """Pools by the database: only the scheduler's machine reaches it."""
    try:
        from airflow.models.pool import Pool
        from airflow.utils.session import create_session
        from sqlalchemy import select

        with create_session() as session:
            return {pool.pool: pool.slots for pool in session.scalars(select(Pool))}
    except Exception:
        return None


if __name__ == "__main__":
    sys.exit(main())
