"""What a training function hands to the gate: a challenger, or why there is none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from mlflow.models.model import ModelInfo

Metrics: TypeAlias = Mapping[str, float]
Seen: TypeAlias = Mapping[str, str]
"""How far training has seen the rows, by whatever they are split by: a chart, its last week."""


@dataclass(frozen=True)
class Baseline:
    """A simpler model with the same interface, to be served where no model is known to be better.

    It must be possible to make one of any data, of none too.
    """

    name: str
    log: Callable[[], ModelInfo]
    """Logs it in the active run."""
    params: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True)
class Retest:
    """The part of a challenger's test that is new to another version as well."""

    rows: str
    """What it consists of, as in "on 12 weeks that neither has trained on"."""
    metrics: Metrics
    """What the challenger reaches on it."""
    fallback: Metrics
    """What the challenger's fallback reaches on it."""
    score: Callable[[Any], Metrics]
    """Measures the other version on it."""


@dataclass(frozen=True)
class Challenger:
    """A freshly trained model that is not logged yet."""

    params: Mapping[str, str | int | float]
    metrics: Metrics
    """Measured on test rows that training has not seen."""
    baselines: Mapping[str, Metrics]
    """What simpler models reach on the same rows, by the baseline's name."""
    fallback: Baseline
    """Of the baselines that can be served the best; what is served if the model is not better."""
    log: Callable[[], ModelInfo]
    """Logs the model in the active run."""
    score: Callable[[Any], Metrics]
    """Measures another version of the model on the same test rows."""
    seen: Seen = field(default_factory=dict)
    """What later versions must know of its training, for `retest`."""
    retest: Callable[[Seen], Retest | None] | None = None
    """The test rows that a version has not seen, by what it noted; None if too few are left.

    Without the function every test row is new to every version, as where a hash splits them.
    """


@dataclass(frozen=True)
class TooLittle:
    """The outcome of a training that had not enough to learn from or to be measured on."""

    reason: str
    """As in "found 3 ratings, expected 50 or more"."""
    fallback: Baseline
    """What is served if there is no model of earlier days."""
