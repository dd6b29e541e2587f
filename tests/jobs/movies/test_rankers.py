"""Rankers, histories and metrics against figures worked out by hand or by brute force."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from pyspark.ml.recommendation import ALS
from pyspark.sql import DataFrame, SparkSession

from jobs.movies.histories import (
    films_of,
    histories_of,
    history_matrix,
    leave_last_out,
    raters_in_common,
)
from jobs.movies.rankers import ImplicitAls, ItemCosine, Popularity, Ranker
from jobs.movies.ranking_quality import measure, metrics_of
from jobs.movies.top_n import best_unrated, top_n

START = datetime(2000, 1, 1, tzinfo=UTC)
FILMS = pd.Index(["A", "B", "C", "D"], dtype=object)
RATINGS_SCHEMA = "user_id INT, movie_id STRING, rating DOUBLE, rated_at TIMESTAMP"


def rated(spark: SparkSession, *ratings: tuple[int, str, int]) -> DataFrame:
    """Ratings from (user, film, minute)."""
    rows = [(user, film, 4.0, START + timedelta(minutes=minute)) for user, film, minute in ratings]
    return spark.createDataFrame(rows, RATINGS_SCHEMA)


@pytest.fixture(scope="module")
def histories(spark: SparkSession) -> DataFrame:
    """Forty users with one to twelve of fifteen films, at random."""
    random = np.random.default_rng(5)
    films = np.array([f"film {number:02}" for number in range(15)])
    rows = [
        (user, random.choice(films, size=1 + user % 12, replace=False).tolist())
        for user in range(40)
    ]
    return spark.createDataFrame(rows, "user_id INT, movie_ids ARRAY<STRING>").persist()


def test_history_is_ordered_by_time(spark: SparkSession) -> None:
    """A history lists a user's films from the first rated to the last, whatever the row order."""
    ratings = rated(spark, (1, "B", 3), (2, "A", 9), (1, "C", 1), (1, "A", 2))

    found = {row["user_id"]: row["movie_ids"] for row in histories_of(ratings).collect()}

    assert {1: ["C", "A", "B"], 2: ["A"]} == found


def test_films_of_one_second_have_a_fixed_order(spark: SparkSession) -> None:
    """Ties in time are broken alike for every order of rows and partitions, not by title."""
    films = [f"film {number:02}" for number in range(20)]
    ratings = rated(spark, *((user, film, 0) for user in (1, 2) for film in films))

    once = {row["user_id"]: row["movie_ids"] for row in histories_of(ratings).collect()}
    again = histories_of(ratings.orderBy("movie_id", ascending=False).repartition(3)).collect()

    assert once == {row["user_id"]: row["movie_ids"] for row in again}
    assert films != once[1]
    assert once[1] != once[2]


def test_leave_last_out_tests_users_with_three_or_more(spark: SparkSession) -> None:
    """The last film never trains: whom an older rating joins later would be tested on it.

    Users with fewer than three ratings are not tested.
    """
    rows = [(1, ["A", "B", "C"]), (2, ["A", "B"]), (3, ["D"])]
    histories = spark.createDataFrame(rows, "user_id INT, movie_ids ARRAY<STRING>")

    found = {row["user_id"]: tuple(row)[1:] for row in leave_last_out(histories).collect()}

    assert {1: (["A", "B"], "C"), 2: (["A"], None), 3: ([], None)} == found


def test_films_stand_by_number_of_ratings_then_by_id(spark: SparkSession) -> None:
    """The most often rated film is first; equals stand by their ids."""
    rows = [(["C", "B"],), (["C", "A"],), (["C"],)]

    found = films_of(spark.createDataFrame(rows, "movie_ids ARRAY<STRING>"))

    assert ["C", "A", "B"] == found.tolist()


def test_history_matrix_holds_places_from_the_end() -> None:
    """The last film has place 1; a film that is not known keeps its place without a column."""
    found = history_matrix([["A", "X", "C"], [], ["D"]], FILMS)

    assert [[3, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 1]] == found.toarray().tolist()


def test_raters_in_common_equal_brute_force(histories: DataFrame) -> None:
    """The blockwise products of all partitions add up to what counting pairs one by one gives."""
    films = films_of(histories)
    sets = [set(row["movie_ids"]) for row in histories.collect()]
    expected = [[sum({a, b} <= rated for rated in sets) for b in films] for a in films]

    found = raters_in_common(histories.repartition(3), films)

    assert expected == found.tolist()


def test_raters_in_common_without_users(spark: SparkSession) -> None:
    """Empty partitions count nothing."""
    nobody = spark.createDataFrame([], "user_id INT, movie_ids ARRAY<STRING>")

    found = raters_in_common(nobody, np.array(["A", "B"]))

    assert [[0, 0], [0, 0]] == found.tolist()


def test_top_n_prefers_the_first_of_equals() -> None:
    """Places go by value, and of equal values to the first column, at the last place too."""
    scores = np.array([[1, 3, 1, 1, 3], [0, 0, 0, 0, 0], [5, 4, 3, 2, 1]], dtype=np.float32)

    assert [[1, 4, 0], [0, 1, 2], [0, 1, 2]] == top_n(scores, 3).tolist()


def test_top_n_equals_a_full_sort() -> None:
    """The selection finds what sorting all values would, with many ties about."""
    scores = np.random.default_rng(1).integers(0, 9, size=(50, 40)).astype(np.float32)
    expected = np.argsort(-scores, axis=1, kind="stable")[:, :7]

    assert expected.tolist() == top_n(scores, 7).tolist()


def test_top_n_of_few_columns() -> None:
    """Asking for more than there is gives all."""
    assert [[1, 0]] == top_n(np.array([[1, 2]], dtype=np.float32), 10).tolist()


def test_item_cosine_by_hand() -> None:
    """A score is the sum over the history of recency times the damped share of common raters."""
    counts = np.array([[9, 6, 3], [6, 8, 2], [3, 2, 4]], dtype=np.uint32)
    ranker = ItemCosine(np.array(["A", "B", "C"]), counts)
    history = history_matrix([["A", "B"]], ranker.films)
    by_b = 2 / (8**0.4 * 4**0.6 + 10)
    by_a = 3 / (9**0.4 * 4**0.6 + 10)

    assert pytest.approx(by_b + 0.6 * by_a, rel=1e-6) == ranker.score(history)[0, 2]
    assert pytest.approx(6 / (72**0.5 + 10), rel=1e-6) == ranker.similarity()[0, 1]
    assert [0, 0, 0] == ranker.similarity().diagonal().tolist()


def test_implicit_als_scores_users_as_mllib_does(histories: DataFrame) -> None:
    """Solving for users from their histories gives MLlib's own user factors."""
    films = films_of(histories)
    number_of = {film: number for number, film in enumerate(films.tolist())}
    rows = histories.orderBy("user_id").collect()
    pairs = [(row["user_id"], number_of[film], 1.0) for row in rows for film in row["movie_ids"]]
    als = ALS(rank=4, alpha=1.0, regParam=0.05, maxIter=3, implicitPrefs=True, seed=7)
    fitted = als.setParams(userCol="user", itemCol="film", ratingCol="rated").fit(
        histories.sparkSession.createDataFrame(pairs, "user INT, film INT, rated FLOAT")
    )
    factors, users = (
        np.stack(table.orderBy("id").toPandas()["features"].to_list())
        for table in (fitted.itemFactors, fitted.userFactors)
    )
    ranker = ImplicitAls(films, np.ones(len(films), dtype=np.uint32), factors)

    found = ranker.score(history_matrix([row["movie_ids"] for row in rows], ranker.films))

    assert pytest.approx(users @ factors.T, abs=1e-4) == found


def test_implicit_als_likes_what_users_rated(histories: DataFrame) -> None:
    """Films that a user has rated score higher than those he has not."""
    films = films_of(histories)
    ranker = ImplicitAls.fit(histories, films, np.ones(len(films), dtype=np.uint32))
    rows = [row["movie_ids"] for row in histories.collect()]
    history = history_matrix(rows, ranker.films)

    scores = ranker.score(history)

    has = history.toarray() > 0
    assert scores[has].mean() > scores[~has].mean() + 0.3


def test_rated_films_are_left_out() -> None:
    """The best unrated films never are rated ones, and films not offered stay out as well."""
    ranker = Popularity(np.array(["A", "B", "C", "D"]), np.array([9, 7, 5, 1], dtype=np.uint32))
    history = history_matrix([["A"], ["B", "C"]], ranker.films)
    offered = np.array([True, True, False, True])

    best, scores = best_unrated(ranker, history, 4, offered)

    assert [[1, 3], [0, 3]] == [
        row[keep].tolist() for row, keep in zip(best, np.isfinite(scores), strict=True)
    ]


def test_metrics_by_hand() -> None:
    """Three users whose films stand at places 1 and 3 and nowhere."""
    found = np.zeros(10, dtype=np.int64)
    found[[0, 2]] = 1

    assert {
        "ndcg_at_10": pytest.approx((1 + 1 / 2) / 3),
        "recall_at_10": pytest.approx(2 / 3),
        "mrr_at_10": pytest.approx((1 + 1 / 3) / 3),
    } == metrics_of(found, 3)


def test_measure_by_hand(spark: SparkSession) -> None:
    """Popularity shows A to D without what a user rated; an unknown film counts as missed."""
    ranker: Ranker = Popularity(
        np.array(["A", "B", "C", "D"]), np.array([9, 7, 5, 1], dtype=np.uint32)
    )
    tested = spark.createDataFrame(
        [(["A"], "B"), (["A", "C"], "D"), (["B"], "unknown")],
        "movie_ids ARRAY<STRING>, held_out STRING",
    )

    found = measure({"popularity": ranker}, tested)["popularity"]

    gain = (1 + 1 / np.log2(3)) / 3
    assert pytest.approx(gain) == found["ndcg_at_10"]
    assert pytest.approx(2 / 3) == found["recall_at_10"]
    assert pytest.approx((1 + 1 / 2) / 3) == found["mrr_at_10"]
    assert found["coverage"] == 1
