"""Finds the pipelines: every folder of `jobs` with a `flow.py` is one."""

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator, Mapping
from types import ModuleType

import jobs
from jobs.lakehouse.errors import DeclarationError, UnknownNameError
from jobs.lakehouse.pipeline import Pipeline
from jobs.lakehouse.table import Source, Step


def pipelines() -> Mapping[str, Pipeline]:
    """All pipelines by name, in alphabetical order.

    Raises DeclarationError when a flow cannot work.
    """
    return {name: _load(name) for name in sorted(_pipeline_names())}


def pipeline(name: str) -> Pipeline:
    """The pipeline of that name.

    Raises UnknownNameError when there is none, DeclarationError when its flow cannot work.
    """
    names = set(_pipeline_names())
    if name not in names:
        raise UnknownNameError("pipeline", name, names)
    return _load(name)


def find_step(name: str) -> Step:
    """The table or model called `<pipeline>.<short_name>`; raises UnknownNameError."""
    steps = {step.name: step for found in pipelines().values() for step in found.steps}
    if name not in steps:
        raise UnknownNameError("table or model", name, steps)
    return steps[name]


def _pipeline_names() -> Iterator[str]:
    for found in pkgutil.iter_modules(jobs.__path__):
        if found.ispkg and importlib.util.find_spec(f"jobs.{found.name}.flow"):
            yield found.name


def _load(name: str) -> Pipeline:
    flow = importlib.import_module(f"jobs.{name}.flow")
    own = {
        variable: value
        for variable, value in vars(flow).items()
        if isinstance(value, Source | Step) and value.name.partition(".")[0] == name
    }
    _check_variable_names(flow, own)
    return Pipeline(
        name=name,
        doc=(flow.__doc__ or "").strip(),
        steps=tuple(value for value in own.values() if isinstance(value, Step)),
    )


def _check_variable_names(flow: ModuleType, own: Mapping[str, Source | Step]) -> None:
    """A declared name is the variable's name, so that one word finds everything of a table."""
    for variable, value in own.items():
        if isinstance(value, Step) and value.short_name != variable:
            raise DeclarationError(
                f"{flow.__file__} declares '{value.name}' as `{variable}`; expected the variable "
                f"to bear the table's name: `{value.short_name} = …`."
            )
