"""Tasks that run cliosync."""

from __future__ import annotations

import json
import logging
import os
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset, BaseOperator
from airflow.sdk.exceptions import AirflowFailException, AirflowRescheduleException

from cliosync_worker import Action, Outcome, Result, Stage, StageProcess, decide
from cliosync_worker.outcome import disagrees, failed_checks, summary
from cliosync_worker.stage import environment

from .attempts import Attempts
from .firm import checked_firm
from .hooks import CliosyncHook
from .links import KEY, CliosyncPageLink
from .retry import CliosyncRetryPolicy, Retryable
from .scratch import Scratch

if TYPE_CHECKING:
    from airflow.sdk import Context

#: Airflow kills a task that has not ended five seconds after it was asked to.
_PATIENCE = 4.0
#: Seconds between two lines of progress in the log.
_PROGRESS = 60.0
#: Facts about the machine, not about the engine or another firm.
_NETWORK = ("HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
_LEVELS = {"warning": logging.WARNING, "error": logging.ERROR, "critical": logging.ERROR, "debug": logging.DEBUG}


@dataclass(frozen=True)
class Place:
    """Where cliosync is on every worker, and where a firm's files are.

    Either all workers share the folders `staging` and `databases`, or `store_conn_id` is the connection of an object
    store. Then a task works in a scratch folder of its own, and cliosync gets from the store what it needs, and stores
    what it made.
    """

    staging: str | None = None
    databases: str | None = None
    store_conn_id: str | None = None
    pipelines: str = "/usr/share/cliosync/pipelines"
    binary: str = "cliosync"

    def __post_init__(self) -> None:
        if (self.store_conn_id is None) == (self.staging is None or self.databases is None):
            raise ValueError("name either staging and databases, which all workers share, or store_conn_id")


class CliosyncOperator(BaseOperator):
    """Runs one command of cliosync for the firm that the Dag run is about: its partition key, or `params.connection`.

    Nothing is templated, and no secret is in an argument: settings are fetched from connections when the task runs.
    """

    template_fields: Sequence[str] = ()
    operator_extra_links = (CliosyncPageLink(),)
    ui_color = "#e8eef7"

    def __init__(
        self,
        *,
        stage: str,
        phase: str | None,
        place: Place,
        conn_id: str = "cliosync_{firm}",
        app_conn_id: str | None = None,
        max_wait: str | None = "5m",
        work_for: str | None = None,
        options: Sequence[str] = (),
        strict: bool = False,
        page_url: str | None = None,
        retry_policy: CliosyncRetryPolicy | None = None,
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        policy = retry_policy or CliosyncRetryPolicy()
        kwargs.setdefault("retries", policy.retries)
        kwargs.setdefault("retry_delay", policy.plan.after_stop)
        super().__init__(retry_policy=policy, **kwargs)
        self.stage = stage
        self.phase = phase
        self.place = place
        self.conn_id = conn_id
        self.app_conn_id = app_conn_id
        self.max_wait = max_wait
        self.work_for = work_for
        self.options = tuple(options)
        self.strict = strict
        self.page_url = page_url
        self.firm_page: str | None = None
        self._process: StageProcess | None = None
        self._progress_at = 0.0

    def execute(self, context: Context) -> dict[str, Any]:
        """Runs the command, and does what its exit code asks for. Returns counts."""
        firm = self._firm(context)
        self._link(firm, context)
        try:
            settings = CliosyncHook(
                self.conn_id.format(firm=firm), app_conn_id=self.app_conn_id, store_conn_id=self.place.store_conn_id
            ).settings()
        except ValueError as error:
            raise AirflowFailException(str(error)) from None
        with Scratch(_scratch_root(), f"{firm}-{self.task_id}") as scratch:
            stage = self._command(firm, str(scratch), context)
            result = self._run(stage, str(scratch), settings)
        return self._settle(firm, result, context)

    def on_kill(self) -> None:
        """Asks cliosync to stop. Airflow may have signalled the process group: twice within a second is once."""
        process = self._process
        if process is not None:
            # Not here: the main thread reads what the process still writes.
            threading.Thread(target=process.stop, args=(_PATIENCE,), daemon=True).start()

    def _firm(self, context: Context) -> str:
        name = context["dag_run"].partition_key or context["params"].get("connection")
        try:
            return checked_firm(name)
        except ValueError as error:
            raise AirflowFailException(f"partition key, or the parameter connection: {error}") from None

    def _link(self, firm: str, context: Context) -> None:
        if self.page_url:
            self.firm_page = f"{self.page_url.rstrip('/')}/firms/{firm}"
            context["ti"].xcom_push(key=KEY, value=self.firm_page)

    def _command(self, firm: str, scratch: str, context: Context) -> Stage:
        place = self.place
        return Stage(
            self.stage,
            self.phase,
            firm,
            staging=place.staging or f"{scratch}/staging",
            database=f"{place.databases or f'{scratch}/databases'}/{firm}.sqlite",
            pipelines=place.pipelines,
            max_wait=self.max_wait,
            work_for=self.work_for,
            binary=place.binary,
            options=(*self.options, *self._asked(context["params"])),
        )

    def _asked(self, params: Mapping[str, Any]) -> list[str]:
        """Options that a Dag run asks for."""
        options = []
        if self.stage in ("extract", "run"):
            if params.get("recent"):
                options += ["--recent", str(params["recent"])]
            if params.get("group_by"):
                options += ["--group-by", str(params["group_by"])]
        if self.stage in ("extract", "run", "refresh") and params.get("accept_removals"):
            options.append("--accept-removals")
        if self.stage == "refresh" and params.get("deletions"):
            options += ["--deletions", str(params["deletions"])]
        return options

    def _run(self, stage: Stage, scratch: str, settings: Mapping[str, str]) -> Result:
        machine = {name: os.environ[name] for name in _NETWORK if os.environ.get(name)}
        # How many firms there are at a time is the engine's business.
        settings = {"SYNC_MAX_CONCURRENT_JOBS": "1000", **settings}
        self._process = StageProcess(
            stage.arguments(),
            machine | environment(scratch, settings, os.environ.get("PATH", os.defpath)),
            scratch,
            on_event=self._event,
            on_log=self._line,
        )
        return self._process.run()

    def _settle(self, firm: str, result: Result, context: Context) -> dict[str, Any]:
        ti = context["ti"]
        attempts = Attempts(context["task_state_store"], life=ti.max_tries - (self.retries or 0))
        now = datetime.now(timezone.utc)
        outcome = decide(
            result.code,
            stage=self.stage,
            now=now,
            resume_at=result.resume_at,
            message=result.message or failed_checks(result.report),
            waiting_since=attempts.waiting_since,
            strict=self.strict or bool(context["params"].get("strict")),
            disagrees=disagrees(result.report),
        )
        self.log.info("exit code %s: %s (%s)", result.code, outcome.action.value, outcome.message)
        if outcome.action is Action.COME_BACK:
            attempts.comes_back(now)
            raise AirflowRescheduleException(outcome.at)
        attempts.works()
        if outcome.action is Action.FAIL:
            raise AirflowFailException(outcome.message)
        if outcome.action is Action.RETRY:
            raise Retryable(outcome)
        return self._succeed(firm, outcome, result, context)

    def _succeed(self, firm: str, outcome: Outcome, result: Result, context: Context) -> dict[str, Any]:
        counts = {"connection": firm, "partial": outcome.partial, **summary(result.report)}
        for outlet in self.outlets:
            if isinstance(outlet, Asset):
                context["outlet_events"][outlet].extra = dict(counts)
        return counts

    def _event(self, event: Mapping[str, Any]) -> None:
        kind = event["event"]
        level = logging.INFO
        if kind == "page":
            level = logging.DEBUG
        elif kind == "error":
            level = logging.ERROR
        elif kind == "progress":
            now = time.monotonic()
            if now - self._progress_at < _PROGRESS:
                return
            self._progress_at = now
        self.log.log(level, "%s", json.dumps(event, ensure_ascii=False))

    def _line(self, line: str) -> None:
        try:
            name = str(json.loads(line)["level"])
        except (ValueError, KeyError, TypeError):
            name = "info"
        self.log.log(_LEVELS.get(name, logging.INFO), "%s", line)


class CliosyncStageOperator(CliosyncOperator):
    """Runs one stage of a phase: `extract`, `transform`, `load` or `verify`."""

    def __init__(self, *, stage: str, phase: str, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(stage=stage, phase=phase, **kwargs)


class CliosyncPhaseOperator(CliosyncOperator):
    """Runs all stages of a phase in one task: fewer tasks, and a slot for extracts is held while the others compute."""

    def __init__(self, *, phase: str, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(stage="run", phase=phase, **kwargs)


class CliosyncRefreshOperator(CliosyncOperator):
    """Brings the database of a firm up to date."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(stage="refresh", phase=None, **kwargs)


def _scratch_root() -> str:
    return os.environ.get("CLIOSYNC_SCRATCH") or f"{tempfile.gettempdir()}/cliosync-{os.getuid()}"
