"""One Spark job: what is run, for which pipeline, and how large it is."""

import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass

from airflow.sdk.exceptions import AirflowException

from launching.sizes import Size

_LETTERS = string.ascii_lowercase + string.digits
_LONGEST = 46
"""Kubernetes allows 63 letters; Spark adds `-driver`, and this module nine of its own."""


class JobError(AirflowException):
    """A job did not end well, or could not be followed to its end."""


@dataclass(frozen=True)
class Job:
    """What an engine runs."""

    name: str
    """Never given twice, so that no answer is about another try."""
    pipeline: str
    arguments: Sequence[str]
    """Those of `medley`."""
    size: Size


def unique_name(base: str) -> str:
    """A name that Kubernetes takes, and that nobody had before."""
    ending = "".join(secrets.choice(_LETTERS) for _ in range(8))
    return f"{base.lower().replace('_', '-')[:_LONGEST].rstrip('-')}-{ending}"
