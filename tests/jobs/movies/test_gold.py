"""What is answered about films, genres and users, against figures made by hand or in SQLite."""

import random
import sqlite3
import statistics
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs.lakehouse.testing import frame, row_of, rows_of
from jobs.movies import flow, gold

START = datetime(2000, 12, 31, 23, 59, 59, tzinfo=UTC)
Rating = tuple[int, str, float, datetime]


def ratings_of(spark: SparkSession, *rows: Rating) -> DataFrame:
    """Ratings as user, film, stars and time."""
    columns = ("user_id", "movie_id", "rating", "rated_at")
    return frame(spark, flow.ratings, *(dict(zip(columns, row, strict=True)) for row in rows))


def genres_of(spark: SparkSession, **genres: str) -> DataFrame:
    """The genres of films, as a text with spaces for each."""
    rows = [
        {"movie_id": movie, "genre_id": genre.lower(), "genre": genre}
        for movie, names in genres.items()
        for genre in names.split()
    ]
    return frame(spark, flow.movie_genres, *rows)


@pytest.fixture(scope="module")
def some_ratings() -> list[Rating]:
    """Some hundred ratings by chance, always the same ones."""
    chance = random.Random(7)  # noqa: S311 - no secret
    pairs = {(chance.randint(1, 20), f"m{chance.randint(1, 30)}") for _ in range(300)}
    return [
        (user, movie, float(chance.randint(1, 5)), START + timedelta(days=chance.randint(0, 90)))
        for user, movie in sorted(pairs)
    ]


def test_movie_stats(spark: SparkSession) -> None:
    """Counts by stars, and a mean drawn to that of all films by 50 ratings of it."""
    ratings = ratings_of(
        spark,
        (1, "A", 5.0, START),
        (2, "A", 4.0, START + timedelta(days=1)),
        (1, "B", 3.0, START),
        (2, "B", 4.5, START),
    )
    movies = frame(
        spark,
        flow.movies,
        {"movie_id": "A", "title": "a", "release_year": 1999},
        {"movie_id": "B", "title": "b"},
        {"movie_id": "unrated", "title": "c"},
    )
    mean_of_all = 16.5 / 4

    found = rows_of(gold.movie_stats(ratings, movies))

    assert ["A", "B"] == [row["movie_id"] for row in found]
    assert {
        "movie_id": "A",
        "title": "a",
        "release_year": 1999,
        "rating_count": 2,
        "mean_rating": 4.5,
        "bayesian_mean": pytest.approx((50 * mean_of_all + 9.0) / 52),
        "one_star_count": 0,
        "two_star_count": 0,
        "three_star_count": 0,
        "four_star_count": 1,
        "five_star_count": 1,
        "first_rated_at": START,
        "last_rated_at": START + timedelta(days=1),
    } == found[0]
    assert (1, 1) == (found[1]["three_star_count"], found[1]["four_star_count"])


def test_movie_stats_agree_with_sqlite(spark: SparkSession, some_ratings: list[Rating]) -> None:
    """Another engine computes the same from the definition."""
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE ratings (user_id, movie_id, rating, rated_at TEXT)")
        database.executemany(
            "INSERT INTO ratings VALUES (?, ?, ?, ?)",
            [(*row[:3], row[3].isoformat()) for row in some_ratings],
        )
        expected = database.execute(
            """
            SELECT movie_id, count(*), avg(rating),
                (50 * (SELECT avg(rating) FROM ratings) + sum(rating)) / (50 + count(*)),
                sum(rating = 1), sum(rating = 5)
            FROM ratings GROUP BY movie_id ORDER BY movie_id
            """
        ).fetchall()
    movies = frame(spark, flow.movies, *({"movie_id": row[0], "title": "t"} for row in expected))

    found = rows_of(
        gold.movie_stats(ratings_of(spark, *some_ratings), movies),
        *("movie_id", "rating_count", "mean_rating", "bayesian_mean"),
        *("one_star_count", "five_star_count"),
    )

    assert [pytest.approx(row[1:]) for row in expected] == [tuple(r.values())[1:] for r in found]
    assert [row[0] for row in expected] == [row["movie_id"] for row in found]


def test_genre_trends(spark: SparkSession) -> None:
    """A month ends with its last second in UTC; shares are of all its ratings."""
    ratings = ratings_of(
        spark,
        (1, "A", 5.0, START),
        (2, "A", 3.0, START),
        (1, "B", 1.0, START),
        (1, "no_genre", 1.0, START),
        (3, "A", 2.0, START + timedelta(seconds=1)),
    )
    genres = genres_of(spark, A="Drama Crime", B="Drama")
    december, january = date(2000, 12, 1), date(2001, 1, 1)

    assert [
        ("crime", "Crime", december, 2, 4.0, 0.5),
        ("crime", "Crime", january, 1, 2.0, 1.0),
        ("drama", "Drama", december, 3, 3.0, 0.75),
        ("drama", "Drama", january, 1, 2.0, 1.0),
    ] == [tuple(row.values()) for row in rows_of(gold.genre_trends(ratings, genres))]


def test_user_profiles(spark: SparkSession) -> None:
    """Days are days of UTC, the favourite genre the one rated most often."""
    ratings = ratings_of(
        spark,
        (1, "A", 5.0, START),
        (1, "B", 2.0, START + timedelta(seconds=1)),
        (1, "C", 2.0, START + timedelta(seconds=2)),
        (2, "no_genre", 4.0, START),
    )
    person = {"gender": "F", "age_group": "25-34", "occupation": "writer"}
    users = frame(spark, flow.users, *({"user_id": number, **person} for number in (1, 2, 3)))
    genres = genres_of(spark, A="Crime", B="Drama", C="Drama")

    assert [
        {
            "user_id": 1,
            **person,
            "rating_count": 3,
            "mean_rating": 3.0,
            "rating_stddev": pytest.approx(statistics.stdev([5, 2, 2])),
            "favourite_genre": "Drama",
            "first_rated_at": START,
            "last_rated_at": START + timedelta(seconds=2),
            "active_days": 2,
        },
        {
            "user_id": 2,
            **person,
            "rating_count": 1,
            "mean_rating": 4.0,
            "rating_stddev": None,
            "favourite_genre": None,
            "first_rated_at": START,
            "last_rated_at": START,
            "active_days": 1,
        },
    ] == rows_of(gold.user_profiles(ratings, users, genres))


def test_favourite_genres_of_a_tie(spark: SparkSession) -> None:
    """Of genres rated as often the best rated counts, of those the first in the alphabet."""
    ratings = ratings_of(
        spark,
        (1, "A", 3.0, START),
        (1, "B", 4.0, START),
        (2, "A", 4.0, START),
        (2, "B", 4.0, START),
    )
    users = frame(spark, flow.users, {"user_id": 1}, {"user_id": 2})
    profiles = gold.user_profiles(ratings, users, genres_of(spark, A="Drama", B="War"))

    assert [
        {"user_id": 1, "favourite_genre": "War"},
        {"user_id": 2, "favourite_genre": "Drama"},
    ] == rows_of(profiles, "user_id", "favourite_genre")


def test_favourite_genres_agree_with_python(
    spark: SparkSession, some_ratings: list[Rating]
) -> None:
    """A loop over the ratings finds the same favourites."""
    genre_of = {f"m{number}": ("Crime", "Drama", "War")[number % 3] for number in range(1, 31)}
    stars: dict[int, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for user, movie, rating, _ in some_ratings:
        stars[user][genre_of[movie]].append(rating)
    expected = [
        {
            "user_id": user,
            "favourite_genre": min(
                genres, key=lambda name: (-len(genres[name]), -statistics.mean(genres[name]), name)
            ),
        }
        for user, genres in sorted(stars.items())
    ]
    users = frame(spark, flow.users, *({"user_id": user} for user in stars))

    profiles = gold.user_profiles(
        ratings_of(spark, *some_ratings), users, genres_of(spark, **genre_of)
    )

    assert expected == rows_of(profiles, "user_id", "favourite_genre")


def test_top_movies(spark: SparkSession) -> None:
    """Twenty places in each genre and decade; ties go by the number of ratings, then the name."""
    stats = [
        {"movie_id": f"m{n:02}", "title": "t", "release_year": 1990 + n % 10, "rating_count": 9}
        | {"bayesian_mean": 4.0 - n / 100}
        for n in range(25)
    ]
    tied = {"title": "t", "release_year": 2000, "bayesian_mean": 3.0}
    movie_stats = frame(
        spark,
        flow.movie_stats,
        *stats,
        {"movie_id": "tie_b", "rating_count": 2, **tied},
        {"movie_id": "tie_a", "rating_count": 2, **tied},
        {"movie_id": "tie_c", "rating_count": 3, **tied},
        {"movie_id": "undated", "title": "t", "bayesian_mean": 5.0, "rating_count": 9},
    )
    names = [*(str(row["movie_id"]) for row in stats), "tie_a", "tie_b", "tie_c", "undated"]
    genres = genres_of(spark, **dict.fromkeys(names, "Drama"))

    found = rows_of(gold.top_movies(movie_stats, genres), "decade", "place", "movie_id", "genre")

    nineties = [(1990, place, f"m{place - 1:02}", "Drama") for place in range(1, 21)]
    noughties = [
        (2000, 1, "tie_c", "Drama"),
        (2000, 2, "tie_a", "Drama"),
        (2000, 3, "tie_b", "Drama"),
    ]
    assert nineties + noughties == [tuple(row.values()) for row in found]


def test_without_ratings_there_are_no_answers(spark: SparkSession) -> None:
    """Empty tables give empty tables, without a division by zero."""
    ratings, genres = frame(spark, flow.ratings), frame(spark, flow.movie_genres)

    assert [] == rows_of(gold.movie_stats(ratings, frame(spark, flow.movies)))
    assert [] == rows_of(gold.genre_trends(ratings, genres))
    assert [] == rows_of(gold.user_profiles(ratings, frame(spark, flow.users), genres))
    assert [] == rows_of(gold.top_movies(frame(spark, flow.movie_stats), genres))


def test_row_of_a_film_with_a_single_rating(spark: SparkSession) -> None:
    """One rating of five stars alone is the mean of all, so nothing draws it away."""
    movies = frame(spark, flow.movies, {"movie_id": "A", "title": "a"})
    found = row_of(
        gold.movie_stats(ratings_of(spark, (1, "A", 5.0, START)), movies), "bayesian_mean"
    )

    assert {"bayesian_mean": 5.0} == found
