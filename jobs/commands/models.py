"""The command that shows the registered models: models."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.commands.screen import program, say, show
from jobs.lakehouse.declare import discovery
from jobs.lakehouse.declare.table import Model
from jobs.settings import Settings

if TYPE_CHECKING:
    from model_registry import RegisteredModel

_SQLITE = "sqlite:///"


def models(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print all of it as JSON.")] = False,
) -> None:
    """Show each registered model: alias, version, metric against baselines, inputs, decision.

    Where no model is known to be better than its baseline, the champion is that baseline.

    Examples:
      medley models
      medley models --json
    """
    settings = Settings.from_environment()
    if not as_json:
        show_models(settings)
        return
    documents = [_document(model) for model in _registered(settings)]
    json.dump(documents, sys.stdout, indent=2)
    sys.stdout.write("\n")


def show_models(settings: Settings, only: str | None = None) -> None:
    """Print the registered models, or that they are still to be trained."""
    found = [model for model in _registered(settings) if only in {None, model.name}]
    say()
    if not found:
        say(f"No model is registered yet; `{program()} demo` or `run` trains those declared.")
        return
    show(
        ["model", "alias", "version", "metric", "reached", "baselines", "is", "trained from", "at"],
        [_model_row(model) for model in found],
    )
    say()
    for model in found:
        say(f"{model.name} {model.version}: {model.decision}", "dim")


def registry_is_made(settings: Settings) -> bool:
    """Whether there may be models: looking must not make the database of an embedded registry."""
    database = settings.tracking_uri.removeprefix(_SQLITE)
    return database == settings.tracking_uri or Path(database).exists()


def _registered(settings: Settings) -> "list[RegisteredModel]":
    if not registry_is_made(settings):
        return []
    from model_registry import Registry, registered_models  # noqa: PLC0415

    return registered_models(Registry(settings.tracking_uri, settings.artifact_uri))


def _model_row(model: "RegisteredModel") -> tuple[object, ...]:
    metric = _metric_of(model)
    baselines = ", ".join(f"{name} {value:.4f}" for name, value in _baselines(model).items())
    inputs = ", ".join(f"{table} version {n}" for table, n in model.origin.input_versions.items())
    return (
        model.name,
        model.alias,
        model.version,
        metric,
        model.metrics.get(metric),
        baselines,
        f"baseline: {model.baseline}" if model.baseline else "model",
        inputs,
        f"{_created_at(model):%Y-%m-%d %H:%M}",
    )


def _metric_of(model: "RegisteredModel") -> str:
    """The metric that the flow declares to decide; the first one of a model that it forgot."""
    declared = {
        step.name: step.metric
        for pipeline in discovery.pipelines().values()
        for step in pipeline.steps
        if isinstance(step, Model)
    }
    return declared.get(model.name) or min(model.metrics, key=len, default="")


def _baselines(model: "RegisteredModel") -> dict[str, float]:
    """What simpler models reach; the gate logs it as `<baseline>_<metric>`."""
    ending = f"_{_metric_of(model)}"
    found = {
        name.removesuffix(ending): value
        for name, value in model.metrics.items()
        if name.endswith(ending)
    }
    found.pop("champion", None)
    return found


def _document(model: "RegisteredModel") -> dict[str, object]:
    """All that is known of a model, for other programs."""
    return {
        "name": model.name,
        "alias": model.alias,
        "version": model.version,
        "created_at": _created_at(model).isoformat(timespec="seconds"),
        "metric": _metric_of(model),
        "baseline": model.baseline or None,
        "metrics": dict(model.metrics),
        "baselines": _baselines(model),
        "params": dict(model.params),
        "input_versions": dict(model.origin.input_versions),
        "decision": model.decision,
    }


def _created_at(model: "RegisteredModel") -> datetime:
    return datetime.fromtimestamp(model.created_at_ms / 1000, tz=UTC)
