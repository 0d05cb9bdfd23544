"""The whole fleet of the tests: services, two machines, simulated firms."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from airflow_api import AirflowAPI, Refused
from clio import Clio, SimulatedFirm
from processes import cpu_seconds, processes, wait_for
from services import LEASE, ROOT, Airflow, Machine, Postgres, Redis, connection_variable, plain_environment
from store import Store, stages_use_it

DAG = "cliosync_onboarding"
QUICK = "cliosync_quick"
DISPATCH = "cliosync_dispatch_onboarding"
ENDED = ("success", "failed")


class Fleet:
    """Starts everything; `stop` ends everything."""

    #: None: staged files are in a folder that all machines share.
    store: Store | None = None

    def __init__(self, programs: Path, slots: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cliosync-fleet-"))
        self.binary = programs / "cliosync"
        self._simulator = programs / "clio-simulator"
        self.slots = slots
        self.clios: list[Clio] = []
        self.machines: list[Machine] = []
        self.watch = ArgumentWatch(self)
        self._connections: dict[str, dict[str, Any]] = {}
        self._parts: list[Any] = []
        self._numbers = itertools.count()

    def start(self) -> None:
        """Services first, then the machines."""
        self._find_store()
        self.postgres = self._started(Postgres(self.folder))
        self.redis = Redis(self.folder)
        for name in ("staging", "databases"):
            (self.folder / name).mkdir(mode=0o700)
        variables = {
            "FLEET_BINARY": str(self.binary),
            "FLEET_PIPELINES": str(ROOT / "pipelines"),
            "FLEET_STORE": "yes" if self.store else "",
            "FLEET_STAGING": str(self.folder / "staging"),
            "FLEET_DATABASES": str(self.folder / "databases"),
            "AIRFLOW_CONN_PLATFORM_DB": connection_variable(
                conn_type="postgres", host="127.0.0.1", port=self.postgres.port, login="airflow", schema="platform"
            ),
        }
        self.postgres.sql("CREATE TABLE firms (connection text PRIMARY KEY, wanted boolean, onboarded boolean)")
        self.airflow = self._started(Airflow(self.folder, Path(sys.executable), self.postgres, self.redis, variables))
        self.airflow.start()
        self.api.call("POST", "/pools", {"name": "cliosync_extract", "slots": 2 * self.slots})
        if self.store:
            self.api.call("POST", "/connections", self.store.connection(LEASE))
        self.machines = [
            Machine(name, self.airflow, extracts=self.slots, locals_=2, variables={}) for name in ("w1", "w2")
        ]
        for machine in self.machines:
            wait_for(machine.name, machine.is_ready, 90, alive=[machine.process])
        for dag in (DAG, QUICK, DISPATCH):
            wait_for(f"the Dag {dag}", partial(self._has, dag), 60)
        self.watch.start()

    def stop(self) -> None:
        """Ends all processes and removes the folder."""
        self.watch.stop()
        for machine in self.machines:
            machine.die()
        for clio in self.clios:
            clio.process.kill()
        for part in reversed(self._parts):
            part.stop()
        for process in [self.redis.process if hasattr(self, "redis") else None, self.store and self.store.process]:
            if process:
                process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def api(self) -> AirflowAPI:
        """Airflow's REST API."""
        api: AirflowAPI = self.airflow.api
        return api

    def clio(self, names: Iterable[str], *options: str, settings: Mapping[str, object] | None = None) -> Clio:
        """A simulator with these firms, and a connection for each in Airflow."""
        # Tests that wait beside the others start theirs at the same time.
        folder = self.folder / f"clio-{next(self._numbers)}"
        clio = Clio(self._simulator, folder, plain_environment(self.folder), names, *options)
        self.clios.append(clio)
        for firm in clio.firms:
            self.connect(clio, firm, firm.token, settings or {})
        return clio

    def connect(
        self, clio: Clio, firm: SimulatedFirm, token: str, settings: Mapping[str, object] | None = None
    ) -> None:
        """Makes or replaces a firm's connection."""
        import json

        known = self._connections.get(firm.name)
        extra = dict(settings) if settings is not None else json.loads(known["extra"]) if known else {}
        body = {
            "connection_id": f"cliosync_{firm.name}",
            "conn_type": "cliosync",
            "host": clio.address,
            "password": token,
            "extra": json.dumps(extra),
        }
        if known:
            self.api.call("PATCH", f"/connections/{body['connection_id']}", body)
        else:
            self.api.call("POST", "/connections", body)
        self._connections[firm.name] = body

    def begin(self, firm: str, dag: str = DAG) -> str:
        """Begins the run of a firm. Returns its id."""
        run = f"{firm}__onboarding"
        self.api.trigger(dag, firm, run)
        return run

    def state(self, run: str, dag: str = DAG) -> str:
        """The state of a run."""
        from airflow_api import quoted

        state: str = self.api.call("GET", f"/dags/{dag}/dagRuns/{quoted(run)}")["state"]
        return state

    def wait_success(self, runs: Iterable[str], seconds: float, dag: str = DAG) -> float:
        """Waits until the runs have succeeded. Raises AssertionError for one that failed."""
        left = set(runs)

        def done() -> bool:
            states = {run["dag_run_id"]: run["state"] for run in self.api.runs(dag)}
            for run in list(left):
                assert states.get(run) != "failed", f"{run} failed: {self.failures(run, dag)}"
                if states.get(run) == "success":
                    left.discard(run)
            return not left

        return wait_for(f"the end of {', '.join(sorted(left)[:5])}", done, seconds, every=1)

    def failures(self, run: str, dag: str = DAG) -> str:
        """The tasks of a run that failed, with the end of their logs."""
        texts = []
        for name, task in self.api.tasks(dag, run).items():
            if task["state"] == "failed":
                texts.append(f"{name}: {self.log(run, name, dag)[-1500:]}")
        return "\n".join(texts)

    def log(self, run: str, task: str, dag: str = DAG) -> str:
        """What a task logged in all its attempts."""
        folder = self.airflow.logs / f"dag_id={dag}" / f"run_id={run}" / f"task_id={task}"
        return "".join(path.read_text(errors="replace") for path in sorted(folder.glob("*.log")))

    def syncs(self, firm: str) -> list[int]:
        """The processes of cliosync that work for a firm."""
        return [pid for pid, _, arguments in processes() if is_sync(arguments, firm)]

    def machine_of(self, pid: int) -> Machine:
        """The machine that a process runs on."""
        return next(machine for machine in self.machines if pid in machine.pids())

    def wait_sync(self, firm: str, clio: Clio, pages: int, seconds: float = 60) -> int:
        """Waits until a firm's extract has got so many answers. Returns its process."""
        wait_for(f"pages of {firm}", lambda: clio.count() >= pages and self.syncs(firm), seconds, every=0.1)
        return self.syncs(firm)[0]

    def digest(self, database: Path) -> str:
        """A line for each table."""
        script = ROOT / "Tests/EndToEndTests/Scripts/digest.py"
        return subprocess.run(
            [sys.executable, str(script), str(database)], check=True, capture_output=True, text=True
        ).stdout

    def database(self, firm: str) -> Path:
        """The database of a firm, wherever it ends up."""
        path = self.folder / "databases" / f"{firm}.sqlite"
        if self.store:
            command = [str(self.binary), "remote", "database", "--force", "--connection", firm, str(path)]
            environment = plain_environment(self.folder) | self.store.settings()
            subprocess.run(command, check=True, cwd=self.folder, env=environment, stdout=subprocess.DEVNULL)
        return path

    def digest_alone(self, clio: Clio, firm: SimulatedFirm, *phases: str) -> str:
        """The digest of a database that one machine makes of the firm, as it is now."""
        folder = self.folder / "alone" / firm.name
        folder.mkdir(parents=True)
        environment = plain_environment(folder) | {"CLIO_BASE_URL": clio.address, "CLIO_ACCESS_TOKEN": firm.token}
        command = [str(self.binary), "run", "--connection", firm.name, "--no-progress"]
        command += ["--pipelines", str(ROOT / "pipelines"), *(f"--phase={phase}" for phase in phases)]
        subprocess.run(command, check=True, cwd=folder, env=environment, capture_output=True)
        return self.digest(folder / "databases" / f"{firm.name}.sqlite")

    def check_same(self, clio: Clio, *phases: str) -> None:
        """Raises AssertionError when a database is not as one machine makes it: rows are missing or wrong."""
        clio.control("latency?value=0")
        for firm in clio.firms:
            alone = self.digest_alone(clio, firm, *phases)
            assert self.digest(self.database(firm.name)) == alone, f"{firm.name}: another database than on one machine"

    def cpu(self) -> dict[str, float]:
        """Processor time so far, by what it was for."""
        seconds = {name: cpu_seconds(service) for name, service in self.airflow.services.items()}
        seconds["postgres"] = cpu_seconds(self.postgres.process)
        seconds["redis"] = cpu_seconds(self.redis.process)
        seconds["workers"] = sum(cpu_seconds(machine.process) for machine in self.machines)
        seconds["commits"] = float(
            self.postgres.sql("SELECT xact_commit FROM pg_stat_database WHERE datname = 'metadata'")
        )
        return seconds

    def _find_store(self) -> None:
        """A store, if the program uses one by itself."""
        store = Store(self.folder)
        if stages_use_it(store, self.binary, self._simulator, self.folder):
            self.store = store
        else:
            store.process.kill()

    def _has(self, dag: str) -> bool:
        with contextlib.suppress(Refused):
            return bool(self.api.call("GET", f"/dags/{dag}"))
        return False

    def _started(self, part: Any) -> Any:  # noqa: ANN401
        self._parts.append(part)
        return part


class ArgumentWatch:
    """Looks for tokens in the arguments of all processes, as `ps` shows them, as long as the tests run."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.seen: set[str] = set()
        self.looks = 0

    def start(self) -> None:
        """Begins to look."""
        self._thread.start()

    def stop(self) -> None:
        """Ends it."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(0.5):
            secrets = all_secrets(self._fleet.clios)
            simulators = {clio.process.process.pid for clio in self._fleet.clios}
            for pid, _, arguments in processes():
                # A simulator has its tokens as arguments.
                if pid in simulators or pid == os.getpid():
                    continue
                text = " ".join(arguments)
                if any(secret in text for secret in secrets):
                    self.seen.add(text[:200])
            self.looks += 1


def all_secrets(clios: Iterable[Clio]) -> list[str]:
    """All tokens that there are."""
    return [secret for clio in list(clios) for firm in clio.firms for secret in (firm.token, firm.refresh)]


def is_sync(arguments: list[str], firm: str) -> bool:
    """Whether these are the arguments of a cliosync that works for a firm."""
    return bool(arguments) and arguments[0].endswith("/cliosync") and firm in arguments


def gone(pid: int) -> bool:
    """Whether a process has ended."""
    return not Path(f"/proc/{pid}").exists()


def seconds_until(minutes: int) -> tuple[str, float]:
    """The time of day (UTC) of the full minute so many minutes from now, and the seconds until then."""
    at = (int(time.time()) // 60 + minutes) * 60
    return time.strftime("%H:%M", time.gmtime(at)), at - time.time()
