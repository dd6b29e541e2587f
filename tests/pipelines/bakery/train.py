"""Learns the mean of all sales but the last day's, and is measured on that day."""

from functools import partial
from typing import Any

import mlflow
import pandas as pd
from mlflow.models.model import ModelInfo
from mlflow.pyfunc.model import PythonModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from model_registry import Baseline, Challenger, TooLittle

FEWEST_DAYS = 2


class MeanDemand(PythonModel):
    """Expects of each bread what it sold on the mean day."""

    def __init__(self, means: dict[str, float]) -> None:
        """Keep the mean of each bread."""
        self.means = means

    def predict(
        self,
        context: Any,  # noqa: ANN401, ARG002  as MLflow has it
        model_input: list[str],
        params: dict[str, Any] | None = None,  # noqa: ARG002  as MLflow has it
    ) -> list[float]:
        """The expected sales of each bread."""
        return [self.means.get(bread, 0.0) for bread in model_input]


def demand(sales: DataFrame) -> Challenger | TooLittle:
    """Train on all days but the last; one day is too little."""
    days = sales.select("sold_date").distinct().count()
    nothing = Baseline("nothing", partial(_log, MeanDemand({})))
    if days < FEWEST_DAYS:
        return TooLittle(f"found {days} days of sales, expected {FEWEST_DAYS} or more", nothing)
    last = sales.agg(F.max("sold_date").alias("day")).head()
    known, test = (
        sales.where(F.col("sold_date") < F.lit(last["day"] if last else None)),
        sales.where(F.col("sold_date") == F.lit(last["day"] if last else None)).toPandas(),
    )
    means = known.groupBy("bread").agg(F.avg("sold").alias("sold")).toPandas()
    model = MeanDemand(dict(zip(means["bread"], means["sold"], strict=True)))

    def score(other: MeanDemand) -> dict[str, float]:
        expected = pd.Series(other.predict(None, list(test["bread"])))
        return {"mae": float((expected - test["sold"]).abs().mean())}

    return Challenger(
        params={"breads": len(means)},
        metrics=score(model),
        baselines={"nothing": {"mae": float(test["sold"].mean())}},
        fallback=nothing,
        log=partial(_log, model),
        score=score,
    )


def _log(model: MeanDemand) -> ModelInfo:
    info: ModelInfo = mlflow.pyfunc.log_model(name="model", python_model=model, pip_requirements=[])
    return info
