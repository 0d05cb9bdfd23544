"""The model of F1: all firms at once, and one machine for workers, services, simulator and the comparison."""

from __future__ import annotations

from dataclasses import replace

from inputs import FirmClass, Inputs, Region
from model import Simulation

#: The fleet of the tests.
_PROCESSORS, _EXTRACTS, _LOCALS = 2, 12, 4
#: Their limit: 300 a minute.
_LIMIT = 300.0


def expected_seconds(firms: int, inputs: Inputs) -> float:
    """Seconds from the dispatch of so many small firms to the end of the last run."""
    airflow = inputs.airflow
    # All share two processors: what comes one after the other in a fleet is one sum here.
    everything = (
        airflow.worker_cpu_per_task
        + airflow.api_cpu_per_task
        + airflow.scheduler_cpu_per_task
        + airflow.database_cpu_per_task
    )
    small = FirmClass("small", 1.0, inputs.classes[0].records)
    here = Region("here", 1.0, (0, 24), (0, 0))
    simulation = Simulation(
        replace(
            inputs,
            firms=firms,
            days=0,
            classes=(small,),
            regions=(here,),
            peak_limit=_LIMIT,
            off_peak_limit=_LIMIT,
            onboarding_days=1,
            extract_slots=_EXTRACTS,
            local_slots=_LOCALS,
            worker_processors=_PROCESSORS,
            airflow=replace(airflow, worker_cpu_per_task=everything, api_cpu_per_task=0.0, scheduler_cpu_per_task=0.0),
        )
    )
    for firm in simulation.result.firms:
        firm.wanted = 0.0
    return simulation.run().end
