"""What hangs on the films of the catalogue: genres, people, studios, languages, countries."""

import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs.lakehouse.declare.table import Silver
from jobs.lakehouse.testing import frame, row_of, rows_of
from jobs.movies import flow, silver


@pytest.fixture(scope="module")
def films(spark: SparkSession) -> dict[str, DataFrame]:
    """A film that all sources know, one of Wikidata and one of TMDB, with all their lists."""
    return {
        "movies": frame(
            spark,
            flow.movies,
            {"movie_id": "A", "film_id": 1, "tmdb_id": 10},
            {"movie_id": "B", "film_id": 2},
            {"movie_id": "C", "tmdb_id": 30},
        ),
        "movie_titles": frame(
            spark, flow.movie_titles, {"movie_id": "A", "genres": ["Film-Noir", "Drama"]}
        ),
        "film_metadata": frame(
            spark,
            flow.film_metadata,
            {
                "film_id": 1,
                "genres": ["Drama", "Crime"],
                "directors": ["J. J. Abrams"],
                "writers": ["J. J. Abrams"],
                "actors": ["Zoe Saldana", "Orson Welles"],
                "languages": ["English"],
                "countries": ["United States"],
                "studios": ["StudioCanal"],
            },
            {
                "film_id": 2,
                "genres": ["Crime"],
                "directors": ["J. J. Abrams"],
                "studios": ["StudioCanal", "???"],
            },
        ),
        "tmdb_movies": frame(
            spark,
            flow.tmdb_movies,
            {
                "tmdb_id": 10,
                "genres": ["Drama"],
                "studios": ["Studiocanal "],
                "country_codes": ["US", "HK"],
                "language_codes": ["en", "xx", "qq"],
                "actors": [
                    {"name": "Zoe Saldana", "character": "Twin", "billing": 7},
                    {"name": "Zoe Saldana", "character": "Neytiri", "billing": 1},
                ],
                "crew": [
                    {"name": "J.J. Abrams", "job": "Director"},
                    {"name": "Ann Author", "job": "Novel"},
                    {"name": "Ann Author", "job": "Screenplay"},
                    {"name": "Gus Gaffer", "job": "Gaffer"},
                ],
            },
            {"tmdb_id": 30, "genres": ["Western"], "studios": ["Canal+"]},
        ),
    }


def made(films: dict[str, DataFrame], table: Silver) -> DataFrame:
    """A table that is made of these films."""
    return getattr(silver, table.short_name)(*(films[step.short_name] for step in table.reads))  # type: ignore[no-any-return]


def test_genres_of_all_sources(films: dict[str, DataFrame]) -> None:
    """A genre that several sources give counts once."""
    pairs = rows_of(made(films, flow.movie_genres), "movie_id", "genre_id", "genre")

    assert [
        ("A", "crime", "Crime"),
        ("A", "drama", "Drama"),
        ("A", "film-noir", "Film-Noir"),
        ("B", "crime", "Crime"),
        ("C", "western", "Western"),
    ] == [tuple(pair.values()) for pair in pairs]


def test_spellings_of_a_studio_become_one(films: dict[str, DataFrame]) -> None:
    """The most frequent spelling is shown; a name without letters is none."""
    pairs = rows_of(made(films, flow.movie_studios))

    assert [
        {"movie_id": "A", "studio_id": "studiocanal", "studio": "StudioCanal"},
        {"movie_id": "B", "studio_id": "studiocanal", "studio": "StudioCanal"},
        {"movie_id": "C", "studio_id": "canal-plus", "studio": "Canal+"},
    ] == pairs


def test_spellings_of_a_tie_are_chosen_by_alphabet(spark: SparkSession) -> None:
    """So every run shows the same name."""
    movies = frame(spark, flow.movies, {"movie_id": "A", "film_id": 1})
    films = frame(spark, flow.film_metadata, {"film_id": 1, "studios": ["dEF", "DEF", "Def"]})
    none = frame(spark, flow.tmdb_movies)

    assert {"movie_id": "A", "studio_id": "def", "studio": "DEF"} == row_of(
        silver.movie_studios(movies, films, none)
    )


def test_codes_become_the_names_that_wikidata_uses(films: dict[str, DataFrame]) -> None:
    """TMDB's code and Wikidata's name of a place meet; an unknown code is shown as it is."""
    assert [
        {"movie_id": "A", "country_id": "hong-kong", "country": "Hong Kong"},
        {"movie_id": "A", "country_id": "united-states", "country": "United States"},
    ] == rows_of(made(films, flow.movie_countries))
    assert [
        {"movie_id": "A", "language_id": "english", "language": "English"},
        {"movie_id": "A", "language_id": "qq", "language": "qq"},
    ] == rows_of(made(films, flow.movie_languages))


def test_people_and_their_roles(films: dict[str, DataFrame]) -> None:
    """One row per role; a part comes from TMDB's cast, the first in it if there are several."""
    rows = rows_of(made(films, flow.movie_people))

    assert [
        ("A", "ann-author", "Ann Author", "writer", None, None),
        ("A", "j-j-abrams", "J. J. Abrams", "director", None, None),
        ("A", "j-j-abrams", "J. J. Abrams", "writer", None, None),
        ("A", "orson-welles", "Orson Welles", "actor", None, None),
        ("A", "zoe-saldana", "Zoe Saldana", "actor", "Neytiri", 1),
        ("B", "j-j-abrams", "J. J. Abrams", "director", None, None),
    ] == [tuple(row.values()) for row in rows]


def test_people_are_counted_by_role(spark: SparkSession) -> None:
    """A film counts once in each role."""
    everybody = frame(
        spark,
        flow.movie_people,
        {"movie_id": "A", "person_id": "x", "name": "X", "role": "director"},
        {"movie_id": "A", "person_id": "x", "name": "X", "role": "actor"},
        {"movie_id": "B", "person_id": "x", "name": "X", "role": "actor"},
    )

    assert {
        "person_id": "x",
        "name": "X",
        "directed_count": 1,
        "wrote_count": 0,
        "acted_count": 2,
    } == row_of(silver.people(everybody))


@pytest.mark.parametrize(
    ("bridge", "table"),
    [
        (flow.movie_genres, flow.genres),
        (flow.movie_studios, flow.studios),
        (flow.movie_languages, flow.languages),
        (flow.movie_countries, flow.countries),
    ],
    ids=lambda table: table.short_name,
)
def test_films_of_a_thing_are_counted(spark: SparkSession, bridge: Silver, table: Silver) -> None:
    """One row per id with the number of its films."""
    identity, name = bridge.key[1], bridge.key[1].removesuffix("_id")
    pairs = [("A", "x", "X"), ("B", "x", "X"), ("B", "y", "Y")]
    rows = [dict(zip(["movie_id", identity, name], pair, strict=True)) for pair in pairs]
    counted = getattr(silver, table.short_name)(frame(spark, bridge, *rows))

    assert [
        {identity: "x", "name": "X", "movie_count": 2},
        {identity: "y", "name": "Y", "movie_count": 1},
    ] == rows_of(counted)
