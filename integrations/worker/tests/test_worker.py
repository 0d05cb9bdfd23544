"""Without services, network or packages: python3 -m unittest discover -s integrations/worker/tests."""

import json
import os
import sys
import tempfile
import threading
import unittest
from datetime import datetime, timedelta, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "src"))

from cliosync_worker import Action, RetryPlan, Stage, StageProcess, decide
from cliosync_worker.outcome import disagrees, failed_checks, summary
from cliosync_worker.stage import environment

NOW = datetime(2026, 11, 28, 20, tzinfo=timezone.utc)


class OutcomeTests(unittest.TestCase):
    def test_every_exit_code_has_its_action(self) -> None:
        expected = {
            0: Action.SUCCEED,
            1: Action.RETRY,
            2: Action.FAIL,
            3: Action.SUCCEED,
            4: Action.FAIL,
            5: Action.COME_BACK,
            6: Action.COME_BACK,
            130: Action.RETRY,
            -9: Action.RETRY,
            77: Action.RETRY,
        }
        for code, action in expected.items():
            self.assertIs(decide(code, stage="extract", now=NOW).action, action, code)

    def test_what_is_partly_done_goes_on_except_after_verify(self) -> None:
        self.assertTrue(decide(3, stage="load", now=NOW).partial)
        self.assertIs(decide(3, stage="load", now=NOW, strict=True).action, Action.FAIL)
        self.assertIs(decide(3, stage="verify", now=NOW).action, Action.FAIL)
        for ok, action in ((True, Action.SUCCEED), (False, Action.FAIL)):
            found = disagrees({"verify": {"ok": ok, "checks": []}})
            self.assertIs(decide(3, stage="run", now=NOW, disagrees=found).action, action)
        self.assertFalse(disagrees(None))

    def test_checks_that_do_not_agree_are_named(self) -> None:
        check = {"phase": "core", "entity": "matters", "check": "rows", "expected": "7", "actual": "8", "ok": False}
        good = {**check, "check": "ids", "ok": True}
        report = {"verify": {"ok": False, "checks": [good, check]}}
        self.assertEqual(failed_checks(report), "1 checks do not agree: core/matters/rows")
        many = failed_checks({"verify": {"checks": [check] * 7}})
        self.assertTrue(many and many.endswith("core/matters/rows and 2 more"))
        self.assertIsNone(failed_checks({"verify": {"ok": True, "checks": [good]}}))
        self.assertIsNone(failed_checks(None))

    def test_a_come_back_is_never_sooner_than_a_minute(self) -> None:
        def at(text: str | None) -> datetime | None:
            return decide(6, stage="extract", now=NOW, resume_at=text).at

        self.assertEqual(at("2026-11-29T02:00:00Z"), NOW + timedelta(hours=6))
        for text in ("2026-11-28T20:00:05Z", "2020-01-01T00:00:00Z", None, "soon"):
            self.assertEqual(at(text), NOW + timedelta(minutes=1), text)

    def test_it_does_not_come_back_for_ever(self) -> None:
        for hours, action in ((47, Action.COME_BACK), (48, Action.FAIL)):
            outcome = decide(5, stage="load", now=NOW, waiting_since=NOW - timedelta(hours=hours))
            self.assertIs(outcome.action, action)

    def test_retries_wait_longer_and_end(self) -> None:
        plan = RetryPlan()
        failed = decide(1, stage="load", now=NOW)
        waits = [plan.delay(failed, failed=count, stopped=0) for count in range(1, 10)]
        self.assertEqual([wait and wait.total_seconds() for wait in waits[:3]], [60, 120, 240])
        self.assertEqual(waits[7], timedelta(hours=1))
        self.assertIsNone(waits[8])
        stopped = decide(130, stage="load", now=NOW)
        self.assertEqual(plan.delay(stopped, failed=99, stopped=20), timedelta(seconds=10))
        self.assertIsNone(plan.delay(stopped, failed=0, stopped=21))
        self.assertIsNone(plan.delay(decide(4, stage="load", now=NOW), failed=1, stopped=0))

    def test_a_summary_has_counts_only(self) -> None:
        report = {
            "job": {"status": "completed", "id": "x"},
            "requests": {"made": 7},
            "entities": [{"entity": "tasks", "extracted": 3, "loaded": 2}, {"extracted": 4, "loaded": None}],
            "errors": [{"message": "Smith"}],
        }
        self.assertEqual(
            summary(report),
            {
                "status": "completed",
                "requests": 7,
                "errors": 1,
                "extracted": 7,
                "accepted": 0,
                "rejected": 0,
                "loaded": 2,
            },
        )
        self.assertEqual(summary(None)["requests"], 0)
        self.assertNotIn("Smith", json.dumps(summary(report)))


class StageTests(unittest.TestCase):
    def test_only_an_extract_may_end_before_its_end(self) -> None:
        extract = Stage("extract", "core", "smith", max_wait="5m", work_for="2h").arguments()
        self.assertEqual(extract[:6], ["cliosync", "extract", "--connection", "smith", "--phase", "core"])
        self.assertIn("--in-job", extract)
        self.assertEqual(extract[-4:], ["--max-wait", "5m", "--for", "2h"])
        self.assertNotIn("--for", Stage("load", "core", "smith", max_wait="5m", work_for="2h").arguments())

    def test_commands_of_all_stages_need_no_phase_and_are_jobs_by_themselves(self) -> None:
        refresh = Stage("refresh", None, "smith", max_wait="5m").arguments()
        self.assertEqual(refresh[:4], ["cliosync", "refresh", "--connection", "smith"])
        self.assertFalse({"--in-job", "--phase"} & set(refresh))
        self.assertIn("--max-wait", refresh)
        with self.assertRaises(ValueError):
            Stage("load", None, "smith")

    def test_what_could_be_another_option_is_refused(self) -> None:
        for name, phase, connection in (("status", "core", "a"), ("load", "--force", "a"), ("load", "core", "--all")):
            with self.assertRaises(ValueError):
                Stage(name, phase, connection)

    def test_the_environment_is_made_from_nothing(self) -> None:
        made = environment("/scratch", {"CLIO_REGION": "eu"}, "/usr/bin")
        self.assertEqual(made["XDG_CONFIG_HOME"], "/scratch/config")
        self.assertFalse(set(made) - {"PATH", "HOME", "TMPDIR", "XDG_CONFIG_HOME", "LANG", "CLIO_REGION"})


class ProcessTests(unittest.TestCase):
    def start(self, script: str, **readers: object) -> StageProcess:
        return StageProcess([sys.executable, "-c", script], {"PATH": os.defpath}, tempfile.gettempdir(), **readers)

    def test_events_report_and_log_are_told_apart(self) -> None:
        events: list[dict] = []
        log: list[str] = []
        result = self.start(
            "import json, sys\n"
            "print(json.dumps({'v': 1, 'event': 'waiting', 'until': '2026-11-28T21:00:00Z'}))\n"
            "print('no JSON')\n"
            'sys.stderr.write(\'{"level":"info"}\\n\' * 20000)\n'
            "print(json.dumps({'v': 1, 'event': 'ended', 'resume_at': '2026-11-29T02:00:00Z', 'message': 'not now'}))\n"
            "print(json.dumps({'entities': [], 'resume_at': None}))\n"
            "sys.exit(6)\n",
            on_event=events.append,
            on_log=log.append,
        ).run()
        self.assertEqual([event["event"] for event in events], ["waiting", "ended"])
        self.assertEqual((len(log), log.count("no JSON")), (20001, 1))
        self.assertEqual((result.code, result.resume_at, result.message), (6, "2026-11-29T02:00:00Z", "not now"))
        self.assertEqual(result.report, {"entities": [], "resume_at": None})

    def test_a_stop_is_a_request_first_and_a_kill_after_that(self) -> None:
        begun = threading.Event()
        for ignores, code in ((False, 130), (True, -9)):
            begun.clear()
            handler = "signal.SIG_IGN" if ignores else "lambda *_: sys.exit(130)"
            process = self.start(
                f"import signal, sys, time; signal.signal(signal.SIGTERM, {handler})\n"
                'print(\'{"v":1,"event":"started"}\', flush=True)\n'
                "while True: time.sleep(60)\n",
                on_event=lambda _: begun.set(),
            )
            results: list[int] = []
            runner = threading.Thread(
                target=lambda process=process, results=results: results.append(process.run().code)
            )
            runner.start()
            self.assertTrue(begun.wait(20))
            process.stop(patience=0.2 if ignores else 20)
            runner.join()
            self.assertEqual(results, [code])
            process.stop()

    def test_it_stays_in_the_group_of_its_task(self) -> None:
        result = self.start("import os, json; print(json.dumps({'group': os.getpgrp()}))").run()
        self.assertEqual(result.report, {"group": os.getpgrp()})


if __name__ == "__main__":
    unittest.main()
