"""Models by name: logged with what they were made of, promoted by a gate, loaded by alias.

The package lives in the folder `mlflow/` but not in the library of that name, which it uses.
"""

from model_registry.gate import Contest, Decision, submit
from model_registry.registry import (
    Challenger,
    Origin,
    RegisteredModel,
    Registry,
    champion_version,
    last_origin,
    load,
    promote,
    registered_models,
)
from model_registry.requirements import pinned

__all__ = [
    "Challenger",
    "Contest",
    "Decision",
    "Origin",
    "RegisteredModel",
    "Registry",
    "champion_version",
    "last_origin",
    "load",
    "pinned",
    "promote",
    "registered_models",
    "submit",
]
