"""Finds the pipelines: every folder of `jobs` with a `flow.py` is one."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from importlib.machinery import FileFinder
from pathlib import Path
from types import ModuleType

import jobs
from jobs.errors import DeclarationError, UnknownNameError
from jobs.lakehouse.declare.pipeline import Pipeline
from jobs.lakehouse.declare.table import Source, Step


def pipelines() -> Mapping[str, Pipeline]:
    """All pipelines by name, in alphabetical order.

    Raises DeclarationError when a flow cannot be read or cannot work.
    """
    return {name: _load(name) for name in sorted(_pipeline_names())}


def flows() -> Mapping[str, Pipeline | DeclarationError]:
    """All pipelines by name, in alphabetical order; of a flow that is broken, how it is broken."""
    return {name: _try_to_load(name) for name in sorted(_pipeline_names())}


def readable_pipelines() -> list[Pipeline]:
    """The pipelines whose flows are not broken, in alphabetical order."""
    return [found for found in flows().values() if isinstance(found, Pipeline)]


def pipeline(name: str) -> Pipeline:
    """The pipeline of that name.

    Raises UnknownNameError when there is none, DeclarationError when its flow cannot be read or
    cannot work.
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
    # By the file, and not by importing the package: that may be what is broken.
    for found in pkgutil.iter_modules(jobs.__path__):
        finder = found.module_finder
        if isinstance(finder, FileFinder) and Path(finder.path, found.name, "flow.py").is_file():
            yield found.name


def _try_to_load(name: str) -> Pipeline | DeclarationError:
    try:
        return _load(name)
    except DeclarationError as error:
        return error


def _load(name: str) -> Pipeline:
    try:
        return _read(name)
    except DeclarationError:
        raise
    # Whatever a flow does wrong, it must be told of as such, and the others must not suffer.
    except (Exception, SystemExit) as error:
        raise DeclarationError(
            f"jobs/{name}/flow.py cannot be read: {type(error).__name__}: {error}. Mend it, or the "
            "module that it imports."
        ) from error


def _read(name: str) -> Pipeline:
    flow = importlib.import_module(f"jobs.{name}.flow")
    own = {
        variable: value
        for variable, value in vars(flow).items()
        if isinstance(value, Source | Step) and value.name.partition(".")[0] == name
    }
    _check_variable_names(flow, own)
    steps = tuple(value for value in own.values() if isinstance(value, Step))
    if not steps:
        raise DeclarationError(
            f"{flow.__file__} declares no table; expected one at least, as in `medley new {name}`."
        )
    return Pipeline(name=name, doc=(flow.__doc__ or "").strip(), steps=steps)


def _check_variable_names(flow: ModuleType, own: Mapping[str, Source | Step]) -> None:
    """A declared name is the variable's name, so that one word finds everything of a table."""
    for variable, value in own.items():
        if isinstance(value, Step) and value.short_name != variable:
            raise DeclarationError(
                f"{flow.__file__} declares '{value.name}' as `{variable}`; expected the variable "
                f"to bear the table's name: `{value.short_name} = …`."
            )
