"""From a step's declaration to the function that makes it, and to what its commits carry."""

import hashlib
import importlib
import inspect
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from jobs.errors import DeclarationError
from jobs.lakehouse import raw_fields
from jobs.lakehouse.declare.table import Gold, Model, Served, Silver, Step, Table
from jobs.lakehouse.steps.run_context import RunContext
from jobs.lakehouse.store.commits import Memo
from jobs.lakehouse.store.lake import Definition

_LAYER_MODULES = {layer.module for layer in (Silver, Gold, Model, Served)}


def function_of(step: Step) -> Callable[..., Any]:
    """The function that bears the step's name; raises DeclarationError when there is none."""
    module = _module_of(step)
    function = getattr(module, step.short_name, None)
    expected = [read.short_name for read in step.inputs]
    if not callable(function) or list(inspect.signature(function).parameters) != expected:
        raise DeclarationError(
            f"flow.py declares '{step.name}', so {module.__file__} must have a function "
            f"{step.short_name}({', '.join(expected)})."
        )
    found: Callable[..., Any] = function
    return found


def fingerprint_of(step: Step) -> str:
    """A short text that changes with a step's declaration or the code that makes it.

    The code is the step's own module and those that it may call: the ones beside it that belong
    to no layer, and what all pipelines read raw fields with.
    """
    declared = Definition.of(step).digest if isinstance(step, Table) else step.doc
    own = Path(str(_module_of(step).__file__))
    others = {"flow.py", *(f"{module}.py" for module in _LAYER_MODULES)} - {own.name}
    beside = [file for file in sorted(own.parent.glob("*.py")) if file.name not in others]
    code = [file.read_bytes() for file in (*beside, Path(raw_fields.__file__))]
    return hashlib.sha256(b"\n".join([declared.encode(), *code])).hexdigest()[:16]


def begin(
    step: Step,
    run: RunContext,
    kind: str,
    *,
    input_versions: Mapping[str, int],
    fingerprint: str = "",
) -> Memo:
    """The memo of a write that begins now; a stream's batch gives it another name."""
    return Memo(
        application=f"{kind}-{run.run_id}-{step.name}",
        number=0,
        run_id=run.run_id,
        kind=kind,
        started_at=datetime.now(UTC).isoformat(),
        input_versions=input_versions,
        fingerprint=fingerprint,
    )


def _module_of(step: Step) -> ModuleType:
    return importlib.import_module(f"jobs.{step.pipeline}.{step.module}")
