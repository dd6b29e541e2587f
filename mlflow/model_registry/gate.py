"""The gate: logs a challenger and makes it champion if it beats the one there is."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import mlflow
from mlflow.exceptions import MlflowException
from mlflow.models.model import ModelInfo
from mlflow.tracking import MlflowClient

from model_registry.registry import (
    CHALLENGER,
    CHAMPION,
    Challenger,
    Origin,
    Registry,
    champion_version,
    connect,
    experiment_of,
    load,
)


@dataclass(frozen=True)
class Contest:
    """What the versions of a registered model compete in."""

    name: str
    """The registered model's name."""
    doc: str
    """What the model tells, for its page."""
    metric: str
    """The metric that decides."""
    better: Literal["lower", "higher"]


@dataclass(frozen=True)
class Decision:
    """What the gate made of a challenger."""

    version: int
    promoted: bool
    reason: str


def submit(
    challenger: Challenger, contest: Contest, *, origin: Origin, registry: Registry
) -> Decision:
    """Log and register a challenger; promote it if it beats the champion on the same rows.

    Args:
        challenger: The trained model with its measurements.
        contest: Which model it is a version of, and what decides.
        origin: What it was trained from.
        registry: Where it is kept.
    """
    client, name = connect(registry), contest.name
    with mlflow.start_run(experiment_id=experiment_of(registry, name)):
        mlflow.log_params(dict(challenger.params))
        mlflow.log_metrics(dict(challenger.metrics))
        for baseline, metrics in challenger.baselines.items():
            mlflow.log_metrics({f"{baseline}_{key}": value for key, value in metrics.items()})
        mlflow.set_tags(origin.to_tags())
        version = _register(challenger.log(), contest, client)
        for tag, value in origin.to_tags().items():
            client.set_model_version_tag(name, version, tag, value)
        client.set_registered_model_alias(name, CHALLENGER, version)
        promoted, reason = _decide(challenger, contest, registry)
        mlflow.set_tag("decision", reason)
    if promoted:
        client.set_registered_model_alias(name, CHAMPION, version)
        client.delete_registered_model_alias(name, CHALLENGER)
    # Last, for it says that the contest is over: without it a killed training is done again.
    client.set_model_version_tag(name, version, "decision", reason)
    return Decision(int(version), promoted, reason)


def _register(logged: ModelInfo, contest: Contest, client: MlflowClient) -> str:
    """Make a logged model the newest version of a registered one; `register_model` would print."""
    with suppress(MlflowException):
        client.create_registered_model(contest.name)
    client.update_registered_model(contest.name, contest.doc)
    made = client.create_model_version(
        contest.name, source=logged.model_uri, run_id=logged.run_id, model_id=logged.model_id
    )
    return str(made.version)


def _decide(challenger: Challenger, contest: Contest, registry: Registry) -> tuple[bool, str]:
    """Whether the challenger wins against the champion, and why."""
    metric, reached = contest.metric, challenger.metrics[contest.metric]
    champion = champion_version(contest.name, registry)
    if champion is None:
        return True, f"{metric} {reached:.4f}; there was no champion"
    to_beat = challenger.score(load(contest.name, champion, registry))[metric]
    mlflow.log_metric(f"champion_{metric}", to_beat)
    wins = reached < to_beat if contest.better == "lower" else reached > to_beat
    verb = "beats" if wins else "does not beat"
    return wins, f"{metric} {reached:.4f} {verb} {to_beat:.4f} of version {champion}"
