"""The movies pipeline's models: trained, measured on held-out ratings beside simpler ones."""

from collections.abc import Mapping

import mlflow
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.models.model import ModelInfo
from mlflow.types import ColSpec, DataType, Schema
from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.movies.histories import films_of, histories_of, leave_last_out, raters_in_common
from jobs.movies.ranker_model import RankerModel, log_ranker
from jobs.movies.rankers import ImplicitAls, ItemCosine, Popularity, Ranker
from jobs.movies.ranking_quality import measure
from jobs.movies.rating_blend import BIAS, PREDICTION, fit_blend, parameters, rating_errors
from model_registry import Challenger, pinned

RATING_SIGNATURE = ModelSignature(
    inputs=Schema([ColSpec(DataType.integer, "user_id"), ColSpec(DataType.string, "movie_id")]),
    outputs=Schema([ColSpec(DataType.double, PREDICTION)]),
)


def rating_model(ratings: DataFrame) -> Challenger:
    """Fit the blend on four ratings of five, and test it on the fifth.

    The last digit of the Unix second tells them apart: a split that is the same for every
    version, so no model that was ever logged has seen a test rating. What is logged is
    therefore the model that was measured, not one fitted anew on all ratings.
    """
    digit = F.unix_timestamp("rated_at") % 10
    training, test = ratings.where(digit < 8), ratings.where(digit >= 8)  # noqa: PLR2004
    model, mean = fit_blend(training)
    errors = rating_errors(
        model.transform(test), {"model": PREDICTION, "mean": f"{mean!r}D", "bias": BIAS}
    )

    def log() -> ModelInfo:
        info: ModelInfo = mlflow.spark.log_model(
            model,
            artifact_path="model",
            signature=RATING_SIGNATURE,
            input_example=pd.DataFrame({"user_id": [1], "movie_id": ["Toy Story (1995)"]}),
            pip_requirements=pinned("mlflow-skinny", "pyspark"),
            # MLflow would load the model and score the example, for several seconds.
            validate_serving_input=False,
        )
        return info

    def score(other: PipelineModel) -> Mapping[str, float]:
        return rating_errors(other.transform(test), {"model": PREDICTION})["model"]

    return Challenger(
        params={**parameters(), "tested_on": "last digit of the Unix second is 8 or 9"},
        metrics=errors.pop("model"),
        baselines=errors,
        log=log,
        score=score,
    )


def ranker(ratings: DataFrame) -> Challenger:
    """Fit three rankers on all but each user's last rating; the one that finds it best wins.

    What is logged is the ranker that was measured: it has not seen the last ratings, so it can
    be compared fairly with later versions. It loses little by that, because a user's whole
    history is an input when he is scored.
    """
    split = leave_last_out(histories_of(ratings))
    cached = split.persist()
    try:
        rankers = _candidates(cached)
        measured = measure(rankers, _tested(cached))
    finally:
        cached.unpersist()
    best = max(rankers, key=lambda name: measured[name]["ndcg_at_10"])

    def log() -> ModelInfo:
        return log_ranker(rankers[best])

    def score(other: RankerModel) -> Mapping[str, float]:
        return measure({"other": other.ranker}, _tested(split))["other"]

    return Challenger(
        params={
            "ranker": best,
            **rankers[best].parameters(),
            "tested_on": "last rating of each user",
        },
        metrics=measured.pop(best),
        baselines=measured,
        log=log,
        score=score,
    )


def _candidates(histories: DataFrame) -> dict[str, Ranker]:
    """Each ranker, fitted on column movie_ids."""
    movie_ids = films_of(histories)
    common_raters = raters_in_common(histories, movie_ids)
    rating_counts = common_raters.diagonal()
    rankers = [
        Popularity(movie_ids, rating_counts),
        ItemCosine(movie_ids, common_raters),
        ImplicitAls.fit(histories, movie_ids, rating_counts),
    ]
    return {ranker.name: ranker for ranker in rankers}


def _tested(split: DataFrame) -> DataFrame:
    return split.where(F.col("held_out").isNotNull()).select("movie_ids", "held_out")
