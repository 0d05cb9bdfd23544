"""PostgreSQL, Redis, the four services of Airflow, and the worker machines."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from airflow_api import AirflowAPI
from processes import Background, descendants, free_port, listens, wait_for

ROOT = Path(__file__).resolve().parents[2]
#: Seconds after which a machine that is silent counts as dead. Leases in the store end before that.
HEARTBEAT = 40
LEASE = 30


def plain_environment(folder: Path) -> dict[str, str]:
    """An environment of nothing of the caller's, with folders of its own."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "TMPDIR": str(folder),
        **{name: os.environ[name] for name in ("LD_LIBRARY_PATH", "CLIOSYNC_STEP") if name in os.environ},
    }


class Postgres:
    """A server with its data below the folder. PostgreSQL refuses to run as root: then it runs as `postgres`."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._data = folder / "postgres"
        self._data.mkdir()
        self._as: list[str] = []
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self._data, user.pw_uid, user.pw_gid)
            self._as = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
            folder.chmod(0o711)
        programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        environment = plain_environment(self._data)
        made = [*self._as, str(programs / "initdb"), "-D", str(self._data), "-A", "trust", "-U", "airflow", "-N"]
        subprocess.run(made, check=True, env=environment, cwd="/", stdout=subprocess.DEVNULL)
        arguments = [*self._as, str(programs / "postgres"), "-D", str(self._data), "-p", str(self.port), "-k", ""]
        arguments += ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=200"]
        self.process = Background("postgres", arguments, environment, folder / "postgres.log")
        wait_for("PostgreSQL", self._is_ready, 30, alive=[self.process], every=0.2)
        for name in ("metadata", "platform"):
            self.run("createdb", name)

    def run(self, program: str, *arguments: str) -> str:
        """A program of PostgreSQL on this server."""
        command = [program, "-h", "127.0.0.1", "-p", str(self.port), "-U", "airflow", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def sql(self, statement: str, database: str = "platform") -> str:
        """Runs a statement."""
        return self.run("psql", "-d", database, "-qtAX", "-v", "ON_ERROR_STOP=1", "-c", statement).strip()

    def dump(self) -> str:
        """All that is in Airflow's database, as text."""
        return self.run("pg_dump", "--inserts", "metadata")

    def stop(self) -> None:
        """Ends it at once: nothing of it is needed again."""
        self.process.signal(signal.SIGQUIT)
        self.process.stop()

    def _is_ready(self) -> bool:
        with contextlib.suppress(subprocess.CalledProcessError):
            return bool(self.run("psql", "-d", "postgres", "-tAc", "SELECT 1"))
        return False


class Redis:
    """A broker that keeps its queue over a restart."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self.process = self._start()

    def restart(self) -> None:
        """Ends it and starts it again."""
        self.process.stop()
        self.process = self._start()

    def _start(self) -> Background:
        arguments = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder)]
        arguments += ["--appendonly", "yes", "--save", ""]
        process = Background("redis", arguments, plain_environment(self._folder), self._folder / "redis.log")
        wait_for("Redis", lambda: listens(self.port), 20, alive=[process], every=0.1)
        return process


class Airflow:
    """The four services: API server, scheduler, Dag processor, triggerer."""

    def __init__(
        self, folder: Path, python: Path, postgres: Postgres, redis: Redis, variables: Mapping[str, str]
    ) -> None:
        self.folder = folder
        self._bin = python.parent
        self.port = free_port()
        address = f"http://127.0.0.1:{self.port}"
        self.api = AirflowAPI(address)
        self.logs = folder / "logs"
        database = f"airflow@127.0.0.1:{postgres.port}/metadata"
        settings = {
            "API__PORT": str(self.port),
            "API__BASE_URL": address,
            "API__WORKERS": "1",
            "API_AUTH__JWT_SECRET": secrets.token_hex(64),
            "CELERY__BROKER_URL": f"redis://127.0.0.1:{redis.port}/0",
            "CELERY__RESULT_BACKEND": f"db+postgresql://{database}",
            "CELERY__WORKER_PREFETCH_MULTIPLIER": "1",
            "CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT": "604800",
            "CORE__AUTH_MANAGER": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
            "CORE__DAGS_FOLDER": str(ROOT / "Tests/Fleet/dags"),
            "CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
            "CORE__EXECUTOR": "CeleryExecutor",
            "CORE__FERNET_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "CORE__LOAD_EXAMPLES": "False",
            "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "CORE__PARALLELISM": "200",
            "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "DAG_PROCESSOR__PARSING_PROCESSES": "1",
            "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "20",
            "DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2://{database}",
            "LOGGING__BASE_LOG_FOLDER": str(self.logs),
            "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": str(HEARTBEAT),
            "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
            "SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
            "USAGE_DATA_COLLECTION__ENABLED": "False",
        }
        self.environment = plain_environment(folder) | {
            "PATH": f"{self._bin}:{os.environ['PATH']}",
            "AIRFLOW_HOME": str(folder / "airflow"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "C_FORCE_ROOT": "1",
            **{f"AIRFLOW__{name}": value for name, value in settings.items()},
            **variables,
        }
        self.services: dict[str, Background] = {}

    def command(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """A command of Airflow's that ends."""
        return subprocess.run(
            [str(self._bin / "airflow"), *arguments],
            env=self.environment,
            cwd=self.folder,
            check=check,
            capture_output=True,
            text=True,
        )

    def start(self) -> None:
        """Makes the database, starts the services, waits until they work."""
        self.command("db", "migrate")
        for name in ("api-server", "scheduler", "dag-processor", "triggerer"):
            self.start_service(name)
        wait_for("Airflow", self.api.is_healthy, 120, alive=list(self.services.values()))

    def start_service(self, name: str) -> None:
        """Starts one of the four."""
        arguments = [str(self._bin / "airflow"), name]
        if name == "triggerer":
            arguments.append("--skip-serve-logs")
        self.services[name] = Background(name, arguments, self.environment, self.folder / f"{name}.log")

    def stop(self) -> None:
        """Ends the services, with their children."""
        for service in self.services.values():
            service.signal(signal.SIGTERM)
        for service in self.services.values():
            service.stop(3)


class Machine:
    """A worker machine: namespaces of its own for processes and host name, folders of its own, two Celery workers.

    The kill of its first process is the death of the machine: nothing of it can say or write anything more.
    """

    def __init__(self, name: str, fleet: Airflow, *, extracts: int, locals_: int, variables: Mapping[str, str]) -> None:
        self.name = name
        self.folder = fleet.folder / name
        self.folder.mkdir(exist_ok=True)
        self._fleet = fleet
        self._lanes = {"cliosync-extract": extracts, "cliosync-local": locals_}
        self._variables = variables
        self.process = self._start()

    def _start(self) -> Background:
        for part in ("tmp", "run", "config", "scratch"):
            shutil.rmtree(self.folder / part, ignore_errors=True)
            (self.folder / part).mkdir(mode=0o700)
        environment = self._fleet.environment | {
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder / "tmp"),
            "XDG_RUNTIME_DIR": str(self.folder / "run"),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "CLIOSYNC_SCRATCH": str(self.folder / "scratch"),
            **self._variables,
        }
        airflow = str(Path(sys.executable).parent / "airflow")
        workers = " ".join(
            f"{airflow} celery worker --queues {queue} --concurrency {slots} --skip-serve-logs"
            f" --celery-hostname {queue}@{self.name} --without-mingle --without-gossip"
            f" --pid {self.folder}/{queue}.pid &"
            for queue, slots in self._lanes.items()
        )
        # A machine outlives its workers, and lets their tasks come to an end.
        script = f"rm -f {self.folder}/*.pid; hostname {self.name}; {workers} wait; exec sleep infinity"
        namespaces = ["unshare", "--fork", "--pid", "--mount-proc", "--uts", "--kill-child"]
        if os.getuid() != 0:
            namespaces += ["--user", "--map-root-user"]
        return Background(
            self.name, [*namespaces, "sh", "-c", script], environment, self._fleet.folder / f"{self.name}.log"
        )

    def is_ready(self) -> bool:
        """Whether both workers take tasks."""
        return self.process.log.read_text(errors="replace").count(" ready.") >= self._starts * len(self._lanes)

    _starts = 1

    def pids(self) -> list[int]:
        """All its processes."""
        return descendants(self.process.process.pid)

    def workers(self) -> list[int]:
        """The first process of each Celery worker: children of the machine's first process."""
        first = [pid for pid in self.pids() if _parent(pid) == self.process.process.pid]
        return [pid for pid in self.pids() if _parent(pid) in first and "celery" in _arguments(pid)]

    def signal_workers(self, number: signal.Signals) -> None:
        """Signals the workers, not their tasks."""
        for pid in self.workers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def freeze(self) -> None:
        """Stops every process, as a paused virtual machine."""
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Lets them go on."""
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def die(self) -> None:
        """Kills the machine."""
        self.process.kill()

    def start_again(self) -> None:
        """Starts it after its death, with an empty disk."""
        self._starts += 1
        self.process = self._start()


def _parent(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except OSError:
        return None


def _arguments(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def connection_variable(**values: object) -> str:
    """An Airflow connection for an environment variable."""
    return json.dumps(values)
