"""A version of a model as an object, or the one error that says why there is none."""

from typing import Any

import mlflow

from jobs.errors import ModelError
from model_registry.registry import Registry, connect

_LONGEST = 300


def load(name: str, version: int, registry: Registry) -> Any:  # noqa: ANN401  each flavour its own
    """A version of a model: a Spark PipelineModel, or the object behind a pyfunc.

    Raises ModelError when it cannot be loaded, whatever the reason: files that are gone, a
    module that has moved since it was logged, a class that has changed.
    """
    connect(registry)
    uri = f"models:/{name}/{version}"
    try:
        if "spark" in mlflow.models.get_model_info(uri).flavors:
            return mlflow.spark.load_model(uri)
        return mlflow.pyfunc.load_model(uri).unwrap_python_model()
    # Unpickling runs whatever code the version names, so it may raise anything.
    except Exception as error:
        pipeline, _, short_name = name.partition(".")
        raise ModelError(
            f"Version {version} of '{name}' cannot be loaded from {registry.tracking_uri}: "
            f"{reason_of(error)}. Expected a version that this code can load; "
            f"`medley run {pipeline} --only {short_name} --full-refresh` trains one anew."
        ) from error


def reason_of(error: BaseException) -> str:
    """The first line of what an error says, with its kind: "ValueError: no such film"."""
    first = (str(error).strip().splitlines() or [""])[0].rstrip(". ")
    said = f"{type(error).__name__}: {first}" if first else type(error).__name__
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"
