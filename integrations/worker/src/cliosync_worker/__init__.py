"""Runs cliosync in a task of a workflow engine. Nothing here imports an engine."""

from .outcome import Action, Outcome, decide
from .process import Result, StageProcess
from .retry import RetryPlan
from .stage import Stage

__all__ = ["Action", "Outcome", "Result", "RetryPlan", "Stage", "StageProcess", "decide"]
