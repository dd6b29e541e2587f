"""The model of the charts: trained on earlier weeks, measured on later ones beside persistence."""

from collections.abc import Mapping

import mlflow
from mlflow.models import ModelSignature
from mlflow.models.model import ModelInfo
from mlflow.types import ColSpec, DataType, Schema
from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.music_charts.next_week import (
    FEATURES,
    errors,
    fit,
    parameters,
    persist_positions,
    predict,
    with_features,
    with_outcome,
)
from model_registry import Challenger, pinned

_LATE = 0.75
"""The last quarter of each chart's weeks is the test."""
SIGNATURE = ModelSignature(
    inputs=Schema([ColSpec(DataType.double, feature) for feature in FEATURES]),
    outputs=Schema([ColSpec(DataType.double, "predicted_change")]),
)


def next_week(entry_changes: DataFrame) -> Challenger:
    """Fit on the first three quarters of each chart's weeks, and test on the last.

    Newer weeks move the border forward, so no version that was ever logged has seen a test week
    of a later one.
    """
    weeks = with_outcome(with_features(entry_changes)).where(F.col("next_position").isNotNull())
    cached = weeks.persist()
    try:
        model = fit(cached.where(F.col("lateness") < _LATE))
        late = cached.where(F.col("lateness") >= _LATE)
        measured = errors(predict(model, late))
        persistence = errors(persist_positions(late))
    finally:
        cached.unpersist()

    def log() -> ModelInfo:
        info: ModelInfo = mlflow.spark.log_model(
            model,
            artifact_path="model",
            signature=SIGNATURE,
            pip_requirements=pinned("mlflow-skinny", "pyspark"),
        )
        return info

    def score(other: PipelineModel) -> Mapping[str, float]:
        return errors(predict(other, weeks.where(F.col("lateness") >= _LATE)))

    return Challenger(
        params={**parameters(), "tested_on": "last quarter of each chart's weeks"},
        metrics=measured,
        baselines={"persistence": persistence},
        log=log,
        score=score,
    )
