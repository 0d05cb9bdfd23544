"""Dags: one run for each firm, and the dispatchers that begin the runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, Asset, BaseOperator, Param, PartitionedAssetTimetable, PartitionedAtRuntime
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from .firms import Firms
from .ledger import Firm, Ledger, onboarding_is_due, read_firms, refresh_is_due
from .operators import CliosyncPhaseOperator, CliosyncRefreshOperator, CliosyncStageOperator, Place
from .plan import Lanes, TaskPlan, onboarding_plan, refresh_plan

if TYPE_CHECKING:
    from airflow.sdk import Context

#: A partition of the first begins an onboarding, one of the second a refresh. Partition keys are firms.
WANTED = Asset(name="cliosync_wanted", uri="cliosync://wanted")
DUE = Asset(name="cliosync_due", uri="cliosync://due")


def loaded_asset(phase: str) -> Asset:
    """The asset that gets a partition for a firm whenever this phase of it is loaded and verified."""
    return Asset(name=f"cliosync_{phase}", uri=f"cliosync://loaded/{phase}")


REFRESHED = Asset(name="cliosync_refreshed", uri="cliosync://refreshed")


def onboarding_dag(
    *,
    phases: Sequence[str],
    dag_id: str = "cliosync_onboarding",
    staging: str | None = None,
    databases: str | None = None,
    store_conn_id: str | None = None,
    pipelines: str = "/usr/share/cliosync/pipelines",
    binary: str = "cliosync",
    by: str = "stage",
    recent: str | None = None,
    wanted: Asset | None = WANTED,
    lanes: Lanes | None = None,
    max_active_runs: int = 500,
    dag_options: dict[str, Any] | None = None,
    **task_options: Any,  # noqa: ANN401
) -> DAG:
    """The onboarding of a firm: four tasks a phase, or one with `by="phase"`.

    A run begins for each new partition of the asset wanted, and by REST with a `partition_key`; without an asset, by
    REST only. Let no other onboarding listen to the same asset: two runs of a firm wait for each other's locks.
    task_options go to each task: `conn_id`, `app_conn_id`, `max_wait`, `work_for`, `page_url`, `strict`,
    `on_failure_callback`, …
    """
    place = Place(staging, databases, store_conn_id, pipelines, binary)
    params = {
        "connection": Param(None, type=["null", "string"], description="The firm, if the run has no partition key"),
        "recent": Param(recent, type=["null", "string"], description="Fetch the last months first: 12mo, 90d, 2y"),
        "group_by": Param(None, type=["null", "string"], description="Fetch group by group: practice_area, …"),
        "strict": Param(False, type="boolean", description="Fail when a list could not be fetched in full"),
        "accept_removals": Param(False, type="boolean", description="Remove records that are gone, even if many"),
    }
    dag = _firm_dag(dag_id, wanted, params, max_active_runs, dag_options)
    _add(dag, onboarding_plan(phases, by=by, lanes=lanes), place, task_options)
    return dag


def refresh_dag(
    *,
    dag_id: str = "cliosync_refresh",
    staging: str | None = None,
    databases: str | None = None,
    store_conn_id: str | None = None,
    pipelines: str = "/usr/share/cliosync/pipelines",
    binary: str = "cliosync",
    due: Asset | None = DUE,
    lanes: Lanes | None = None,
    max_active_runs: int = 500,
    dag_options: dict[str, Any] | None = None,
    **task_options: Any,  # noqa: ANN401
) -> DAG:
    """The refresh of a firm: one task. A run begins for each new partition of the asset due, and by REST."""
    place = Place(staging, databases, store_conn_id, pipelines, binary)
    params = {
        "connection": Param(None, type=["null", "string"], description="The firm, if the run has no partition key"),
        "deletions": Param(None, type=["null", "string"], description="counts, sweep or off"),
        "strict": Param(False, type="boolean", description="Fail when a list could not be fetched in full"),
        "accept_removals": Param(False, type="boolean", description="Remove records that are gone, even if many"),
    }
    dag = _firm_dag(dag_id, due, params, max_active_runs, dag_options)
    _add(dag, refresh_plan(lanes), place, task_options)
    return dag


def dispatch_dag(
    firms: Firms,
    *,
    to: str = "onboarding",
    schedule: str = "*/5 * * * *",
    most: int = 500,
    dag_id: str | None = None,
    lanes: Lanes | None = None,
    dag_options: dict[str, Any] | None = None,
    **task_options: Any,  # noqa: ANN401
) -> DAG:
    """Begins a run for each firm: to `onboarding` once, to `refresh` once a day.

    Reads the firms when it runs, never when the Dag file is parsed. most: so many at a time; the rest follows.
    """
    asset = {"onboarding": WANTED, "refresh": DUE}[to]
    options = {"start_date": datetime(2026, 1, 1, tzinfo=timezone.utc), "tags": ["cliosync"], **(dag_options or {})}
    dag = DAG(dag_id or f"cliosync_dispatch_{to}", schedule=schedule, catchup=False, max_active_runs=1, **options)
    lanes = lanes or Lanes()
    where = {"queue": lanes.local_queue, "pool": lanes.local_pool}
    options = {"retries": 3, **where, **task_options}
    dispatch = DispatchOperator(task_id="dispatch", firms=firms, to=to, most=most, outlets=[asset], dag=dag, **options)
    refused = RefusedOperator(task_id="refused", dag=dag, trigger_rule="all_done", **where)
    dispatch >> refused
    return dag


class DispatchOperator(BaseOperator):
    """Sends the firms that are due as partitions of its outlet."""

    def __init__(self, *, firms: Firms, to: str, most: int, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(**kwargs)
        self.firms = firms
        self.to = to
        self.most = most

    def execute(self, context: Context) -> dict[str, int]:
        """Returns how many firms there are, and how many were sent."""
        found, refused = read_firms(self.firms.read())
        context["ti"].xcom_push(key="refused", value=refused.rows[:20])
        outlet = self.outlets[0]
        ledger = Ledger(context["asset_state_store"][outlet])
        run = context["run_id"]
        ledger.settle(self._state(ledger.pending, context), run)
        now = datetime.now(timezone.utc)
        names = self._due(found, ledger, now)
        if not names:
            raise AirflowSkipException(f"none of {len(found)} firms is due")
        ledger.send(names, run=run, now=now)
        context["outlet_events"][outlet].add_partitions(names)
        self.log.info("%s of %s firms sent", len(names), len(found))
        return {"firms": len(found), "sent": len(names), "refused": len(refused.rows)}

    def _due(self, found: Iterable[Firm], ledger: Ledger, now: datetime) -> list[str]:
        is_due = onboarding_is_due if self.to == "onboarding" else refresh_is_due
        due = [(ledger.last(firm.name), firm.name) for firm in found if is_due(firm, ledger.last(firm.name), now)]
        # Who waits longest comes first.
        due.sort(key=lambda pair: (pair[0] is not None, pair[0] or now, pair[1]))
        return [name for _, name in due[: self.most]]

    @staticmethod
    def _state(pending: dict[str, Any], context: Context) -> str | None:
        """What became of the task that was about to send what is pending."""
        if not pending:
            return None
        ti = context["ti"]
        states = ti.get_task_states(dag_id=ti.dag_id, task_ids=[ti.task_id], run_ids=[pending["run"]])
        state = (states.get(pending["run"]) or {}).get(ti.task_id)
        return str(getattr(state, "value", state)) if state is not None else None


class RefusedOperator(BaseOperator):
    """Fails when there were rows that name no firm, after all others were sent."""

    def execute(self, context: Context) -> None:
        """Names the rows."""
        rows = context["ti"].xcom_pull(task_ids="dispatch", key="refused") or []
        if rows:
            raise AirflowFailException(f"these are no firms: {', '.join(rows)}")


def _firm_dag(
    dag_id: str, asset: Asset | None, params: dict[str, Param], max_active_runs: int, options: dict[str, Any] | None
) -> DAG:
    return DAG(
        dag_id,
        schedule=PartitionedAssetTimetable(assets=asset) if asset else PartitionedAtRuntime(),
        catchup=False,
        max_active_runs=max_active_runs,
        # Slots and pools are the limit. Airflow's default is 16 for all firms together.
        max_active_tasks=max_active_runs * 4,
        params=params,
        **{"tags": ["cliosync"], **(options or {})},
    )


def _add(dag: DAG, plan: Sequence[TaskPlan], place: Place, options: dict[str, Any]) -> None:
    tasks = {task.task_id: _operator(dag, task, place, options) for task in plan}
    for task in plan:
        for before in task.after:
            tasks[before] >> tasks[task.task_id]


def _operator(dag: DAG, task: TaskPlan, place: Place, options: dict[str, Any]) -> BaseOperator:
    common = {
        "task_id": task.task_id,
        "dag": dag,
        "place": place,
        "queue": task.queue,
        "pool": task.pool,
        "priority_weight": task.priority,
        "weight_rule": "absolute",
        **options,
    }
    if task.phase is None:
        return CliosyncRefreshOperator(outlets=[REFRESHED], **common)
    outlets = [loaded_asset(task.phase)] if task.stage in ("verify", "run") else []
    if task.stage == "run":
        return CliosyncPhaseOperator(phase=task.phase, outlets=outlets, **common)
    return CliosyncStageOperator(stage=task.stage, phase=task.phase, outlets=outlets, **common)
