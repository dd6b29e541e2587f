"""Functions that a flow names as text, since flows import nothing heavy."""

import importlib
from typing import Any

from jobs.errors import DeclarationError


def load_function(name: str, kind: str, takes: str) -> Any:  # noqa: ANN401  the kind's own type
    """The function called `module:function`.

    Raises DeclarationError when there is none, in the words of its kind.
    """
    module, _, function = name.partition(":")
    try:
        return getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise DeclarationError(
            f"There is no {kind} '{name}' ({error}); expected 'module:function' of a function "
            f"that takes {takes}."
        ) from error
