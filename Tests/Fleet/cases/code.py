"""The provider's code by itself: its tests, and what the parsing of Dag files costs."""

from __future__ import annotations

import resource
import subprocess
import sys

from fleet import Fleet
from reference import Reference
from services import ROOT

from cases.case import case


@case("F13", "outcomes, processes and the shape of Dags are as written")
def units(fleet: Fleet, reference: Reference) -> str:
    """The tests without services, and those of the operators with Airflow."""
    begun = children_seconds()
    for folder in ("worker", "airflow"):
        command = [sys.executable, "-B", "-m", "unittest", "discover", "-s", f"integrations/{folder}/tests"]
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False, env=fleet.airflow.environment
        )
        assert done.returncode == 0, done.stderr[-3000:]
    seconds = children_seconds() - begun
    assert seconds < 30, f"{seconds:.0f} s"
    return f"{seconds:.0f} s of processor time"


def children_seconds() -> float:
    """Processor time of the programs that were started and have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@case("F12", "Dag files import without an error, fast, and without a query")
def parsing(fleet: Fleet, reference: Reference) -> str:
    """With 2,000 firms in the table, and with a table that cannot be reached."""
    errors = fleet.airflow.command("dags", "list-import-errors", "-o", "json").stdout
    assert errors.strip().endswith("[]") or "No data" in errors, errors
    fleet.postgres.sql("INSERT INTO firms SELECT 'never-' || n, false, false FROM generate_series(1, 2000) AS n;")
    script = (
        "import time, runpy, airflow.sdk; from airflow.providers.postgres.hooks.postgres import PostgresHook\n"
        f"begun = time.process_time(); runpy.run_path({str(ROOT / 'Tests/Fleet/dags/fleet.py')!r})\n"
        "print(time.process_time() - begun)"
    )
    unreachable = fleet.airflow.environment | {"AIRFLOW_CONN_PLATFORM_DB": "postgres://127.0.0.1:1/none"}
    done = subprocess.run([sys.executable, "-c", script], env=unreachable, capture_output=True, text=True, check=True)
    seconds = float(done.stdout.split()[-1])
    assert seconds < 0.5, f"{seconds} s"
    check = [sys.executable, "-m", "cliosync_airflow.check", "--binary", str(fleet.binary)]
    done = subprocess.run(check, env=fleet.airflow.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "pool cliosync_extract: " in done.stdout, done.stdout + done.stderr
    scans = fleet.postgres.sql("SELECT coalesce(sum(seq_scan + coalesce(idx_scan, 0)), 0) FROM pg_stat_user_tables")
    return f"{seconds:.2f} s of processor time, {scans} scans of the table"
