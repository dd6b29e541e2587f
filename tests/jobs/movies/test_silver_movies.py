"""The one catalogue of films that three sources make."""

from datetime import date

from pyspark.sql import DataFrame, SparkSession

from jobs.lakehouse.testing import frame, row_of, rows_of
from jobs.movies import flow, silver

Row = dict[str, object]


def make_movies(
    spark: SparkSession,
    *,
    movielens: tuple[Row, ...] = (),
    wikidata: tuple[Row, ...] = (),
    tmdb: tuple[Row, ...] = (),
) -> DataFrame:
    """The catalogue of some films."""
    return silver.movies(
        frame(spark, flow.movie_titles, *movielens),
        frame(spark, flow.film_metadata, *wikidata),
        frame(spark, flow.tmdb_movies, *tmdb),
    )


def test_what_the_sources_know_of_a_film_is_merged(spark: SparkSession) -> None:
    """MovieLens names it, Wikidata describes it, TMDB fills what is still unknown."""
    movies = make_movies(
        spark,
        movielens=({"movie_id": "Alien, The (1979)", "title": "The Alien", "release_year": 1979},),
        wikidata=(
            {
                "film_id": 7,
                "imdb_id": "tt0078748",
                "title": "Alien",
                "release_year": 1979,
                "runtime_minutes": 117,
                "oscars_won": 1,
                "critics_percent": 93,
            },
        ),
        tmdb=(
            {
                "tmdb_id": 348,
                "title": "Alien",
                "released_date": date(1979, 5, 25),
                "runtime_minutes": 116,
                "revenue_usd": 104931801,
                "overview": "In space …",
            },
        ),
    )

    expected = {
        "movie_id": "Alien, The (1979)",
        "title": "The Alien",
        "release_year": 1979,
        "is_in_movielens": True,
        "film_id": 7,
        "film_match": "title_and_year",
        "tmdb_id": 348,
        "tmdb_match": "title_and_year",
        "imdb_id": "tt0078748",
        "released_date": date(1979, 5, 25),
        "runtime_minutes": 117,
        "overview": "In space …",
        "box_office_usd": 104931801.0,
        "oscars_won": 1,
        "critics_percent": 93,
    }
    assert expected == row_of(movies)


def test_films_of_one_source_get_a_name_and_own(spark: SparkSession) -> None:
    """Their names have MovieLens' form; a film without a year has its title alone."""
    movies = make_movies(
        spark,
        movielens=({"movie_id": "Kid, The (1921)", "title": "The Kid", "release_year": 1921},),
        wikidata=({"film_id": 1, "title": "Heat", "release_year": 1995},),
        tmdb=(
            {"tmdb_id": 2, "title": "Eden", "released_date": date(2015, 1, 2)},
            {"tmdb_id": 3, "title": "Undated"},
        ),
    )
    columns = ["movie_id", "is_in_movielens", "film_match", "tmdb_match"]

    assert [
        ("Eden (2015)", False, None, "own"),
        ("Heat (1995)", False, "own", None),
        ("Kid, The (1921)", True, None, None),
        ("Undated", False, None, "own"),
    ] == [tuple(row.values()) for row in rows_of(movies, *columns)]


def test_namesakes_of_a_year_get_names_of_their_own(spark: SparkSession) -> None:
    """The first known keeps the plain name, the others carry their number."""
    remakes = {"title": "Eden", "release_year": 2014}
    movies = make_movies(
        spark,
        movielens=({"movie_id": "Heat (1995)", "title": "Feuer", "release_year": 1995},),
        wikidata=(
            {"film_id": 12, **remakes},
            {"film_id": 5, **remakes},
            {"film_id": 9, "title": "Heat", "release_year": 1995},
        ),
        tmdb=(
            {"tmdb_id": 8, "title": "Undated"},
            {"tmdb_id": 7, "title": "Undated"},
        ),
    )

    assert [
        {"movie_id": "Eden (2014)", "film_id": 5, "tmdb_id": None},
        {"movie_id": "Eden (2014) [film 12]", "film_id": 12, "tmdb_id": None},
        {"movie_id": "Heat (1995)", "film_id": None, "tmdb_id": None},
        {"movie_id": "Heat (1995) [film 9]", "film_id": 9, "tmdb_id": None},
        {"movie_id": "Undated", "film_id": None, "tmdb_id": 7},
        {"movie_id": "Undated [tmdb 8]", "film_id": None, "tmdb_id": 8},
    ] == rows_of(movies, "movie_id", "film_id", "tmdb_id")


def test_wikidatas_title_helps_to_find_tmdbs_film(spark: SparkSession) -> None:
    """A title that the first match brings counts in the second."""
    movies = make_movies(
        spark,
        movielens=(
            {
                "movie_id": "Boat, The (Das Boot) (1981)",
                "title": "The Boat",
                "other_titles": ["Das Boot"],
                "release_year": 1981,
            },
        ),
        wikidata=({"film_id": 1, "title": "Das Boot", "release_year": 1981},),
        tmdb=({"tmdb_id": 2, "title": "Das Boot", "released_date": date(1981, 9, 16)},),
    )

    assert {
        "film_match": "other_title_and_year",
        "tmdb_match": "other_title_and_year",
        "movie_id": "Boat, The (Das Boot) (1981)",
    } == row_of(movies, "film_match", "tmdb_match", "movie_id")
