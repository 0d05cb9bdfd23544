"""Onboards and refreshes law firms with cliosync on Apache Airflow.

Only what the names below need is imported: the modules `firm`, `plan`, `ledger`, `scratch` and `findings` work without
Airflow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .dags import dispatch_dag, onboarding_dag, refresh_dag
    from .firms import FirmsFile, FirmsTable
    from .hooks import CliosyncHook
    from .operators import CliosyncPhaseOperator, CliosyncRefreshOperator, CliosyncStageOperator

_MODULES = {
    "CliosyncHook": "hooks",
    "CliosyncPhaseOperator": "operators",
    "CliosyncRefreshOperator": "operators",
    "CliosyncStageOperator": "operators",
    "FirmsFile": "firms",
    "FirmsTable": "firms",
    "dispatch_dag": "dags",
    "onboarding_dag": "dags",
    "refresh_dag": "dags",
}

__all__ = [
    "CliosyncHook",
    "CliosyncPhaseOperator",
    "CliosyncRefreshOperator",
    "CliosyncStageOperator",
    "FirmsFile",
    "FirmsTable",
    "dispatch_dag",
    "onboarding_dag",
    "refresh_dag",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_MODULES[name]}", __name__), name)
