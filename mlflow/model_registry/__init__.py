"""Models by name: logged with what they were made of, promoted by a gate, loaded by alias.

The package lives in the folder `mlflow/` but not in the library of that name, which it uses.
"""

from model_registry.challenger import Baseline, Challenger, Retest, TooLittle
from model_registry.gate import Decision, submit
from model_registry.loading import load
from model_registry.registry import (
    Origin,
    RegisteredModel,
    Registry,
    champion_version,
    last_origin,
    promote,
    registered_models,
)
from model_registry.requirements import pinned
from model_registry.verdict import Contest

__all__ = [
    "Baseline",
    "Challenger",
    "Contest",
    "Decision",
    "Origin",
    "RegisteredModel",
    "Registry",
    "Retest",
    "TooLittle",
    "champion_version",
    "last_origin",
    "load",
    "pinned",
    "promote",
    "registered_models",
    "submit",
]
