"""The acceptance tests of the fleet. Each is named after its promise; the table at the end has their seconds."""

from __future__ import annotations

from cases import code, dispatch, firms, machines, measurements, services, tasks
from cases.case import Case

#: In the order in which they run.
CASES = (
    code.units,
    code.parsing,
    dispatch.many_firms,
    dispatch.one_run_each,
    tasks.killed_task,
    tasks.deployment,
    tasks.marked,
    firms.window,
    firms.revoked,
    services.services_restart,
    measurements.waiting,
    measurements.come_backs,
    firms.secrets,
    machines.dead_machine,
    machines.frozen_machine,
    machines.fleet_page,
)

__all__ = ["CASES", "Case"]
