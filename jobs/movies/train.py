"""The movies pipeline's models: trained, measured on held-out ratings beside simpler ones."""

from collections.abc import Mapping
from functools import partial

import mlflow
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.models.model import ModelInfo
from mlflow.types import ColSpec, DataType, Schema
from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.movies import ranker_choice
from jobs.movies.histories import FEWEST_RATINGS, film_counts, histories_of, leave_last_out
from jobs.movies.ranker_model import RankerModel, log_ranker
from jobs.movies.rankers import Popularity
from jobs.movies.ranking_quality import measure
from jobs.movies.rating_blend import (
    BIASES,
    PREDICTION,
    bias_model,
    fit_blend,
    mean_model,
    parameters,
    rating_errors,
)
from model_registry import Baseline, Challenger, TooLittle, pinned

FEWEST_TRAINING, FEWEST_TESTED = 20, 5
"""Ratings. With fewer, the next one decides which model is better."""
FEWEST_USERS = 5
"""Users that the ranker is tested on, for the same reason."""
RATING_SIGNATURE = ModelSignature(
    inputs=Schema([ColSpec(DataType.integer, "user_id"), ColSpec(DataType.string, "movie_id")]),
    outputs=Schema([ColSpec(DataType.double, PREDICTION)]),
)


def rating_model(ratings: DataFrame) -> Challenger | TooLittle:
    """Fit the blend on four ratings of five, and test it on the fifth.

    The last digit of the Unix second tells them apart: a split that is the same for every
    version, so no model that was ever logged has seen a test rating. What is logged is
    therefore the model that was measured, not one fitted anew on all ratings.
    """
    is_training = F.unix_timestamp("rated_at") % 10 < 8  # noqa: PLR2004
    counts = F.count_if(is_training), F.count_if(~is_training), F.avg("rating")
    train_count, test_count, mean_of_all = ratings.agg(*counts).head() or (0, 0, None)
    if train_count < FEWEST_TRAINING or test_count < FEWEST_TESTED:
        return TooLittle(
            f"found {train_count} ratings to train on and {test_count} to test on, expected "
            f"{FEWEST_TRAINING} and {FEWEST_TESTED} or more",
            Baseline("mean", partial(_log_ratings, mean_model(mean_of_all))),
        )
    test = ratings.where(~is_training)
    model, mean = fit_blend(ratings.where(is_training))
    errors = rating_errors(
        model.transform(test), {"model": PREDICTION, "mean": f"{mean!r}D", "bias": BIASES}
    )
    measured = errors.pop("model")
    simple = {"mean": mean_model(mean), "bias": bias_model(model)}
    best = min(errors, key=lambda name: errors[name]["rmse"])
    return Challenger(
        params={**parameters(), "tested_on": "last digit of the Unix second is 8 or 9"},
        metrics=measured,
        baselines=errors,
        fallback=Baseline(best, partial(_log_ratings, simple[best])),
        log=partial(_log_ratings, model),
        score=partial(_score_ratings, test),
    )


def ranker(ratings: DataFrame) -> Challenger | TooLittle:
    """Choose one of three rankers, fit it on all but each user's last rating, and look for that.

    What is logged is the ranker that was measured: it has not seen the last ratings, so it can
    be compared fairly with later versions. It loses little by that, because a user's whole
    history is an input when he is scored.
    """
    histories = histories_of(ratings)
    split = leave_last_out(histories)
    cached = split.persist()
    try:
        users = ranker_choice.tested(cached).count()
        if users < FEWEST_USERS:
            return TooLittle(
                f"found {users} users with {FEWEST_RATINGS} ratings or more, expected "
                f"{FEWEST_USERS} or more",
                # Nothing will be measured on the last ratings, so they count as well.
                _popularity(histories)[1],
            )
        choice = ranker_choice.choose(cached.select("user_id", "movie_ids"))
        chosen = ranker_choice.fit(choice.name, cached)
        popularity, fallback = _popularity(cached)
        measured = measure(
            {"chosen": chosen, fallback.name: popularity}, ranker_choice.tested(cached)
        )
    finally:
        cached.unpersist()
    return Challenger(
        params={
            "ranker": choice.name,
            **chosen.parameters(),
            **choice.parameters(),
            "tested_on": "last rating of each user",
        },
        metrics=measured.pop("chosen"),
        baselines=measured,
        fallback=fallback,
        log=partial(log_ranker, chosen),
        score=partial(_score_ranker, split),
    )


def _popularity(histories: DataFrame) -> tuple[Popularity, Baseline]:
    """The most rated films, as a ranker and as what may be served."""
    popularity = Popularity(*film_counts(histories))
    return popularity, Baseline(Popularity.name, partial(log_ranker, popularity))


def _log_ratings(model: PipelineModel) -> ModelInfo:
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


def _score_ratings(test: DataFrame, version: PipelineModel) -> Mapping[str, float]:
    return rating_errors(version.transform(test), {"model": PREDICTION})["model"]


def _score_ranker(split: DataFrame, version: RankerModel) -> Mapping[str, float]:
    return measure({"other": version.ranker}, ranker_choice.tested(split))["other"]
