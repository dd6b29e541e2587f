"""One job: what is run, for which pipeline and task, and how large it is."""

import hashlib
import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass

_LETTERS = string.ascii_lowercase + string.digits
_LONGEST = 46
"""Kubernetes allows 63 letters; Spark adds `-driver`, and this module nine of its own."""
_HEX_DIGITS = 32


@dataclass(frozen=True)
class Job:
    """What an engine runs."""

    name: str
    """Never given twice, so that no answer is about another try."""
    pipeline: str
    task: str
    """What all tries of a task in a run share; see `task_key`."""
    kind: str
    """One of the sizes that the chart `spark` has; of no account for a job without Spark."""
    arguments: Sequence[str]
    """Those of `medley`."""


def unique_name(base: str) -> str:
    """A name that Kubernetes takes, and that nobody had before."""
    ending = "".join(secrets.choice(_LETTERS) for _ in range(8))
    return f"{base.lower().replace('_', '-')[:_LONGEST].rstrip('-')}-{ending}"


def task_key(dag_id: str, run_id: str, task_id: str) -> str:
    """A short text for one task of one run, as a label and a tag may have it."""
    whole = f"{dag_id}\n{run_id}\n{task_id}"
    return hashlib.sha256(whole.encode()).hexdigest()[:_HEX_DIGITS]
