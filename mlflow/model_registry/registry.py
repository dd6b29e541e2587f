"""What is kept of a model in MLflow, and how it is found again."""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import mlflow
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from jobs.errors import ModelError

CHAMPION = "champion"
CHALLENGER = "challenger"
DECISION_TAG = "decision"
BASELINE_TAG = "baseline"
"""On versions that are a baseline and no model: which one."""
SEEN_TAG = "seen"
"""What training has seen, as JSON."""
_connecting = threading.Lock()


@dataclass(frozen=True)
class Registry:
    """Where models are kept."""

    tracking_uri: str
    artifact_uri: str | None = None
    """Where models of new experiments are stored; None lets the tracking server decide."""


@dataclass(frozen=True)
class Origin:
    """What a model was trained from."""

    input_versions: Mapping[str, int]
    """The Delta version of each table."""
    rows: int
    """The rows of the first table."""
    fingerprint: str
    """Tells the training code's state."""

    def to_tags(self) -> dict[str, str]:
        """The origin as tags of a model version."""
        inputs = {f"input.{table}": str(version) for table, version in self.input_versions.items()}
        return {"rows": str(self.rows), "fingerprint": self.fingerprint, **inputs}

    @classmethod
    def from_tags(cls, tags: Mapping[str, str]) -> "Origin":
        """The origin that tags tell of; unknown rows are 0."""
        inputs = {
            name.removeprefix("input."): int(value)
            for name, value in tags.items()
            if name.startswith("input.")
        }
        return cls(inputs, int(tags.get("rows", 0)), tags.get("fingerprint", ""))


@dataclass(frozen=True)
class RegisteredModel:
    """A version that bears an alias, with what is known of it."""

    name: str
    alias: str
    version: int
    created_at_ms: int
    metrics: Mapping[str, float]
    params: Mapping[str, str]
    origin: Origin
    decision: str
    baseline: str = ""
    """Which baseline it is, where no model was better; empty for a model."""


def connect(registry: Registry) -> MlflowClient:
    """A client of the registry; the first call makes the database of an embedded one.

    From here on MLflow's own functions talk to this registry too.
    """
    with _connecting:
        mlflow.set_tracking_uri(registry.tracking_uri)
        return _connect_once(registry)


def experiment_of(registry: Registry, name: str) -> str:
    """The id of the experiment of that name, which is made if it is not there."""
    client = connect(registry)
    with _connecting:
        found = client.get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        return str(client.create_experiment(name, artifact_location=registry.artifact_uri))


def champion(name: str, registry: Registry) -> ModelVersion | None:
    """The version that bears the alias `champion`, with its tags; None when there is none.

    Raises ModelError when the registry does not answer.
    """
    try:
        return connect(registry).get_model_version_by_alias(name, CHAMPION)
    except MlflowException as error:
        if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
            return None
        raise ModelError(
            f"The registry at {registry.tracking_uri} does not answer for '{name}': "
            f"{error.message}. Check MLFLOW_TRACKING_URI."
        ) from error


def champion_version(name: str, registry: Registry) -> int | None:
    """The number of the version that bears the alias `champion`; None when there is none."""
    found = champion(name, registry)
    return None if found is None else int(found.version)


def last_origin(name: str, registry: Registry) -> Origin | None:
    """What the newest finished version was trained from; None when there is no champion."""
    if champion_version(name, registry) is None:
        return None
    found = connect(registry).search_model_versions(
        f"name = '{name}'", order_by=["version_number DESC"], max_results=20
    )
    # A version without a decision is what a killed training left behind.
    decided = (version.tags for version in found if DECISION_TAG in version.tags)
    return next(map(Origin.from_tags, decided), None)


def promote(name: str, version: int, registry: Registry) -> None:
    """Make a version the champion, as a person decides it and no gate.

    Raises ModelError when there is no such version.
    """
    client = connect(registry)
    try:
        client.get_model_version(name, str(version))
        client.set_registered_model_alias(name, CHAMPION, str(version))
    except MlflowException as error:
        raise ModelError(
            f"Version {version} of '{name}' cannot become the champion: {error.message}. "
            "`medley models` shows what is registered."
        ) from error


def registered_models(registry: Registry) -> list[RegisteredModel]:
    """All versions that bear an alias, by name; the champion before the challenger."""
    client = connect(registry)
    return [
        _describe(client, client.get_model_version(model.name, version), alias)
        for model in sorted(client.search_registered_models(), key=lambda model: model.name)
        for alias, version in sorted(model.aliases.items())
    ]


def _describe(client: MlflowClient, version: ModelVersion, alias: str) -> RegisteredModel:
    run = client.get_run(str(version.run_id))
    return RegisteredModel(
        name=version.name,
        alias=alias,
        version=int(version.version),
        created_at_ms=version.creation_timestamp,
        metrics=run.data.metrics,
        params=run.data.params,
        origin=Origin.from_tags(version.tags),
        decision=version.tags.get(DECISION_TAG, ""),
        baseline=version.tags.get(BASELINE_TAG, ""),
    )


@cache
def _connect_once(registry: Registry) -> MlflowClient:
    for chatty in ("mlflow", "alembic"):
        logging.getLogger(chatty).setLevel(logging.ERROR)
    client = MlflowClient(registry.tracking_uri)
    client.search_experiments(max_results=1)
    return client
