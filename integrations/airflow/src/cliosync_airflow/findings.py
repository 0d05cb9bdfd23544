"""What is wrong with an installation, from facts about it. Pure: no Airflow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How bad it is."""

    OK = "ok"
    ADVICE = "advice"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One line of the check, and what to do."""

    level: Level
    what: str
    remedy: str = ""


@dataclass(frozen=True)
class Facts:
    """What `check` found out. None: it could not be found out here."""

    #: Settings of Airflow as `section.name`, as text.
    settings: Mapping[str, str]
    #: Versions of installed packages.
    versions: Mapping[str, str]
    #: The environment of this process.
    environment: Mapping[str, str]
    #: The first line of `cliosync --version`.
    binary: str | None
    #: Pools and their slots.
    pools: Mapping[str, int] | None


_WEEK = 7 * 24 * 3600


def findings(facts: Facts, *, pool: str = "cliosync_extract", binary: str = "cliosync") -> list[Finding]:
    """All of it, in a fixed order."""
    return [
        *_versions(facts),
        *_binary(facts, binary),
        *_executor(facts),
        *_tasks(facts),
        *_pool(facts, pool),
    ]


def _versions(facts: Facts) -> Iterator[Finding]:
    airflow = facts.versions.get("apache-airflow-core", "")
    if _version(airflow) < (3, 3):
        yield Finding(Level.PROBLEM, f"Airflow {airflow or 'is not installed'}", "install apache-airflow 3.3 or later")
    else:
        yield Finding(Level.OK, f"Airflow {airflow}")
    celery = facts.versions.get("celery")
    if celery and _uses_celery(facts) and _version(celery) >= (5, 7):
        yield Finding(
            Level.PROBLEM,
            f"celery {celery}: neither the scheduler nor workers start with it",
            "pip install 'celery<5.7', or use constraints.txt",
        )


def _binary(facts: Facts, name: str) -> Iterator[Finding]:
    if facts.binary is None:
        yield Finding(
            Level.PROBLEM,
            f"{name} does not run here",
            "install the package of cliosync on every worker; the scheduler does not need it",
        )
    else:
        yield Finding(Level.OK, facts.binary)


def _executor(facts: Facts) -> Iterator[Finding]:
    if not _uses_celery(facts):
        return
    timeout = _number(facts, "celery_broker_transport_options.visibility_timeout")
    if facts.settings.get("celery.broker_url", "").startswith(("redis", "sentinel")) and (timeout or 86400) < _WEEK:
        yield Finding(
            Level.PROBLEM,
            f"visibility_timeout is {int(timeout or 86400)} s: a longer task is started twice",
            "set [celery_broker_transport_options] visibility_timeout to 604800, or work_for to less than the timeout",
        )
    if _number(facts, "celery.worker_prefetch_multiplier") != 1:
        yield Finding(
            Level.ADVICE,
            "a worker reserves tasks that another one could begin",
            "set [celery] worker_prefetch_multiplier to 1",
        )
    if facts.environment.get("REMAP_SIGTERM"):
        yield Finding(
            Level.PROBLEM,
            "with REMAP_SIGTERM, a worker that is stopped kills its tasks; the heartbeat timeout passes before a retry",
            "unset it, and stop workers with SIGQUIT: KillSignal=SIGQUIT in a systemd unit, STOPSIGNAL in an image",
        )


def _tasks(facts: Facts) -> Iterator[Finding]:
    heartbeat = _number(facts, "scheduler.task_instance_heartbeat_timeout")
    if heartbeat is not None and heartbeat > 120:
        yield Finding(
            Level.ADVICE,
            f"the death of a machine is noticed after {int(heartbeat)} s",
            "set [scheduler] task_instance_heartbeat_timeout to 120",
        )
    parallelism = _number(facts, "core.parallelism")
    if parallelism is not None and 0 < parallelism <= 32:
        yield Finding(
            Level.PROBLEM,
            f"no more than {int(parallelism)} tasks run at a time, whatever the workers have slots for",
            "set [core] parallelism to the slots of all workers",
        )
    if facts.settings.get("logging.remote_logging", "").lower() != "true":
        yield Finding(
            Level.ADVICE,
            "the logs of a machine that died cannot be read",
            "set up [logging] remote_logging",
        )


def _pool(facts: Facts, pool: str) -> Iterator[Finding]:
    if facts.pools is None:
        yield Finding(
            Level.ADVICE,
            f"whether the pool {pool} is there cannot be seen from here",
            "run this check where the scheduler runs, too",
        )
    elif pool not in facts.pools:
        yield Finding(
            Level.PROBLEM,
            f"the pool {pool} is missing: its tasks are never started",
            f"airflow pools set {pool} 200 'extracts at a time'",
        )
    else:
        yield Finding(Level.OK, f"pool {pool}: {facts.pools[pool]} slots")


def _uses_celery(facts: Facts) -> bool:
    return "celery" in facts.settings.get("core.executor", "").lower()


def _number(facts: Facts, name: str) -> float | None:
    try:
        return float(facts.settings[name])
    except (KeyError, ValueError):
        return None


def _version(text: str) -> tuple[int, ...]:
    numbers: list[int] = []
    for part in text.split(".")[:2]:
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)
