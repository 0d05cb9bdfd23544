"""The same firms on one machine, without Airflow: what the fleet must make, and how many requests it takes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from clio import Clio
from services import ROOT, plain_environment


class Reference:
    """`run --all` in a folder of its own, beside the start of the services."""

    def __init__(self, programs: Path, folder: Path, firms: int) -> None:
        self.names = [f"firm-{index:03}" for index in range(firms)]
        self._folder = folder / "reference"
        self._clio = Clio(
            programs / "clio-simulator",
            self._folder / "clio",
            plain_environment(folder),
            self.names,
            "--limit",
            "300",
            "--window",
            "60",
        )
        (self._folder / "connections").mkdir()
        for firm in self._clio.firms:
            text = f"CLIO_ACCESS_TOKEN={firm.token}\nCLIO_BASE_URL={self._clio.address}\n"
            path = self._folder / "connections" / f"{firm.name}.env"
            path.write_text(text)
            path.chmod(0o600)
        with (self._folder / "run.log").open("wb") as log:
            self._process = subprocess.Popen(
                [str(programs / "cliosync"), "run", "--all", "--no-progress", "--pipelines", str(ROOT / "pipelines")],
                cwd=self._folder,
                env=plain_environment(self._folder),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def finish(self, seconds: float = 300) -> None:
        """Waits for its end."""
        code = self._process.wait(seconds)
        if code != 0:
            raise RuntimeError(f"the run on one machine ended with {code}:\n{self.log()}")
        self._clio.process.kill()

    def stop(self) -> None:
        """Ends it, whatever it does."""
        self._process.kill()
        self._clio.process.kill()

    def log(self) -> str:
        """The end of its output."""
        return "\n".join((self._folder / "run.log").read_text(errors="replace").splitlines()[-20:])

    def requests(self) -> list[dict[str, Any]]:
        """The requests that it made."""
        return self._clio.requests()

    def digest(self, firm: str) -> str:
        """A line for each table of a firm's database."""
        script = ROOT / "Tests/EndToEndTests/Scripts/digest.py"
        database = self._folder / "databases" / f"{firm}.sqlite"
        return subprocess.run(
            [sys.executable, str(script), str(database)], check=True, capture_output=True, text=True
        ).stdout
