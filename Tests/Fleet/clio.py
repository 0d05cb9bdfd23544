"""The simulated Clio: many firms in one process, each with a token of its own."""

from __future__ import annotations

import collections
import json
import secrets
import urllib.parse
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from processes import Background, wait_for


@dataclass
class SimulatedFirm:
    """A firm of the simulator."""

    name: str
    number: int
    token: str
    refresh: str


class Clio:
    """One simulator."""

    def __init__(
        self, program: Path, folder: Path, environment: Mapping[str, str], names: Iterable[str], *options: str
    ) -> None:
        self.firms = [
            SimulatedFirm(name, index, f"token-{name}-{secrets.token_hex(8)}", f"refresh-{name}-{secrets.token_hex(8)}")
            for index, name in enumerate(names)
        ]
        folder.mkdir(parents=True, exist_ok=True)
        self.requests_log = folder / "requests.ndjson"
        first, *others = self.firms
        arguments = [str(program), "--log", str(self.requests_log), "--seed", "100", "--firm", "small"]
        arguments += ["--token", first.token, "--refresh-token", first.refresh, "--account-name", first.name]
        for firm in others:
            values = f"token={firm.token},refresh={firm.refresh},name={firm.name},seed={100 + firm.number}"
            arguments += ["--account", values]
        log = folder / "simulator.log"
        self.process = Background("simulator", [*arguments, *options], environment, log)
        wait_for("the simulator", lambda: "listening on" in log.read_text(), 30, alive=[self.process], every=0.1)
        self.address = log.read_text().split("listening on ", 1)[1].split()[0]

    def control(self, command: str) -> Any:  # noqa: ANN401
        """Changes how it answers from now on."""
        request = urllib.request.Request(f"{self.address}/simulator/{command}", method="POST")
        with urllib.request.urlopen(request, timeout=20) as answer:
            text = answer.read().decode()
        try:
            return json.loads(text)
        except ValueError:
            return text

    def new_token(self, firm: SimulatedFirm) -> str:
        """Logs in again with the refresh token."""
        body = urllib.parse.urlencode(
            {
                "grant_type": "refresh_token",
                "refresh_token": firm.refresh,
                "client_id": "simulator-client",
                "client_secret": "simulator-secret",
            }
        ).encode()
        with urllib.request.urlopen(f"{self.address}/oauth/token", body, timeout=20) as answer:
            token: str = json.loads(answer.read())["access_token"]
            return token

    def requests(self, since: int = 0) -> list[dict[str, Any]]:
        """What was asked, from that line on."""
        # What follows the last line feed is a line that is just being written.
        lines = self.requests_log.read_text().split("\n")[:-1]
        return [json.loads(line) for line in lines[since:]]

    def count(self) -> int:
        """How many requests there were."""
        return len(self.requests())


def pages_asked_twice(requests: Iterable[dict[str, Any]]) -> dict[tuple[Any, ...], int]:
    """How many pages of a stream were answered more than once, by token and stream.

    A stream is a list with its filters; counts and questions who we are do not matter.
    """
    asked: collections.Counter[tuple[Any, ...]] = collections.Counter()
    for request in requests:
        query = dict(request["query"])
        if request["status"] != 200 or query.get("limit") == "1" or "who_am_i" in request["path"]:
            continue
        if not request.get("kind") or request["path"].startswith("/oauth"):
            continue
        query.pop("page_token", None)
        stream = (request.get("token"), request["path"], json.dumps(query, sort_keys=True))
        asked[(*stream, request.get("page"))] += 1
    streams: collections.Counter[tuple[Any, ...]] = collections.Counter()
    for key, times in asked.items():
        if times > 1:
            streams[key[:3]] += times - 1
    return dict(streams)
