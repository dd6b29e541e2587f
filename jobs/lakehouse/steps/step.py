"""From a step's declaration to the function that makes it, and to what its commits carry."""

import importlib
import inspect
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from jobs.errors import DeclarationError
from jobs.lakehouse.declare.definition import definition_of
from jobs.lakehouse.declare.table import Step
from jobs.lakehouse.steps.code_digest import code_of_step, module_of
from jobs.lakehouse.steps.run_context import RunContext
from jobs.lakehouse.store.commits import Memo


def function_of(step: Step) -> Callable[..., Any]:
    """The function that bears the step's name; raises DeclarationError when there is none."""
    module = importlib.import_module(module_of(step))
    function = getattr(module, step.short_name, None)
    expected = [read.short_name for read in step.inputs]
    if not callable(function) or list(inspect.signature(function).parameters) != expected:
        raise DeclarationError(
            f"flow.py declares '{step.name}', so {module.__file__} must have a function "
            f"{step.short_name}({', '.join(expected)})."
        )
    found: Callable[..., Any] = function
    return found


def begin(step: Step, run: RunContext, kind: str, **noted: Any) -> Memo:  # noqa: ANN401  a memo's fields
    """The memo of a write that begins now; `noted` are fields of it that are known already."""
    noted.setdefault("definition", definition_of(step))
    noted.setdefault("code", code_of_step(step))
    return Memo(
        write_id=uuid.uuid4().hex,
        run_id=run.run_id,
        kind=kind,
        started_at=datetime.now(UTC).isoformat(),
        **noted,
    )
