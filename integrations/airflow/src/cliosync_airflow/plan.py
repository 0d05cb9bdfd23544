"""The tasks of a Dag, as data. Pure: no Airflow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cliosync_worker.stage import STAGES


@dataclass(frozen=True)
class Lanes:
    """Where tasks run.

    Extracts wait for Clio most of their time and need many cheap slots. The other stages compute and need as many slots
    as the worker has processors. In one queue, extracts of hours would hold up stages of seconds.
    """

    extract_queue: str = "cliosync-extract"
    local_queue: str = "cliosync-local"
    extract_pool: str = "cliosync_extract"
    local_pool: str = "default_pool"


@dataclass(frozen=True)
class TaskPlan:
    """One task, and the tasks that come before it."""

    task_id: str
    #: A stage; `run`: a whole phase; `refresh`.
    stage: str
    phase: str | None
    queue: str
    pool: str
    priority: int
    after: tuple[str, ...] = ()


def onboarding_plan(phases: Sequence[str], *, by: str = "stage", lanes: Lanes | None = None) -> list[TaskPlan]:
    """The tasks of a firm's onboarding.

    by is `stage` (four tasks a phase) or `phase` (one). Extracts follow each other, because they share the firm's rate
    limit; so do loads with their verifies, because they share its database. The first phase of a new firm goes before
    the last one of another.
    """
    if not phases or len(set(phases)) != len(phases):
        raise ValueError("name at least one phase, and each once")
    if by not in ("stage", "phase"):
        raise ValueError(f"by is 'stage' or 'phase', not {by!r}")
    lanes = lanes or Lanes()
    tasks: list[TaskPlan] = []
    previous: str | None = None
    for index, phase in enumerate(phases):
        priority = 100 * (len(phases) - index)
        if by == "phase":
            after = (f"{previous}.run",) if previous else ()
            tasks.append(
                TaskPlan(f"{phase}.run", "run", phase, lanes.extract_queue, lanes.extract_pool, priority, after)
            )
        else:
            for stage in STAGES:
                tasks.append(_stage(stage, phase, previous, priority, lanes))
        previous = phase
    return tasks


def refresh_plan(lanes: Lanes | None = None) -> list[TaskPlan]:
    """The one task of a refresh: it takes a minute, so that parts of it are not worth their starts."""
    lanes = lanes or Lanes()
    return [TaskPlan("refresh", "refresh", None, lanes.extract_queue, lanes.extract_pool, 50)]


def _stage(stage: str, phase: str, previous: str | None, priority: int, lanes: Lanes) -> TaskPlan:
    before = {
        "extract": (f"{previous}.extract",) if previous else (),
        "transform": (f"{phase}.extract",),
        # Phases may feed the same tables: a verify beside the load of another phase would find rows that do not agree.
        "load": (f"{phase}.transform", *((f"{previous}.verify",) if previous else ())),
        "verify": (f"{phase}.load",),
    }[stage]
    if stage == "extract":
        queue, pool = lanes.extract_queue, lanes.extract_pool
    else:
        queue, pool = lanes.local_queue, lanes.local_pool
        # A firm that is nearly done goes before one that just begins: otherwise all are done at the end only.
        priority += 10 * STAGES.index(stage)
    return TaskPlan(f"{phase}.{stage}", stage, phase, queue, pool, priority, before)
