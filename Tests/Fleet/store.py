"""The object store of the tests, and whether the program uses it by itself."""

from __future__ import annotations

import secrets
import signal
import subprocess
import time
from pathlib import Path

from clio import Clio
from processes import Background, wait_for
from services import ROOT, plain_environment


class Store:
    """moto, a double of S3."""

    def __init__(self, folder: Path) -> None:
        python = ROOT / ".build/store/bin/python"
        if not python.exists():
            raise RuntimeError("moto is not installed; scripts/setup remote installs it")
        self.secret = f"secret-of-the-store-{secrets.token_hex(8)}"
        script = ROOT / "Tests/EndToEndTests/Scripts/moto_store.py"
        log = folder / "store.log"
        self.process = Background("store", [str(python), str(script)], plain_environment(folder), log)
        wait_for("the store", lambda: "listening on" in log.read_text(), 60, alive=[self.process], every=0.2)
        self.address = log.read_text().split("listening on ", 1)[1].split()[0]

    def settings(self) -> dict[str, str]:
        """Of cliosync, by hand."""
        return {
            "SYNC_REMOTE": "s3://bucket/fleet",
            "SYNC_REMOTE_ENDPOINT": self.address,
            "AWS_ACCESS_KEY_ID": "KEY",
            "AWS_SECRET_ACCESS_KEY": self.secret,
        }

    def connection(self, lease: int) -> dict[str, object]:
        """Of Airflow."""
        import json

        return {
            "connection_id": "cliosync_store",
            "conn_type": "aws",
            "login": "KEY",
            "password": self.secret,
            "schema": "bucket/fleet",
            "extra": json.dumps({"endpoint_url": self.address, "SYNC_REMOTE_LEASE_SECONDS": lease}),
        }

    def freeze(self, seconds: float) -> None:
        """It answers nothing for so long."""
        self.process.signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.process.signal(signal.SIGCONT)


def stages_use_it(store: Store, binary: Path, simulator: Path, folder: Path) -> bool:
    """Whether a run stores by itself what it made, found out by a run."""
    clio = Clio(simulator, folder / "probe", plain_environment(folder), ["probe"], "--limit", "100000")
    try:
        firm = clio.firms[0]
        environment = plain_environment(folder / "probe") | store.settings()
        environment |= {"CLIO_BASE_URL": clio.address, "CLIO_ACCESS_TOKEN": firm.token}
        common = ["--connection", "probe", "--staging", "staging"]
        run = [str(binary), "run", "--phase", "core", "--no-progress", "--pipelines", str(ROOT / "pipelines"), *common]
        listing = [str(binary), "remote", "ls", "--json", *common]
        for command in (run, listing):
            done = subprocess.run(
                command, cwd=folder / "probe", env=environment, capture_output=True, text=True, check=False
            )
            if done.returncode != 0:
                return False
        return "core" in done.stdout
    finally:
        clio.process.kill()
