"""The models' training: what they predict, what they are measured on, how they are kept."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyspark.ml import PipelineModel
from pyspark.ml.linalg import DenseVector
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

import model_registry
from jobs.movies import flow, serve, train
from jobs.movies.ranker_model import RankerModel
from jobs.movies.rating_blend import BIAS, kind_of, rating_errors
from model_registry import Challenger, Contest, Decision, Origin, Registry, TooLittle

ORIGIN = Origin({"movies.ratings": 3}, rows=1800, fingerprint="abc")

PAIRS = [(1, "film 04"), (7, "film 05"), (99, "film 04"), (1, "film 99"), (99, "film 99")]
"""Two known pairs, an unknown user, an unknown film, and both."""


@pytest.fixture(scope="module")
def rating_challenger(small_ratings: DataFrame) -> Challenger:
    """The rating model trained on the small ratings."""
    return trained(train.rating_model(small_ratings))


@pytest.fixture(scope="module")
def ranker_challenger(small_ratings: DataFrame) -> Challenger:
    """The ranker trained on the small ratings."""
    return trained(train.ranker(small_ratings))


def trained(outcome: Challenger | TooLittle) -> Challenger:
    """The challenger, where there was enough to train one."""
    assert isinstance(outcome, Challenger)
    return outcome


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """An empty registry in a file."""
    home = tmp_path_factory.mktemp("registry")
    return Registry(f"sqlite:///{home / 'mlflow.db'}", (home / "artifacts").as_uri())


@pytest.fixture(scope="module")
def pairs(spark: SparkSession) -> DataFrame:
    """The pairs to predict for."""
    return spark.createDataFrame(PAIRS, "user_id INT, movie_id STRING")


def submit(challenger: Challenger | TooLittle, model: str, registry: Registry) -> Decision:
    """Hand a challenger to the gate as the runner does."""
    declared = {"rating_model": flow.rating_model, "ranker": flow.ranker}[model]
    return model_registry.submit(
        challenger,
        Contest(declared.name, declared.doc, declared.metric, declared.better),
        origin=ORIGIN,
        registry=registry,
    )


def predicted(model: PipelineModel, pairs: DataFrame) -> dict[tuple[int, str], tuple[float, float]]:
    """Bias and prediction of each pair."""
    rows = model.transform(pairs).collect()
    return {(r["user_id"], r["movie_id"]): (r[BIAS], r["prediction"]) for r in rows}


def by_hand(model: PipelineModel, mean: float, user: int, film: str) -> tuple[float, float]:
    """Bias and prediction of one pair, from the fitted stages and NumPy."""
    stages: list[Any] = list(model.stages)
    indexer, _, _, regression, raw, centred, residual, _ = stages
    users, films = indexer.labelsArray
    weights = DenseVector(regression.coefficients).toArray()
    known = str(user) in users, film in films
    bias = regression.intercept
    bias += weights[list(users).index(str(user))] if known[0] else 0.0
    bias += weights[len(users) + list(films).index(film)] if known[1] else 0.0
    if not all(known):
        return bias, float(np.clip(bias, 1, 5))
    products = []
    for part in (raw, centred, residual):
        user_row = part.userFactors.where(F.col("id") == list(users).index(str(user))).head()
        film_row = part.itemFactors.where(F.col("id") == list(films).index(film)).head()
        products.append(float(np.dot(user_row["features"], film_row["features"])))
    stars = [products[0], mean + products[1], bias + products[2]]
    return bias, float(np.clip(np.mean(stars), 1, 5))


def test_prediction_is_the_mean_of_three_parts(
    blend: tuple[PipelineModel, float], pairs: DataFrame
) -> None:
    """NumPy gets the same from the fitted factors and weights; unknown ids take the biases."""
    expected = {pair: by_hand(*blend, *pair) for pair in PAIRS}

    found = predicted(blend[0], pairs)

    assert {pair: pytest.approx(values, abs=1e-5) for pair, values in expected.items()} == found


def test_unknown_user_and_film_get_the_mean_of_all(
    blend: tuple[PipelineModel, float], pairs: DataFrame
) -> None:
    """Nothing known of either side leaves the intercept, close to the mean of all ratings."""
    bias, prediction = predicted(blend[0], pairs)[99, "film 99"]

    assert pytest.approx(blend[1], abs=0.2) == bias
    assert pytest.approx(bias) == prediction


def test_predictions_stay_within_the_stars(
    blend: tuple[PipelineModel, float], small_ratings: DataFrame
) -> None:
    """No prediction is below 1 or above 5, and no row is lost."""
    scored = blend[0].transform(small_ratings)

    found = scored.agg(F.min("prediction") >= 1, F.max("prediction") <= 5, F.count("*")).head()

    assert (True, True, small_ratings.count()) == tuple(found or ())


def test_errors_by_hand(spark: SparkSession) -> None:
    """Errors of 1 and 3 stars make an RMSE of the root of 5 and an MAE of 2."""
    scored = spark.createDataFrame([(4.0, 3.0), (1.0, 4.0)], "rating DOUBLE, p DOUBLE")

    found = rating_errors(scored, {"p": "p", "exact": "rating"})

    assert {
        "p": {"rmse": pytest.approx(5**0.5), "mae": 2.0},
        "exact": {"rmse": 0.0, "mae": 0.0},
    } == found


def test_rating_model_is_tested_on_seconds_that_end_in_8_or_9(
    rating_challenger: Challenger, small_ratings: DataFrame
) -> None:
    """Other seconds train: the mean baseline is their mean, its error that on the rest."""
    ratings = small_ratings.toPandas()
    digit = ratings["rated_at"].astype("int64") // 10**9 % 10
    training, test = ratings[digit < 8]["rating"], ratings[digit >= 8]["rating"]
    errors = test - training.mean()

    assert {
        "rmse": pytest.approx(float(np.sqrt((errors**2).mean()))),
        "mae": pytest.approx(float(errors.abs().mean())),
    } == rating_challenger.baselines["mean"]


def test_rating_model_beats_its_baselines(rating_challenger: Challenger) -> None:
    """ALS finds who likes which half of the films, which biases cannot say."""
    baselines = rating_challenger.baselines

    assert rating_challenger.metrics["rmse"] < baselines["bias"]["rmse"]
    assert baselines["bias"]["rmse"] < baselines["mean"]["rmse"]


def test_training_twice_gives_the_same_rating_model(
    rating_challenger: Challenger, small_ratings: DataFrame
) -> None:
    """The order of rows and partitions changes nothing: the errors are equal to six digits."""
    again = trained(train.rating_model(small_ratings.orderBy("rating", "user_id").repartition(3)))

    assert pytest.approx(dict(rating_challenger.metrics), rel=1e-6) == dict(again.metrics)


def test_rating_model_survives_the_registry(
    rating_challenger: Challenger, registry: Registry
) -> None:
    """The logged model loads back and errs on each test rating as the one in memory did."""
    first = submit(rating_challenger, "rating_model", registry)
    loaded = model_registry.load(flow.rating_model.name, first.version, registry)

    assert first.promoted
    assert pytest.approx(dict(rating_challenger.metrics), rel=1e-9) == dict(
        rating_challenger.score(loaded)
    )


def test_ranker_beats_popularity(ranker_challenger: Challenger) -> None:
    """The winner finds more of the held-out films than showing everyone the same ones does."""
    popularity = ranker_challenger.baselines["popularity"]

    assert ranker_challenger.metrics["ndcg_at_10"] > popularity["ndcg_at_10"]
    assert ranker_challenger.metrics["recall_at_10"] > popularity["recall_at_10"]


def test_ranker_is_tested_beside_popularity_alone(ranker_challenger: Challenger) -> None:
    """The three candidates stand in the choice; the test is the chosen one's, seen once."""
    candidates = ("popularity", "item_cosine", "implicit_als")

    assert {f"validation_{name}" for name in candidates} == {
        name for name in ranker_challenger.params if name.startswith("validation_")
    }
    assert ["popularity"] == list(ranker_challenger.baselines)
    assert "popularity" == ranker_challenger.fallback.name


def test_training_twice_gives_the_same_ranker(
    ranker_challenger: Challenger, small_ratings: DataFrame
) -> None:
    """The order of rows and partitions changes nothing."""
    again = trained(train.ranker(small_ratings.orderBy("rating", "user_id").repartition(3)))

    assert ranker_challenger.params == again.params
    assert ranker_challenger.metrics == again.metrics


def test_the_test_films_choose_no_ranker(
    ranker_challenger: Challenger, small_ratings: DataFrame
) -> None:
    """With other last films than they were, which nobody can find, the choice is the same."""
    newest = F.max("rated_at").over(Window.partitionBy("user_id"))
    is_last = F.col("rated_at") == F.col("newest")
    others = (
        small_ratings.withColumn("newest", newest)
        .withColumn("movie_id", F.when(is_last, F.lit("film 99")).otherwise(F.col("movie_id")))
        .drop("newest")
    )

    again = trained(train.ranker(others))

    assert ranker_challenger.params == again.params
    assert 0 == again.metrics["ndcg_at_10"] < ranker_challenger.metrics["ndcg_at_10"]


def test_the_ranker_is_chosen_by_the_last_film_but_one(
    ranker_challenger: Challenger, small_ratings: DataFrame
) -> None:
    """The figure noted is what Python gets that counts places of the film before the last."""
    rows = small_ratings.toPandas().sort_values(["user_id", "rated_at"])
    histories = rows.groupby("user_id")["movie_id"].agg(list)
    counts = Counter(film for history in histories for film in history[:-2])
    by_count = sorted(counts, key=lambda film: (-counts[film], film))
    gains = []
    for history in histories:
        shown = [film for film in by_count if film not in history[:-2]][:10]
        place = shown.index(history[-2]) + 1 if history[-2] in shown else None
        gains.append(1 / np.log2(place + 1) if place else 0.0)

    assert pytest.approx(np.mean(gains)) == ranker_challenger.params["validation_popularity"]
    validated = {
        name: float(figure)
        for name, figure in ranker_challenger.params.items()
        if name.startswith("validation_")
    }
    assert f"validation_{ranker_challenger.params['ranker']}" == max(
        validated, key=validated.__getitem__
    )


def test_an_unworthy_rating_model_is_replaced_by_the_biases(
    rating_challenger: Challenger, registry: Registry, pairs: DataFrame
) -> None:
    """They err as they were measured, give every pair stars, and say what they are."""
    biases, means = rating_challenger.baselines["bias"], rating_challenger.baselines["mean"]
    assert biases["rmse"] < means["rmse"]
    unworthy = replace(rating_challenger, metrics={"rmse": 9.0, "mae": 9.0})

    decision = model_registry.submit(
        unworthy,
        Contest("movies.unworthy", "No good.", "rmse", "lower"),
        origin=ORIGIN,
        registry=registry,
    )

    assert (1, 2, False) == (decision.version, decision.baseline, decision.promoted)
    loaded = model_registry.load("movies.unworthy", 2, registry)
    assert "bias" == kind_of(loaded)
    assert pytest.approx(dict(biases), rel=1e-9) == dict(rating_challenger.score(loaded))
    assert all(min(max(bias, 1), 5) == stars for bias, stars in predicted(loaded, pairs).values())


@pytest.mark.parametrize("count", [0, 2])
def test_few_ratings_train_nothing_and_baselines_are_served(
    spark: SparkSession, small_ratings: DataFrame, tmp_path: Path, count: int
) -> None:
    """Without any the table is empty; of two, who has rated the one film is offered the other."""
    empty = Registry(f"sqlite:///{tmp_path / 'mlflow.db'}", (tmp_path / "artifacts").as_uri())
    few = small_ratings.where("user_id = 1").limit(count).persist()
    movies = spark.createDataFrame(
        [(f"film {number:02}", f"Title {number:02}") for number in range(60)],
        "movie_id STRING, title STRING",
    )

    outcomes = {"rating_model": train.rating_model(few), "ranker": train.ranker(few)}

    loaded = {}
    for name, outcome in outcomes.items():
        assert isinstance(outcome, TooLittle)
        decision = submit(outcome, name, empty)
        assert decision.reason.startswith(f"not enough to train: {outcome.reason}; ")
        loaded[name] = model_registry.load(f"movies.{name}", decision.version, empty)
    stranger = few.withColumn("user_id", F.lit(99)).limit(1)
    rows = serve.recommendations(
        stranger, movies, loaded["ranker"], loaded["rating_model"]
    ).collect()
    assert (count > 0) == bool(rows)
    assert all(("popularity", "mean") == (row["ranked_by"], row["rated_by"]) for row in rows)
    mean = few.agg(F.avg("rating")).head()
    assert all(mean is not None and mean[0] == row["predicted_rating"] for row in rows)


RATINGS = st.lists(
    st.tuples(st.integers(1, 8), st.integers(0, 5), st.integers(1, 5), st.integers(0, 99)),
    max_size=48,
    unique_by=lambda rating: rating[:2],
)


@settings(max_examples=5, deadline=None, derandomize=True, database=None)
@given(rated=RATINGS)
@example(rated=[(user, film, 3, 7 * user + film) for user in range(1, 9) for film in range(6)])
def test_any_few_ratings_train_or_say_what_is_lacking(
    spark: SparkSession, rated: list[tuple[int, int, int, int]]
) -> None:
    """Few users, few films, equal stars: either all is measured, or nothing is trained."""
    start = datetime(2000, 1, 1, tzinfo=UTC)
    rows = [
        (user, f"film {film}", float(stars), start + timedelta(seconds=second))
        for user, film, stars, second in rated
    ]
    ratings = spark.createDataFrame(
        rows, "user_id INT, movie_id STRING, rating DOUBLE, rated_at TIMESTAMP"
    )
    for function, metric in ((train.rating_model, "rmse"), (train.ranker, "ndcg_at_10")):
        outcome = function(ratings)
        if isinstance(outcome, TooLittle):
            assert "found" in outcome.reason
            assert "expected" in outcome.reason
            continue
        assert np.isfinite(outcome.metrics[metric])
        assert np.isfinite(outcome.baselines[outcome.fallback.name][metric])


def test_ranker_survives_the_registry(ranker_challenger: Challenger, registry: Registry) -> None:
    """The loaded ranker scores the held-out ratings as the one in memory did, and is not beaten."""
    first = submit(ranker_challenger, "ranker", registry)
    second = submit(ranker_challenger, "ranker", registry)
    loaded = model_registry.load(flow.ranker.name, first.version, registry)

    assert isinstance(loaded, RankerModel)
    assert ranker_challenger.metrics == ranker_challenger.score(loaded)
    assert [True, False] == [first.promoted, second.promoted]


def test_served_ranker_takes_histories(
    ranker_challenger: Challenger, registry: Registry, tmp_path: Path
) -> None:
    """Through MLflow's own interface a history gives films that are not in it, the best first."""
    import mlflow  # noqa: PLC0415  as a client without our code would

    version = submit(ranker_challenger, "ranker", registry).version
    model = mlflow.pyfunc.load_model(f"models:/{flow.ranker.name}/{version}", str(tmp_path))
    history = [f"film {number:02}" for number in range(0, 40, 2)]
    asked = pd.DataFrame({"movie_ids": [history, [], ["unknown", "film 03", "film 03"]]})

    found = model.predict(asked, params={"places": 5})

    assert [5, 5, 5] == [len(films) for films in found["movie_ids"]]
    assert not set(history) & set(found["movie_ids"][0])
    assert "film 03" not in found["movie_ids"][2]
    assert all(scores == sorted(scores, reverse=True) for scores in found["scores"])
