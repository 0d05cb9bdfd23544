"""Without Airflow, services or network: python3 -m unittest discover -s integrations/airflow/tests."""

import json
import subprocess
import sys
import tempfile
import unittest
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

SOURCES = [Path(__file__).parent.parent / "src", Path(__file__).parent.parent.parent / "worker" / "src"]
sys.path[:0] = [str(path) for path in SOURCES]

from cliosync_airflow.attempts import Attempts, Memory
from cliosync_airflow.findings import Facts, Level, findings
from cliosync_airflow.firm import SECRETS, InvalidConnection, checked_firm, firm_settings, store_settings
from cliosync_airflow.firms import parse
from cliosync_airflow.get_provider_info import get_provider_info
from cliosync_airflow.ledger import Firm, Ledger, onboarding_is_due, read_firms, refresh_is_due
from cliosync_airflow.plan import Lanes, onboarding_plan, refresh_plan
from cliosync_airflow.scratch import Scratch

NOW = datetime(2026, 11, 28, 20, tzinfo=timezone.utc)
PHASES = ["one", "two", "three"]


class FirmTests(unittest.TestCase):
    def test_a_connection_becomes_settings(self) -> None:
        settings = firm_settings(
            "client", "access", "eu", None, {"refresh_token": "R", "client_secret": "S", "SYNC_QUOTA_SHARE": 0.5}
        )
        self.assertEqual(
            settings,
            {
                "CLIO_REGION": "eu",
                "CLIO_CLIENT_ID": "client",
                "CLIO_ACCESS_TOKEN": "access",
                "CLIO_REFRESH_TOKEN": "R",
                "CLIO_CLIENT_SECRET": "S",
                "SYNC_QUOTA_SHARE": "0.5",
            },
        )
        self.assertEqual(
            firm_settings(None, None, "http://127.0.0.1", 8099, {}), {"CLIO_BASE_URL": "http://127.0.0.1:8099"}
        )

    def test_a_store_is_an_aws_connection(self) -> None:
        settings = store_settings("KEY", "S", "bucket/firms", {"region_name": "eu-west-1", "endpoint_url": "http://s"})
        self.assertEqual(settings["SYNC_REMOTE"], "s3://bucket/firms")
        self.assertEqual(settings["SYNC_REMOTE_REGION"], "eu-west-1")
        self.assertEqual(settings["SYNC_REMOTE_ENDPOINT"], "http://s")
        self.assertEqual((settings["AWS_ACCESS_KEY_ID"], settings["AWS_SECRET_ACCESS_KEY"]), ("KEY", "S"))

    def test_what_is_no_setting_is_named_without_its_value(self) -> None:
        for extra in ({"refresh": "hush"}, {"PATH": "hush"}, {"CLIO_X": ["hush"]}, {"CLIO_REGION": True}):
            with self.assertRaises(InvalidConnection) as raised:
                firm_settings(None, None, None, None, extra)
            self.assertNotIn("hush", str(raised.exception))
            self.assertIn(next(iter(extra)), str(raised.exception))
        with self.assertRaises(InvalidConnection):
            firm_settings(None, None, "usa", None, {})

    def test_every_secret_of_the_program_is_masked(self) -> None:
        """The table of settings in the documentation says which are secret."""
        text = (Path(__file__).parents[3] / "docs" / "operations.md").read_text()
        secret = set()
        for line in text.splitlines():
            if line.startswith("| `") and "Secret." in line:
                secret |= {part for part in line.split("|")[1].replace("`", " ").split() if part}
        self.assertGreater(len(secret), 5)
        self.assertEqual(secret - {"AWS_ACCESS_KEY_ID"}, set(SECRETS))

    def test_a_firm_is_no_option_and_no_path(self) -> None:
        self.assertEqual(checked_firm("smith-2"), "smith-2")
        for name in ("-x", "../a", "A", "", "a" * 65, None, 7):
            with self.assertRaises(ValueError):
                checked_firm(name)


class PlanTests(unittest.TestCase):
    def test_a_phase_is_four_tasks_and_extracts_and_loads_follow_each_other(self) -> None:
        plan = {task.task_id: task for task in onboarding_plan(PHASES)}
        self.assertEqual(len(plan), 12)
        self.assertEqual(plan["one.extract"].after, ())
        self.assertEqual(plan["two.extract"].after, ("one.extract",))
        self.assertEqual(plan["two.transform"].after, ("two.extract",))
        self.assertEqual(set(plan["three.load"].after), {"three.transform", "two.verify"})
        self.assertEqual(plan["three.verify"].after, ("three.load",))

    def test_only_extracts_are_in_the_queue_of_long_tasks(self) -> None:
        lanes = Lanes(extract_queue="slow", local_queue="quick", extract_pool="clio", local_pool="cpu")
        for task in onboarding_plan(PHASES, lanes=lanes):
            expected = ("slow", "clio") if task.stage == "extract" else ("quick", "cpu")
            self.assertEqual((task.queue, task.pool), expected)

    def test_a_new_firm_goes_before_an_old_one(self) -> None:
        plan = onboarding_plan(PHASES)
        priorities = {task.phase: task.priority for task in plan if task.stage == "extract"}
        self.assertEqual(priorities, {"one": 300, "two": 200, "three": 100})
        by_phase = [[task.priority for task in plan if task.phase == phase] for phase in PHASES]
        for stages in by_phase:
            self.assertEqual(stages, sorted(stages), "what is nearly done goes first")
        self.assertGreater(min(by_phase[0]), max(by_phase[1]))
        self.assertLess(refresh_plan()[0].priority, 100)

    def test_a_phase_may_be_one_task(self) -> None:
        plan = onboarding_plan(PHASES, by="phase")
        self.assertEqual([task.task_id for task in plan], ["one.run", "two.run", "three.run"])
        self.assertEqual(plan[2].after, ("two.run",))

    def test_every_edge_leads_to_a_task_before(self) -> None:
        for by in ("stage", "phase"):
            seen: set[str] = set()
            for task in onboarding_plan(PHASES, by=by):
                self.assertLessEqual(set(task.after), seen)
                seen.add(task.task_id)

    def test_wrong_plans_are_refused(self) -> None:
        for phases, by in (([], "stage"), (["a", "a"], "stage"), (["a"], "firm")):
            with self.assertRaises(ValueError):
                onboarding_plan(phases, by=by)


class LedgerTests(unittest.TestCase):
    def dispatch(self, store: Memory, names: list[str], *, run: str, before: str | None) -> list[str]:
        """One run of a dispatcher; before is what became of the task of the one before."""
        ledger = Ledger(store)
        ledger.settle(before, run)
        due = [name for name in names if onboarding_is_due(Firm(name), ledger.last(name), NOW)]
        if due:
            ledger.send(due, run=run, now=NOW)
        return due

    def test_a_firm_is_sent_once(self) -> None:
        store = Memory()
        self.assertEqual(self.dispatch(store, ["a", "b"], run="1", before=None), ["a", "b"])
        self.assertEqual(self.dispatch(store, ["a", "b", "c"], run="2", before="success"), ["c"])
        self.assertEqual(self.dispatch(store, ["a", "b", "c"], run="3", before="success"), [])
        self.assertEqual(self.dispatch(store, ["a", "b", "c"], run="4", before=None), [])

    def test_what_a_killed_dispatcher_did_not_send_is_sent_by_the_next(self) -> None:
        for state in ("failed", "removed", None):
            store = Memory()
            self.dispatch(store, ["a"], run="1", before=None)
            self.assertEqual(self.dispatch(store, ["a"], run="2", before=state), ["a"])
        store = Memory()
        self.dispatch(store, ["a"], run="1", before=None)
        self.assertEqual(self.dispatch(store, ["a"], run="1", before="running"), ["a"], "another try of the same run")

    def test_the_memory_of_five_thousand_firms_is_small(self) -> None:
        store = Memory()
        names = [f"firm-{index:04}" for index in range(5000)]
        self.dispatch(store, names, run="1", before=None)
        self.dispatch(store, names, run="2", before="success")
        self.assertLess(max(len(json.dumps(value)) for value in store.values()), 16_000)

    def test_a_refresh_is_due_once_a_day_and_a_missed_one_is_made_up_for(self) -> None:
        for index in range(50):
            for region in (None, "us", "eu", "ca", "au"):
                firm = Firm(f"firm-{index}", region)
                last: datetime | None = NOW
                sent = []
                for quarter in range(4 * 24 * 4):
                    now = NOW + timedelta(minutes=15 * quarter)
                    if refresh_is_due(firm, last, now):
                        sent.append(now)
                        last = now
                self.assertIn(len(sent), (3, 4), firm)
                for one, next_one in pairwise(sent):
                    self.assertLess(abs((next_one - one) - timedelta(days=1)), timedelta(minutes=16))
                self.assertTrue(refresh_is_due(firm, NOW - timedelta(days=2), NOW))
                self.assertTrue(refresh_is_due(firm, None, NOW))

    def test_refreshes_keep_out_of_peak_hours_and_are_spread(self) -> None:
        peaks = {"us": range(12, 24), "eu": range(7, 22), "au": range(20, 24)}
        for region, peak in peaks.items():
            hours = set()
            for index in range(200):
                for hour in range(24):
                    now = NOW.replace(hour=hour, minute=59)
                    if refresh_is_due(Firm(f"firm-{index}", region), now - timedelta(minutes=60), now):
                        hours.add(hour)
            self.assertFalse(hours & set(peak), region)
            self.assertGreaterEqual(len(hours), 8, region)

    def test_one_bad_row_stops_no_other(self) -> None:
        rows = [
            ("a", "us"),
            ["b"],
            "c",
            {"connection": "d", "region": "eu"},
            ("--all",),
            None,
            ("e", "mars"),
            ("a", "us"),
        ]
        firms, refused = read_firms(rows)
        self.assertEqual(
            [(firm.name, firm.region) for firm in firms], [("a", "us"), ("b", None), ("c", None), ("d", "eu")]
        )
        self.assertEqual(refused.rows, ["'--all'", "None", "e: region 'mars'"])

    def test_a_file_of_firms_is_ndjson(self) -> None:
        self.assertEqual(list(parse('{"connection":"a"}\n\n"b"\n')), [{"connection": "a"}, "b"])


class AttemptTests(unittest.TestCase):
    def test_failures_and_stops_are_counted_apart(self) -> None:
        store = Memory()
        self.assertEqual(Attempts(store, life=0).add(stopped=True), (0, 1))
        self.assertEqual(Attempts(store, life=0).add(stopped=False), (1, 1))
        self.assertEqual(Attempts(store, life=0).add(stopped=True), (1, 2))

    def test_clearing_a_task_begins_from_zero(self) -> None:
        store = Memory()
        Attempts(store, life=0).add(stopped=False)
        Attempts(store, life=0).comes_back(NOW)
        cleared = Attempts(store, life=3)
        self.assertIsNone(cleared.waiting_since)
        self.assertEqual(cleared.add(stopped=False), (1, 0))

    def test_come_backs_in_a_row_have_one_beginning(self) -> None:
        attempts = Attempts(Memory(), life=0)
        attempts.comes_back(NOW)
        attempts.comes_back(NOW + timedelta(hours=1))
        self.assertEqual(attempts.waiting_since, NOW)
        attempts.works()
        self.assertIsNone(attempts.waiting_since)


class ScratchTests(unittest.TestCase):
    def test_a_folder_is_there_for_one_attempt_only(self) -> None:
        with tempfile.TemporaryDirectory() as root:
            with Scratch(root, "smith-load") as one, Scratch(root, "smith-load") as two:
                self.assertNotEqual(one, two)
                self.assertTrue(one.is_dir(), "a second attempt leaves the files of one that lives alone")
                (one / "file").write_text("x")
            self.assertFalse(one.exists() or two.exists())

    def test_what_a_killed_attempt_left_is_removed_by_the_next(self) -> None:
        with tempfile.TemporaryDirectory() as root:
            script = (
                f"import sys, os; sys.path[:0] = {[str(path) for path in SOURCES]!r}\n"
                "from cliosync_airflow.scratch import Scratch\n"
                f"print(Scratch({root!r}, 'smith-load').path, flush=True); os.kill(os.getpid(), 9)\n"
            )
            done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
            left = Path(done.stdout.strip())
            self.assertTrue(left.is_dir())
            with Scratch(root, "jones-load"):
                self.assertFalse(left.exists())


class FindingsTests(unittest.TestCase):
    GOOD: ClassVar[dict[str, Any]] = {
        "settings": {
            "core.executor": "CeleryExecutor",
            "core.parallelism": "400",
            "celery.broker_url": "redis://r:6379/0",
            "celery.worker_prefetch_multiplier": "1",
            "celery_broker_transport_options.visibility_timeout": "604800",
            "scheduler.task_instance_heartbeat_timeout": "120",
            "logging.remote_logging": "True",
        },
        "versions": {"apache-airflow-core": "3.3.2", "celery": "5.6.3"},
        "environment": {},
        "binary": "cliosync 1.0",
        "pools": {"cliosync_extract": 200},
    }

    def levels(self, **change: Any) -> list[tuple[Level, str]]:  # noqa: ANN401
        facts = dict(self.GOOD)
        for name, value in change.items():
            facts[name] = {**facts[name], **value} if isinstance(value, dict) and value else value
        return [
            (finding.level, finding.what + finding.remedy)
            for finding in findings(Facts(**facts))
            if finding.level is not Level.OK
        ]

    def test_a_good_installation_has_none(self) -> None:
        self.assertEqual(self.levels(), [])

    def test_each_trap_is_found_with_its_remedy(self) -> None:
        traps: list[tuple[dict[str, Any], Level, str]] = [
            ({"versions": {"celery": "5.7.0"}}, Level.PROBLEM, "celery<5.7"),
            ({"versions": {"apache-airflow-core": "3.2.1"}}, Level.PROBLEM, "3.3"),
            ({"binary": None}, Level.PROBLEM, "does not run"),
            ({"pools": {}}, Level.PROBLEM, "airflow pools set cliosync_extract"),
            ({"pools": None}, Level.ADVICE, "scheduler"),
            ({"environment": {"REMAP_SIGTERM": "SIGQUIT"}}, Level.PROBLEM, "KillSignal=SIGQUIT"),
            ({"settings": {"celery_broker_transport_options.visibility_timeout": "86400"}}, Level.PROBLEM, "604800"),
            ({"settings": {"core.parallelism": "32"}}, Level.PROBLEM, "parallelism"),
            ({"settings": {"celery.worker_prefetch_multiplier": "4"}}, Level.ADVICE, "prefetch"),
            ({"settings": {"scheduler.task_instance_heartbeat_timeout": "300"}}, Level.ADVICE, "heartbeat"),
            ({"settings": {"logging.remote_logging": "False"}}, Level.ADVICE, "remote_logging"),
        ]
        for change, level, text in traps:
            found = self.levels(**change)
            self.assertEqual([one for one, _ in found], [level], change)
            self.assertIn(text, found[0][1])

    def test_without_a_setting_the_default_of_redis_counts(self) -> None:
        settings = dict(self.GOOD["settings"])
        del settings["celery_broker_transport_options.visibility_timeout"]
        facts = Facts(**{**self.GOOD, "settings": settings})
        self.assertIn(Level.PROBLEM, [finding.level for finding in findings(facts)])


class PackageTests(unittest.TestCase):
    def test_the_provider_names_what_is_there(self) -> None:
        info = get_provider_info()
        for entry in info["hooks"] + info["operators"]:
            for module in entry["python-modules"]:
                self.assertTrue((SOURCES[0] / (module.replace(".", "/") + ".py")).is_file(), module)
        source = (SOURCES[0] / "cliosync_airflow/hooks.py").read_text()
        self.assertIn(f"class {info['connection-types'][0]['hook-class-name'].rsplit('.', 1)[1]}(", source)

    def test_the_pure_modules_need_no_airflow(self) -> None:
        """In a process that has no Airflow, whatever is installed."""
        script = (
            f"import sys; sys.path[:0] = {[str(path) for path in SOURCES]!r}\n"
            "sys.modules['airflow'] = None\n"
            "from cliosync_airflow import attempts, check, findings, firm, firms, ledger, plan, scratch\n"
            "sys.exit(check.main(['--binary', 'no-such-program']))\n"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        self.assertIn("problem  no-such-program does not run here", done.stdout)

    def test_the_lock_is_within_the_declared_versions(self) -> None:
        root = Path(__file__).parent.parent
        lock = root / "constraints.txt"
        pins = dict(line.split("==") for line in lock.read_text().split() if "==" in line)
        self.assertTrue(pins["apache-airflow"].startswith("3."))
        self.assertLess(int(pins["celery"].split(".")[1]), 7)


if __name__ == "__main__":
    unittest.main()
