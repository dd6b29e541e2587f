"""The model of the charts: trained on earlier weeks, measured on later ones beside persistence."""

from collections.abc import Mapping, Sequence
from functools import partial

import mlflow
from mlflow.models import ModelSignature
from mlflow.models.model import ModelInfo
from mlflow.types import ColSpec, DataType, Schema
from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from jobs.music_charts.next_week import (
    FEATURES,
    TOP,
    errors,
    fit,
    parameters,
    persist_positions,
    persistence_model,
    predict,
    with_features,
    with_outcome,
)
from model_registry import Baseline, Challenger, Retest, TooLittle, pinned

_LATE = 0.75
"""The last quarter of each chart's weeks is the test."""
_FEWEST_WEEKS = 4
"""So many to train on and so many to be tested on, a month of one chart: the least that says
anything of whether a model is better than its baseline."""
SIGNATURE = ModelSignature(
    inputs=Schema([ColSpec(DataType.double, feature) for feature in FEATURES]),
    outputs=Schema([ColSpec(DataType.double, "predicted_change")]),
)


def next_week(entry_changes: DataFrame) -> Challenger | TooLittle:
    """Fit on the first three quarters of each chart's weeks, and test on the last.

    Newer weeks move the border forward. Older ones that land later move it back, into weeks that
    an earlier version has trained on: each therefore notes its last week of each chart, and
    two versions are compared on later weeks than either's.
    """
    weeks = with_outcome(with_features(entry_changes)).where(F.col("next_position").isNotNull())
    persistence = Baseline("persistence", partial(_log, persistence_model()))
    late = weeks.where(F.col("lateness") >= _LATE)
    cached = weeks.persist()
    try:
        charts = _charts(cached)
        lacking = _lacking(charts)
        if lacking is not None:
            return TooLittle(lacking, persistence)
        model = fit(cached.where(F.col("lateness") < _LATE))
        measured = errors(predict(model, late))
        persisting = errors(persist_positions(late))
    finally:
        cached.unpersist()
    return Challenger(
        params={**parameters(), "tested_on": "last quarter of each chart's weeks"},
        metrics=measured,
        baselines={persistence.name: persisting},
        fallback=persistence,
        log=partial(_log, model),
        score=partial(_score, late),
        seen={row["chart"]: row["seen"].isoformat() for row in charts if row["seen"]},
        retest=partial(_retest, model, late),
    )


def _charts(weeks: DataFrame) -> Sequence[Row]:
    """For each chart what trains and what tests: its last week of training, and counts."""
    is_early = F.col("lateness") < _LATE
    week = F.col("chart_date")
    return (
        weeks.groupBy("chart")
        .agg(
            F.max(F.when(is_early, week)).alias("seen"),
            F.count_distinct(F.when(is_early, week)).alias("early"),
            F.count_distinct(F.when(~is_early, week)).alias("late"),
            F.count_if(is_early & (F.col("position") <= TOP)).alias("top"),
        )
        .collect()
    )


def _lacking(charts: Sequence[Row]) -> str | None:
    """What there is too little of; None if there is enough."""
    early, late, top = (sum(row[name] for row in charts) for name in ("early", "late", "top"))
    if min(early, late) >= _FEWEST_WEEKS and top:
        return None
    return (
        f"found {early} weeks of charts to train on, with {top} places in the top {TOP}, and "
        f"{late} to test on, expected {_FEWEST_WEEKS} or more of each and a top {TOP}"
    )


def _score(weeks: DataFrame, version: PipelineModel) -> Mapping[str, float]:
    return errors(predict(version, weeks))


def _retest(model: PipelineModel, late: DataFrame, seen: Mapping[str, str]) -> Retest | None:
    """The test weeks that are later than what another version has trained on."""
    borders = late.sparkSession.createDataFrame(
        list(seen.items()), "chart STRING, seen_until STRING"
    )
    unseen = (
        late.join(F.broadcast(borders), on="chart", how="left")
        .where("seen_until IS NULL OR chart_date > CAST(seen_until AS DATE)")
        .drop("seen_until")
    )
    count = unseen.select("chart", "chart_date").distinct().count()
    if count < _FEWEST_WEEKS:
        return None
    return Retest(
        rows=f"{count} weeks that neither has trained on",
        metrics=_score(unseen, model),
        fallback=errors(persist_positions(unseen)),
        score=partial(_score, unseen),
    )


def _log(model: PipelineModel) -> ModelInfo:
    info: ModelInfo = mlflow.spark.log_model(
        model,
        artifact_path="model",
        signature=SIGNATURE,
        pip_requirements=pinned("mlflow-skinny", "pyspark"),
    )
    return info
