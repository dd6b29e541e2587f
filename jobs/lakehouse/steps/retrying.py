"""Whether it may help to try again what has failed."""

import builtins
import re
import sys

from jobs.errors import (
    DeclarationError,
    MedleyError,
    QualityError,
    QueryError,
    SettingError,
    StepError,
    UnknownNameError,
)

RETRY_MAY_HELP = 1
RETRY_IN_VAIN = 3
"""Exit codes of `medley` after an error; what launches it goes by them."""

_DECIDED = (DeclarationError, QualityError, QueryError, SettingError, UnknownNameError)
"""What is asked for, declared or found in the data is the same at the next try."""
_MISTAKES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    NameError,
    NotImplementedError,
    SyntaxError,
    TypeError,
)
"""What Python raises for mistakes in the code. ValueError is not among them: half an answer of a
service that is about to go makes one too."""
_RAISED = re.compile(r"^(?:\w+\\.)*(\w+)(?::.*)?$", re.MULTILINE)


def exit_code(error: BaseException) -> int:
    """With what a command ends after an error."""
    return RETRY_MAY_HELP if may_help(error) else RETRY_IN_VAIN


def may_help(error: BaseException) -> bool:
    """Whether another try may succeed where this error ended one.

    It is in vain after a wrong argument or setting, an error in a declaration or in the code of a
    step, a query that Spark does not understand, and rows that break a rule which must hold. All
    else may pass: what stores, the network, memory and the machine are the reason of.
    """
    cause = error
    while isinstance(cause, StepError) and cause.__cause__ is not None:
        cause = cause.__cause__
    if isinstance(cause, StepError):
        # A step's function made other rows than are declared.
        return False
    if isinstance(cause, MedleyError):
        return not isinstance(cause, _DECIDED)
    return not (isinstance(cause, _MISTAKES) or _is_mistake_for_spark(cause))


def _is_mistake_for_spark(error: BaseException) -> bool:
    """Whether Spark refused a query, or a Python function failed on an executor by a mistake."""
    # Without pyspark there is no error of its either, and its import takes a second.
    errors = sys.modules.get("pyspark.errors")
    if errors is None:
        return False
    if isinstance(error, errors.PythonException):
        return any(_is_mistake(name) for name in _RAISED.findall(str(error))[-1:])
    return isinstance(error, errors.AnalysisException)


def _is_mistake(name: str) -> bool:
    """Whether a built-in exception is one of the mistakes, by its name."""
    kind = getattr(builtins, name, None)
    return isinstance(kind, type) and issubclass(kind, _MISTAKES)
