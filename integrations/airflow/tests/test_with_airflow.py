"""With Airflow, without its services; skipped where it is not installed. `make fleet` runs it (F13)."""

import sys
import tempfile
import unittest
from datetime import datetime, timedelta, timezone
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

sys.path[:0] = [str(Path(__file__).parents[depth] / part) for depth, part in ((1, "src"), (2, "worker/src"))]

from cliosync_airflow.attempts import Memory
from cliosync_airflow.plan import onboarding_plan
from cliosync_worker import Action, Outcome, Result

PHASES = ["one", "two", "three"]
SHARED = {"staging": "/shared/staging", "databases": "/shared/databases"}


def context(**params: Any) -> Any:  # noqa: ANN401
    """What Airflow passes to a task, as far as ours look at it."""
    return {
        "dag_run": SimpleNamespace(partition_key="smith"),
        "params": params,
        "ti": SimpleNamespace(max_tries=28, try_number=1, xcom_push=lambda **_: None),
        "task_state_store": Memory(),
        "outlet_events": mock.MagicMock(),
    }


@unittest.skipUnless(find_spec("airflow"), "Airflow is not installed")
class AirflowTests(unittest.TestCase):
    def onboarding(self, **options: Any) -> Any:  # noqa: ANN401
        from cliosync_airflow import onboarding_dag

        return onboarding_dag(phases=PHASES, **(SHARED | options))

    def test_the_dag_is_the_plan(self) -> None:
        for by in ("stage", "phase"):
            dag = self.onboarding(by=by)
            plan = {task.task_id: task for task in onboarding_plan(PHASES, by=by)}
            self.assertEqual(set(dag.task_ids), set(plan))
            for task in dag.tasks:
                self.assertEqual(task.upstream_task_ids, set(plan[task.task_id].after))
                self.assertEqual((task.queue, task.pool), (plan[task.task_id].queue, plan[task.task_id].pool))
                self.assertEqual((task.priority_weight, task.retries), (plan[task.task_id].priority, 28))
                self.assertEqual(tuple(task.template_fields), ())

    def test_a_dag_needs_one_place(self) -> None:
        from cliosync_airflow import onboarding_dag

        for place in ({}, {"staging": "/s"}, SHARED | {"store_conn_id": "s"}):
            with self.assertRaises(ValueError):
                onboarding_dag(phases=PHASES, **place)

    def test_the_scheduler_can_read_every_dag(self) -> None:
        from airflow.serialization.serialized_objects import DagSerialization

        from cliosync_airflow import FirmsTable, dispatch_dag, refresh_dag

        dags = [self.onboarding(), self.onboarding(by="phase", dag_id="by_phase"), refresh_dag(**SHARED)]
        dags += [dispatch_dag(FirmsTable("db", "SELECT 1"), to=to) for to in ("onboarding", "refresh")]
        for dag in dags:
            read = DagSerialization.from_dict(DagSerialization.to_dict(dag))
            self.assertEqual(set(read.task_ids), set(dag.task_ids))

    def test_the_examples_are_dags(self) -> None:
        from importlib import import_module

        from airflow.sdk import DAG

        found = []
        for name in ("cliosync_example", "cliosync_after"):
            module = import_module(f"cliosync_airflow.example_dags.{name}")
            found += [value.dag_id for value in vars(module).values() if isinstance(value, DAG)]
        self.assertEqual(len(found), len(set(found)))
        self.assertIn("cliosync_onboarding", found)
        self.assertIn("firm_is_usable", found)

    def test_a_run_asks_for_options(self) -> None:
        dag = self.onboarding()
        command = dag.get_task("one.extract")._command
        asked = context(recent="12mo", group_by="practice_area", accept_removals=True)
        arguments = command("smith", "/scratch", asked).arguments()
        self.assertEqual(arguments[-5:], ["--recent", "12mo", "--group-by", "practice_area", "--accept-removals"])
        self.assertIn("/shared/databases/smith.sqlite", arguments)
        self.assertNotIn("--recent", dag.get_task("one.load")._command("smith", "/s", asked).arguments())
        own = self.onboarding(staging=None, databases=None, store_conn_id="s").get_task("one.load")
        self.assertIn("/scratch/staging", own._command("smith", "/scratch", context()).arguments())

    def test_exit_codes_are_what_airflow_does(self) -> None:
        from airflow.sdk.exceptions import AirflowFailException, AirflowRescheduleException

        from cliosync_airflow.retry import Retryable

        task = self.onboarding().get_task("one.load")
        report = {"job": {"status": "paused"}, "entities": []}
        for code, raised in (
            (1, Retryable),
            (2, AirflowFailException),
            (4, AirflowFailException),
            (5, AirflowRescheduleException),
            (6, AirflowRescheduleException),
            (130, Retryable),
            (-9, Retryable),
        ):
            with self.assertRaises(raised):
                task._settle("smith", Result(code, report, None), context())
        for code in (0, 3):
            counts = task._settle("smith", Result(code, report, None), context())
            self.assertEqual((counts["connection"], counts["partial"]), ("smith", code == 3))
        with self.assertRaises(AirflowFailException):
            task._settle("smith", Result(3, report, None), context(strict=True))

    def test_it_does_not_come_back_for_ever(self) -> None:
        from airflow.sdk.exceptions import AirflowFailException, AirflowRescheduleException

        task = self.onboarding().get_task("one.load")
        now = context()
        with self.assertRaises(AirflowRescheduleException):
            task._settle("smith", Result(5, None, None), now)
        state = now["task_state_store"]["cliosync"]
        state["waiting_since"] = (datetime.now(timezone.utc) - timedelta(hours=49)).isoformat()
        with self.assertRaises(AirflowFailException):
            task._settle("smith", Result(5, None, None), now)

    def test_failures_and_stops_have_their_own_numbers(self) -> None:
        from airflow.sdk import RetryAction

        from cliosync_airflow.retry import CliosyncRetryPolicy, Retryable

        policy = CliosyncRetryPolicy()
        failed = Retryable(Outcome(Action.RETRY, "failed"))
        stopped = Retryable(Outcome(Action.RETRY, "stopped", stopped=True))
        now = context()
        for number in range(20):
            decision = policy.evaluate(stopped, number + 1, 28, now)
            self.assertEqual((decision.action, decision.retry_delay), (RetryAction.RETRY, timedelta(seconds=10)))
        waits = [policy.evaluate(failed, 20, 28, now).retry_delay for _ in range(8)]
        self.assertEqual(waits[:3], [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)])
        self.assertIs(policy.evaluate(failed, 28, 28, now).action, RetryAction.FAIL)
        again = CliosyncRetryPolicy.deserialize(policy.serialize())
        self.assertEqual(again.plan, policy.plan)
        self.assertIs(again.evaluate(failed, 1, 57, now).action, RetryAction.RETRY, "cleared: counted from zero")

    def test_settings_of_a_firm_win_and_secrets_are_masked(self) -> None:
        from airflow.sdk import Connection

        from cliosync_airflow import hooks

        connections = {
            "firm": Connection(conn_id="firm", conn_type="cliosync", host="eu", password="token-of-smith"),
            "app": Connection(
                conn_id="app", conn_type="cliosync", host="us", login="id", extra='{"client_secret": "hush-hush"}'
            ),
            "store": Connection(conn_id="store", conn_type="aws", login="KEY", password="hush-store", schema="b/p"),
        }
        masked: list[str] = []
        with (
            mock.patch.object(hooks.CliosyncHook, "get_connection", side_effect=connections.get),
            mock.patch.object(hooks, "mask_secret", masked.append),
        ):
            settings = hooks.CliosyncHook("firm", app_conn_id="app", store_conn_id="store").settings()
        self.assertEqual((settings["CLIO_REGION"], settings["CLIO_CLIENT_ID"]), ("eu", "id"))
        self.assertEqual(set(masked), {"token-of-smith", "hush-hush", "hush-store"})

    def test_a_task_runs_its_program_with_nothing_of_the_workers_environment(self) -> None:
        """A program in place of cliosync prints its arguments and its environment as the report."""
        from cliosync_airflow import hooks

        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder) / "cliosync"
            program.write_text(
                f"#!{sys.executable}\n"
                "import json, os, sys\n"
                "print(json.dumps({'v': 1, 'event': 'started'}))\n"
                f"json.dump([sys.argv, dict(os.environ)], open({folder!r} + '/seen', 'w'))\n"
                "print(json.dumps({'entities': [{'loaded': 7}], 'job': {'status': 'completed'}}))\n"
            )
            program.chmod(0o755)
            task = self.onboarding(binary=str(program)).get_task("one.verify")
            with (
                mock.patch.object(hooks.CliosyncHook, "settings", lambda _: {"CLIO_ACCESS_TOKEN": "hush-token"}),
                mock.patch.dict(
                    "os.environ",
                    {"CLIOSYNC_SCRATCH": f"{folder}/scratch", "CLIO_REGION": "au", "HTTPS_PROXY": "http://p"},
                ),
            ):
                counts = task.execute(context())
            self.assertEqual(counts["loaded"], 7)
            import json

            arguments, environment = json.loads((Path(folder) / "seen").read_text())
            self.assertNotIn("hush-token", " ".join(arguments))
            self.assertEqual(environment["CLIO_ACCESS_TOKEN"], "hush-token")
            self.assertEqual(environment["HTTPS_PROXY"], "http://p")
            self.assertNotIn("CLIO_REGION", environment)
            self.assertFalse(list((Path(folder) / "scratch").iterdir()), "the folder of the task is gone")

    def test_a_name_that_is_no_firm_fails_at_once(self) -> None:
        from airflow.sdk.exceptions import AirflowFailException

        task = self.onboarding().get_task("one.load")
        for name in (None, "--all", "../x"):
            wrong = context(connection=None)
            wrong["dag_run"].partition_key = name
            with self.assertRaises(AirflowFailException):
                task._firm(wrong)


if __name__ == "__main__":
    unittest.main()
