"""What is served: twenty films for each user and for each film, whatever is known of them."""

import numpy as np
import pandas as pd
import pytest
from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.lakehouse.steps.quality import declared_columns
from jobs.movies import flow, serve
from jobs.movies.content import content_of
from jobs.movies.histories import films_of, histories_of, raters_in_common
from jobs.movies.ranker_model import RankerModel
from jobs.movies.rankers import ItemCosine, Popularity, Ranker

FILMS = 80
"""Sixty of them are rated."""


def served(ranker: Ranker) -> RankerModel:
    """A ranker as the registry hands it out."""
    model = RankerModel(ranker.name)
    model.ranker = ranker
    return model


@pytest.fixture(scope="module")
def ranker(small_ratings: DataFrame) -> RankerModel:
    """Item cosine fitted on the small ratings."""
    histories = histories_of(small_ratings)
    movie_ids = films_of(histories)
    return served(ItemCosine(movie_ids, raters_in_common(histories, movie_ids)))


@pytest.fixture(scope="module")
def movies(spark: SparkSession) -> DataFrame:
    """The rated films and twenty more; one has no year."""
    rows = [
        (f"film {number:02}", f"Title {number:02}", 1950 + number if number else None)
        for number in range(FILMS)
    ]
    return spark.createDataFrame(rows, "movie_id STRING, title STRING, release_year INT").persist()


@pytest.fixture(scope="module")
def movie_genres(spark: SparkSession) -> DataFrame:
    """Each film but the last has one of three genres."""
    rows = [(f"film {n:02}", f"genre {n % 3}") for n in range(FILMS - 1)]
    return spark.createDataFrame(rows, "movie_id STRING, genre_id STRING")


@pytest.fixture(scope="module")
def movie_people(spark: SparkSession) -> DataFrame:
    """Films 70 and 75 share somebody in two roles, films 71 and 72 somebody else."""
    rows = [
        ("film 70", "ann", "actor"),
        ("film 75", "ann", "director"),
        ("film 75", "ann", "actor"),
        ("film 71", "bob", "writer"),
        ("film 72", "bob", "writer"),
    ]
    return spark.createDataFrame(rows, "movie_id STRING, person_id STRING, role STRING")


@pytest.fixture(scope="module")
def recommended(
    small_ratings: DataFrame,
    movies: DataFrame,
    ranker: RankerModel,
    blend: tuple[PipelineModel, float],
) -> pd.DataFrame:
    """The recommendations for the small ratings."""
    made = serve.recommendations(small_ratings, movies, ranker, blend[0])
    return declared_columns(made, flow.recommendations, with_source=False).toPandas()


@pytest.fixture(scope="module")
def similar(
    movies: DataFrame, movie_genres: DataFrame, movie_people: DataFrame, ranker: RankerModel
) -> pd.DataFrame:
    """The similar films, in the order of the key."""
    made = serve.similar_movies(movies, movie_genres, movie_people, ranker)
    rows = declared_columns(made, flow.similar_movies, with_source=False).toPandas()
    return rows.sort_values(["movie_id", "place"], ignore_index=True)


def test_everyone_gets_twenty_places(recommended: pd.DataFrame) -> None:
    """Each of the sixty users has places 1 to 20, and stars between 1 and 5."""
    places = recommended.groupby("user_id")["place"].agg(sorted)

    assert [list(range(1, 21))] * 60 == places.tolist()
    assert recommended["predicted_rating"].between(1, 5).all()


def test_no_rated_film_is_recommended(recommended: pd.DataFrame, small_ratings: DataFrame) -> None:
    """No pair of user and film is among the ratings, and no film stands twice."""
    rated = set(small_ratings.select("user_id", "movie_id").toPandas().itertuples(index=False))
    pairs = list(recommended[["user_id", "movie_id"]].itertuples(index=False))

    assert not rated & set(pairs)
    assert len(pairs) == len(set(pairs))


def test_places_go_by_score(recommended: pd.DataFrame) -> None:
    """A better place never has a lower score."""
    in_order = recommended.sort_values(["user_id", "place"])

    assert (in_order.groupby("user_id")["score"].diff().fillna(0) <= 0).all()


def test_films_without_opinion_stand_by_popularity(
    small_ratings: DataFrame, movies: DataFrame, blend: tuple[PipelineModel, float]
) -> None:
    """A user who rated only a film that the ranker does not know gets the most rated ones."""
    counts = np.diag(np.arange(60, 0, -1)).astype(np.uint32)
    films = np.array([f"film {number:02}" for number in range(60)])
    stranger = small_ratings.limit(1).select(
        F.lit(500).alias("user_id"), F.lit("film 77").alias("movie_id"), "rating", "rated_at"
    )
    few = movies.where("movie_id <> 'film 01'")

    found = serve.recommendations(stranger, few, served(ItemCosine(films, counts)), blend[0])

    expected = ["film 00", *(f"film {number:02}" for number in range(2, 21))]
    assert expected == [row["movie_id"] for row in found.orderBy("place").collect()]


def test_every_film_gets_twenty_others(similar: pd.DataFrame) -> None:
    """Each of the eighty films has places 1 to 20, none of them itself, none twice."""
    by_film = similar.groupby("movie_id")

    assert FILMS == len(by_film)
    assert {tuple(range(1, 21))} == {tuple(places) for _, places in by_film["place"]}
    assert {20} == set(by_film["similar_movie_id"].nunique())
    assert not (similar["movie_id"] == similar["similar_movie_id"]).any()
    assert similar["similarity"].between(0, 1).all()


def test_ratings_come_before_content(similar: pd.DataFrame, ranker: RankerModel) -> None:
    """A film with enough raters is compared by them, one without any by content."""
    popular = str(ranker.ranker.movie_ids[0])
    methods = similar.groupby("movie_id")["method"].agg(list)

    assert ["ratings"] * 20 == methods[popular]
    assert ["content"] * 20 == methods["film 75"]


def test_similarity_by_ratings_by_hand(
    similar: pd.DataFrame, ranker: RankerModel, small_ratings: DataFrame
) -> None:
    """It is raters in common over the geometric mean of both films' raters plus ten."""
    row = similar[similar["movie_id"] == str(ranker.ranker.movie_ids[0])].iloc[0]
    rated = small_ratings.select("user_id", "movie_id").toPandas()
    raters = rated.groupby("movie_id")["user_id"].agg(set)
    one, other = raters[row["movie_id"]], raters[row["similar_movie_id"]]
    expected = len(one & other) / ((len(one) * len(other)) ** 0.5 + 10)

    assert pytest.approx(expected, rel=1e-5) == row["similarity"]


def test_a_shared_person_makes_films_most_alike(similar: pd.DataFrame) -> None:
    """Films that share somebody stand first for each other, whatever the role."""
    first = similar[similar["place"] == 1].set_index("movie_id")["similar_movie_id"]

    assert ["film 75", "film 70", "film 72", "film 71"] == [
        first[film] for film in ("film 70", "film 75", "film 71", "film 72")
    ]


def test_content_is_cosine_of_weighted_features() -> None:
    """The similarity of two films is that of their idf-weighted features, worked out by hand."""
    features = pd.DataFrame(
        {
            "movie_id": ["A", "A", "B", "B", "C"],
            "feature": ["person x", "genre g", "person x", "genre h", "genre g"],
        }
    )
    content = content_of(features, pd.Index(["A", "B", "C", "D"], dtype=object))
    shared, alone = np.log(4 / 2), np.log(4 / 1)

    ((_, found),) = content.blocks(np.arange(4), size=9)

    expected = shared**2 / (np.hypot(shared, shared) * np.hypot(shared, alone))
    assert pytest.approx(expected, rel=1e-5) == found[0, 1]
    assert pytest.approx(np.sqrt(0.5), rel=1e-5) == found[0, 2]
    assert [0, 0, 0, 0] == found[3].tolist()


def test_serving_twice_gives_the_same(
    similar: pd.DataFrame,
    movies: DataFrame,
    movie_genres: DataFrame,
    movie_people: DataFrame,
    ranker: RankerModel,
) -> None:
    """The order of rows and partitions changes nothing, with many ties about."""
    again = serve.similar_movies(
        movies.orderBy("title", ascending=False), movie_genres.repartition(3), movie_people, ranker
    ).toPandas()

    pd.testing.assert_frame_equal(
        similar, again.sort_values(["movie_id", "place"], ignore_index=True)[similar.columns]
    )


def test_a_ranker_without_similarity_leaves_it_to_content(
    movies: DataFrame, movie_genres: DataFrame, movie_people: DataFrame
) -> None:
    """Popularity cannot compare films, so all are compared by content, and all get twenty."""
    films = np.array([f"film {number:02}" for number in range(60)])
    ranker = served(Popularity(films, np.full(60, 50, dtype=np.uint32)))

    found = serve.similar_movies(movies, movie_genres, movie_people, ranker)

    assert [("content", FILMS * 20)] == [
        tuple(row) for row in found.groupBy("method").count().collect()
    ]
