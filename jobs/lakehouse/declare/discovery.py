"""Finds the pipelines: every folder of `jobs` with a `flow.py` is one.

Nothing else names them: what a pipeline brings besides its tables, such as commands of its own,
is exported by a module of its folder too.
"""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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


def exports(module: str, variable: str) -> Mapping[str, object]:
    """What pipelines export as `variable` of a module of their folders, by their names.

    Pipelines without such a module are left out. In place of what cannot be read stands the
    DeclarationError that says so, for one broken folder must not harm the others.
    """
    return {
        name: _try_to_export(name, module, variable)
        for name in sorted(_pipeline_names(having=f"{module}.py"))
    }


def _pipeline_names(having: str = "flow.py") -> Iterator[str]:
    # By the files, and not by importing the package: that may be what is broken.
    for found in pkgutil.iter_modules(jobs.__path__):
        finder = found.module_finder
        if isinstance(finder, FileFinder):
            folder = Path(finder.path, found.name)
            if all((folder / file).is_file() for file in ("flow.py", having)):
                yield found.name


def _try_to_export(name: str, module: str, variable: str) -> object:
    try:
        with _told_as_broken(name, module):
            found = importlib.import_module(f"jobs.{name}.{module}")
            if hasattr(found, variable):
                return getattr(found, variable)
    except DeclarationError as error:
        return error
    return DeclarationError(f"{found.__file__} has no {variable}; expected it there.")


def _try_to_load(name: str) -> Pipeline | DeclarationError:
    try:
        return _load(name)
    except DeclarationError as error:
        return error


def _load(name: str) -> Pipeline:
    with _told_as_broken(name, "flow"):
        return _read(name)


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


@contextmanager
def _told_as_broken(name: str, module: str) -> Iterator[None]:
    """Turn whatever a pipeline's module does wrong into a DeclarationError that names it."""
    try:
        yield
    except DeclarationError:
        raise
    # It must be told of as such, and the other pipelines must not suffer.
    except (Exception, SystemExit) as error:
        raise DeclarationError(
            f"jobs/{name}/{module}.py cannot be read: {type(error).__name__}: {error}. Mend it, "
            "or the module that it imports."
        ) from error


def _check_variable_names(flow: ModuleType, own: Mapping[str, Source | Step]) -> None:
    """A declared name is the variable's name, so that one word finds everything of a table."""
    for variable, value in own.items():
        if isinstance(value, Step) and value.short_name != variable:
            raise DeclarationError(
                f"{flow.__file__} declares '{value.name}' as `{variable}`; expected the variable "
                f"to bear the table's name: `{value.short_name} = …`."
            )
