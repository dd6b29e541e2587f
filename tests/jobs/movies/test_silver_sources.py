"""The rows of each source, typed one by one: a broken field is NULL, and no row is lost."""

from datetime import UTC, date, datetime

import pytest
from pyspark.sql import SparkSession

from jobs.lakehouse.declare.table import Bronze, Silver
from jobs.lakehouse.testing import raw_frame, row_of, rows_of
from jobs.movies import flow, silver

TYPED = [
    (flow.raw_movie_titles, flow.movie_titles),
    (flow.raw_film_metadata, flow.film_metadata),
    (flow.raw_tmdb_documents, flow.tmdb_movies),
    (flow.raw_users, flow.users),
    (flow.raw_ratings, flow.ratings),
]


@pytest.mark.parametrize(("raw", "typed"), TYPED, ids=lambda table: table.short_name)
def test_every_raw_row_gives_one_row(spark: SparkSession, raw: Bronze, typed: Silver) -> None:
    """Even rows without a field and with nonsense in all, each with its raw form at the end."""
    fields = [raw.source.renames.get(field, field) for field in raw.source.columns]
    rows = [{}, *(dict.fromkeys(fields, nonsense) for nonsense in ("", "9" * 50, '[{"x', "'\\"))]
    frame = getattr(silver, typed.short_name)(raw_frame(spark, raw, *rows))

    assert len(rows) == len(frame.collect())
    assert "_source" == frame.columns[-1]


@pytest.mark.parametrize(("raw", "typed"), TYPED, ids=lambda table: table.short_name)
def test_a_malformed_line_has_no_key(spark: SparkSession, raw: Bronze, typed: Silver) -> None:
    """It arrives without fields, and its missing key sends it to quarantine."""
    row = row_of(getattr(silver, typed.short_name)(raw_frame(spark, raw, {})), *typed.key)

    assert dict.fromkeys(typed.key) == row


def test_movie_titles(spark: SparkSession) -> None:
    """The article moves in front, brackets become other titles, genres get common names."""
    raw = raw_frame(
        spark,
        flow.raw_movie_titles,
        {
            "item_id": "Postino, Il (The Postman) (1994)",
            "movie_title": "Postino, Il (The Postman)",
            "release_year": "1994.0",
            "genre": "Drama Children's Film-Noir",
        },
    )

    expected = {
        "movie_id": "Postino, Il (The Postman) (1994)",
        "title": "Il Postino",
        "other_titles": ["The Postman"],
        "release_year": 1994,
        "genres": ["Drama", "Family", "Film-Noir"],
    }
    assert expected == row_of(silver.movie_titles(raw).drop("_source"))


def test_film_metadata(spark: SparkSession) -> None:
    """Lists with commas become arrays, numbers are read whether 90 or 90.0."""
    raw = raw_frame(
        spark,
        flow.raw_film_metadata,
        {
            "ID": "593",
            "imdbID": "tt1741542",
            "Title": "Faust (2011 film)",
            "Year": "2011",
            "Runtime": "102.6",
            "Genre": "Drama, Science Fiction",
            "Released": "2011-11-10",
            "Director": "Olivier Marchal",
            "Writer": "Edgar Marie, Sammy Davis, Jr.",
            "Cast": "Élise Ça, list of Harry Potter cast members",
            "Language": "French, Standard Chinese, multiple languages",
            "Country": "France, People's Republic of China",
            "Oscars": "0",
            "BoxOffice": "41711.5",
            "Production": "Gaumont, TF1",
            "tomatoMeter": "50",
            "tomatoReviews": "6",
        },
    )

    expected = {
        "film_id": 593,
        "imdb_id": "tt1741542",
        "title": "Faust",
        "release_year": 2011,
        "released_date": date(2011, 11, 10),
        "runtime_minutes": 103,
        "genres": ["Drama", "Sci-Fi"],
        "directors": ["Olivier Marchal"],
        "writers": ["Edgar Marie", "Sammy Davis, Jr."],
        "actors": ["Élise Ça"],
        "languages": ["French", "Mandarin"],
        "countries": ["France", "China"],
        "studios": ["Gaumont", "TF1"],
        "box_office_usd": 41711.5,
        "oscars_won": 0,
        "critics_percent": 50,
        "review_count": 6,
    }
    assert expected == row_of(silver.film_metadata(raw).drop("_source"))


def test_film_metadata_that_wikidata_does_not_know(spark: SparkSession) -> None:
    """Lists are empty, numbers NULL, and 1 January is no date but a year."""
    raw = raw_frame(
        spark,
        flow.raw_film_metadata,
        {"ID": "1", "Title": "(500) Days of Summer", "Genre": "", "Released": "2009-01-01"},
    )

    row = row_of(silver.film_metadata(raw), "title", "genres", "studios", "released_date")

    assert {
        "title": "(500) Days of Summer",
        "genres": [],
        "studios": [],
        "released_date": None,
    } == row


def test_tmdb_movies(spark: SparkSession) -> None:
    """Nested documents are flattened; 0 means that TMDB does not know."""
    raw = raw_frame(
        spark,
        flow.raw_tmdb_documents,
        {
            "id": "19995",
            "title": "Avatar",
            "original_title": "Avatar",
            "original_language": "en",
            "overview": " In the 22nd century … ",
            "release_date": "2009-12-10",
            "runtime": "162.0",
            "budget": "0",
            "revenue": "2787965087",
            "popularity": "150.437577",
            "vote_average": "7.2",
            "vote_count": "11800",
            "genres": '[{"id": 28, "name": "Action"}, {"id": 878, "name": "Science Fiction"}]',
            "keywords": '{"keywords": [{"id": 1463, "name": "culture clash"}]}',
            "production_companies": '[{"id": 289, "name": "Ingenious"}, {"id": 1, "name": ""}]',
            "production_countries": '[{"iso_3166_1": "US", "name": "United States of America"}]',
            "spoken_languages": '[{"iso_639_1": "es", "name": "Español"}]',
            "credits": """{
                "cast": [{"id": 1, "name": "Zoe Saldana", "character": "Neytiri", "order": 1},
                         {"id": 2, "name": null, "character": "Nobody", "order": 2}],
                "crew": [{"id": 3, "name": "James Cameron", "job": "Director"}]
            }""",
        },
    )

    expected = {
        "tmdb_id": 19995,
        "title": "Avatar",
        "original_title": "Avatar",
        "original_language": "en",
        "overview": "In the 22nd century …",
        "released_date": date(2009, 12, 10),
        "runtime_minutes": 162,
        "budget_usd": None,
        "revenue_usd": 2787965087,
        "popularity": 150.437577,
        "vote_average": 7.2,
        "vote_count": 11800,
        "genres": ["Action", "Sci-Fi"],
        "keywords": ["culture clash"],
        "studios": ["Ingenious"],
        "country_codes": ["US"],
        "language_codes": ["es"],
        "actors": [{"name": "Zoe Saldana", "character": "Neytiri", "billing": 1}],
        "crew": [{"name": "James Cameron", "job": "Director"}],
    }
    assert expected == row_of(silver.tmdb_movies(raw).drop("_source"))


def test_broken_json_is_null_and_missing_json_empty(spark: SparkSession) -> None:
    """So a broken document goes to quarantine, and a short one does not."""
    raw = raw_frame(
        spark,
        flow.raw_tmdb_documents,
        {"id": "1", "genres": '[{"name": "Dra', "credits": '{"cast": [], "crew": [{'},
        {"id": "2"},
    )

    assert [
        {"tmdb_id": 1, "genres": None, "actors": None, "crew": None},
        {"tmdb_id": 2, "genres": [], "actors": [], "crew": []},
    ] == rows_of(silver.tmdb_movies(raw), "tmdb_id", "genres", "actors", "crew")


def test_users(spark: SparkSession) -> None:
    """Codes become words; unknown codes and users of other data sets are NULL."""
    user = {"age": "56", "gender": "M", "occupation": "16", "zip_code": "70072"}
    raw = raw_frame(
        spark,
        flow.raw_users,
        {"user_id": "1m_2", **user},
        {"user_id": "1m_3", **user, "age": "25.0", "occupation": "0"},
        {"user_id": "1m_4", **user, "age": "19", "occupation": "21"},
        {"user_id": "100k_5", **user},
    )
    same = {"gender": "M", "zip_code": "70072"}

    assert [
        {**same, "user_id": None, "age_group": "56+", "occupation": "self-employed"},
        {**same, "user_id": 2, "age_group": "56+", "occupation": "self-employed"},
        {**same, "user_id": 3, "age_group": "25-34", "occupation": "other or not specified"},
        {**same, "user_id": 4, "age_group": None, "occupation": None},
    ] == rows_of(silver.users(raw).drop("_source"))


def test_ratings(spark: SparkSession) -> None:
    """Stars and Unix seconds are read; what cannot be read is NULL."""
    raw = raw_frame(
        spark,
        flow.raw_ratings,
        {"user_id": "1m_1", "item_id": " Alien (1979) ", "rating": "5", "timestamp": "978300760"},
        {"user_id": "1m_2", "item_id": "", "rating": "five", "timestamp": "9" * 30},
    )

    assert [
        {
            "user_id": 1,
            "movie_id": "Alien (1979)",
            "rating": 5.0,
            "rated_at": datetime(2000, 12, 31, 22, 12, 40, tzinfo=UTC),
        },
        {"user_id": 2, "movie_id": None, "rating": None, "rated_at": None},
    ] == rows_of(silver.ratings(raw).drop("_source"))


def test_the_raw_row_travels_along(spark: SparkSession) -> None:
    """Quarantine shows a rejected row as it came."""
    raw = raw_frame(spark, flow.raw_ratings, {"user_id": "?", "rating": "five"})

    expected = {"user_id": "?", "item_id": None, "rating": "five", "timestamp": None}
    assert expected == row_of(silver.ratings(raw), "_source.raw")["raw"]
