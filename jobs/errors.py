"""What can go wrong, as one small tree.

    MedleyError
    ├── SettingError       a setting has a value that cannot be used
    ├── SetupError         the machine lacks something: Java, jars, disk space
    ├── DeclarationError   a flow declares something that cannot work
    ├── UnknownNameError   no pipeline, table or model bears that name
    ├── SourceError        data from outside is missing, damaged or has changed shape
    ├── QualityError       rows break a rule that must hold
    ├── LakeError          the lake cannot be used: locked, or newer than this program
    ├── StepError          a step's code failed or lost rows
    ├── QueryError         a query is no SQL, or would do more than read
    ├── PublishingError    a table cannot be registered for SQL
    └── ModelError         a model is missing or cannot be logged or loaded

Each message says what was found, what was expected, where, and what to do.
"""

import difflib
from collections.abc import Iterable


class MedleyError(Exception):
    """The base of all errors that Medley raises on purpose; its text is for people."""


class SettingError(MedleyError):
    """A setting has a value that cannot be used."""


class SetupError(MedleyError):
    """The machine lacks something that a run needs."""


class DeclarationError(MedleyError):
    """A flow declares something that cannot work."""


class UnknownNameError(MedleyError):
    """No pipeline, table or model bears the name that was asked for."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        """Name the nearest known names, or all of them when they are few."""
        names = sorted(known)
        near = difflib.get_close_matches(name, names, n=3, cutoff=0.5) or names[:12]
        hint = f"Did you mean {', '.join(near)}?" if near else "None is known yet."
        super().__init__(f"There is no {kind} '{name}'. {hint} `medley list` shows all names.")


class SourceError(MedleyError):
    """Data from outside is missing, damaged or has changed shape."""


class QualityError(MedleyError):
    """Rows break a rule that must hold, so the step wrote nothing."""


class LakeError(MedleyError):
    """The lake cannot be used."""


class StepError(MedleyError):
    """A step's code failed or lost rows."""


class QueryError(MedleyError):
    """A query is no SQL, reads what is not there, or would do more than read."""


class PublishingError(MedleyError):
    """A table cannot be registered with the cluster's SQL engine."""


class ModelError(MedleyError):
    """A model is missing, or cannot be logged or loaded."""
