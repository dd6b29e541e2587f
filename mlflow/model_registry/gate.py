"""The gate: logs a challenger and makes it champion if it beats the one there is."""

from dataclasses import dataclass
from typing import Literal

import mlflow

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
class Decision:
    """What the gate made of a challenger."""

    version: int
    promoted: bool
    reason: str


def submit(
    challenger: Challenger,
    name: str,
    *,
    metric: str,
    better: Literal["lower", "higher"],
    origin: Origin,
    registry: Registry,
) -> Decision:
    """Log and register a challenger; promote it if it beats the champion on the same rows.

    Args:
        challenger: The trained model with its measurements.
        name: The registered model's name.
        metric: The metric that decides.
        better: Which way the metric is better.
        origin: What it was trained from.
        registry: Where it is kept.
    """
    client = connect(registry)
    with mlflow.start_run(experiment_id=experiment_of(registry, name)):
        mlflow.log_params(dict(challenger.params))
        mlflow.log_metrics(dict(challenger.metrics))
        for baseline, metrics in challenger.baselines.items():
            mlflow.log_metrics({f"{baseline}_{key}": value for key, value in metrics.items()})
        mlflow.set_tags(origin.to_tags())
        version = int(challenger.log(name).registered_model_version or 0)
        for tag, value in origin.to_tags().items():
            client.set_model_version_tag(name, str(version), tag, value)
        client.set_registered_model_alias(name, CHALLENGER, str(version))
        promoted, reason = _contest(challenger, name, metric, better, registry)
        mlflow.set_tag("decision", reason)
    client.set_model_version_tag(name, str(version), "decision", reason)
    if promoted:
        client.set_registered_model_alias(name, CHAMPION, str(version))
        client.delete_registered_model_alias(name, CHALLENGER)
    return Decision(version, promoted, reason)


def _contest(
    challenger: Challenger,
    name: str,
    metric: str,
    better: Literal["lower", "higher"],
    registry: Registry,
) -> tuple[bool, str]:
    """Whether the challenger wins against the champion, and why."""
    reached = challenger.metrics[metric]
    champion = champion_version(name, registry)
    if champion is None:
        return True, f"{metric} {reached:.4f}; there was no champion"
    to_beat = challenger.score(load(name, champion, registry))[metric]
    mlflow.log_metric(f"champion_{metric}", to_beat)
    wins = reached < to_beat if better == "lower" else reached > to_beat
    verb = "beats" if wins else "does not beat"
    return wins, f"{metric} {reached:.4f} {verb} {to_beat:.4f} of version {champion}"
