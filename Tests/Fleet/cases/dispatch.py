"""Firms that are dispatched or asked for, and what becomes of all of them."""

from __future__ import annotations

import collections
import time
from typing import Any

from airflow_api import Refused
from fleet import DAG, DISPATCH, Fleet
from processes import wait_for
from reference import Reference

from cases.case import case


@case("F1", "all firms, dispatched by partitions, are as on one machine")
def many_firms(fleet: Fleet, reference: Reference) -> str:
    """Digests equal, no 429, at most 2 % more requests."""
    names = reference.names
    clio = fleet.clio(names, "--limit", "300", "--window", "60")
    values = ", ".join(f"('{name}', true, false)" for name in names)
    fleet.postgres.sql(f"INSERT INTO firms VALUES {values}")
    begun, before = time.monotonic(), fleet.cpu()
    fleet.api.call("POST", f"/dags/{DISPATCH}/dagRuns", {"dag_run_id": "first", "logical_date": None})
    fleet.wait_success(["first"], 60, DISPATCH)
    wait_for("a run for each firm", lambda: len(partition_runs(fleet, names)) == len(names), 60)
    fleet.wait_success(partition_runs(fleet, names).values(), 60 + 15 * len(names))
    seconds = time.monotonic() - begun
    tasks = 12 * len(names)
    used = {name: (value - before[name]) / tasks for name, value in fleet.cpu().items()}
    requests = clio.requests()
    refused = sum(request["status"] == 429 for request in requests)
    assert refused == 0, f"{refused} times 429"
    reference.finish()
    different = [name for name in names if fleet.digest(fleet.database(name)) != reference.digest(name)]
    assert not different, f"other databases: {different}"
    # Each extract is a process that asks once whose token it has; on one machine it is one process for all phases.
    asked, alone = kinds(requests), kinds(reference.requests())
    identity = asked.pop("who_am_i")
    assert identity <= 3 * len(names), f"asked {identity} times whose tokens these are"
    alone.pop("who_am_i")
    made, least = asked.total(), alone.total()
    assert made <= 1.02 * least, f"{made} requests, {least} on one machine: {asked - alone}, {alone - asked}"
    each = ", ".join(f"{name} {value:.2f}" for name, value in used.items())
    return (
        f"{tasks} tasks in {seconds:.0f} s, {made} requests ({least} on one machine) and {identity} who_am_i; for each"
        f" task, in processor seconds: {each}"
    )


@case("F11", "a firm that is dispatched or asked for twice has one run")
def one_run_each(fleet: Fleet, reference: Reference) -> str:
    """The dispatcher again, with one firm more; REST twice with one id."""
    clio = fleet.clio(["late", "asked"], "--limit", "100000")
    fleet.postgres.sql("INSERT INTO firms VALUES ('late', true, false)")
    for run in ("second", "third"):
        fleet.api.call("POST", f"/dags/{DISPATCH}/dagRuns", {"dag_run_id": run, "logical_date": None})
        fleet.wait_success([run], 60, DISPATCH)
    fleet.begin("asked")
    for _ in range(2):
        try:
            fleet.begin("asked")
        except Refused as refused:
            assert refused.status == 409, refused
        else:
            raise AssertionError("a second run of one id was begun")
    names = [*reference.names, "late", "asked"]
    wait_for("the runs", lambda: {"late", "asked"} <= set(partition_runs(fleet, names)), 30)
    fleet.wait_success(partition_runs(fleet, ["late", "asked"]).values(), 120)
    links = fleet.api.call("GET", f"/dags/{DAG}/dagRuns/asked__onboarding/taskInstances/core.load/links")
    assert links["extra_links"] == {"cliosync page": "https://status.example.com/firms/asked"}, links
    counts = [run["partition_key"] for run in fleet.api.runs(DAG) if run["partition_key"] in names]
    assert sorted(counts) == sorted(set(counts)), counts
    return f"{len(counts)} runs of {len(set(counts))} firms, {clio.count()} requests"


def kinds(requests: list[dict[str, Any]]) -> collections.Counter[str]:
    """Requests by list and filters."""
    found: collections.Counter[str] = collections.Counter()
    for request in requests:
        names = sorted(set(request["query"]) - {"fields", "page_token", "limit", "order"})
        kind = "count" if request["query"].get("limit") == "1" else "page"
        is_identity = "who_am_i" in request["path"]
        found["who_am_i" if is_identity else f"{request['kind']} {kind} {'+'.join(names)}"] += 1
    return found


def partition_runs(fleet: Fleet, names: list[str]) -> dict[str, str]:
    """The runs of firms, by their names."""
    return {run["partition_key"]: run["dag_run_id"] for run in fleet.api.runs(DAG) if run["partition_key"] in names}
