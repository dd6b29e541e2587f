"""Documents of the API, typed one by one, and the catalogue that they make."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs.artist_catalogue import flow, silver
from jobs.lakehouse.declare.table import Bronze, Silver
from jobs.lakehouse.testing import frame, raw_frame, row_of, rows_of

TYPED = [
    (flow.raw_artists, flow.artist_crawls),
    (flow.raw_albums, flow.album_crawls),
    (flow.raw_tracks, flow.track_crawls),
    (flow.raw_audio_features, flow.audio_features),
]
MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
TUESDAY = datetime(2026, 1, 6, 9, tzinfo=UTC)


@pytest.mark.parametrize(("raw", "typed"), TYPED, ids=lambda table: table.short_name)
def test_every_raw_row_gives_one_row(spark: SparkSession, raw: Bronze, typed: Silver) -> None:
    """Also an empty document and nonsense in all fields, which have no time and no error."""
    fields = raw.source.columns
    rows = [{}, *(dict.fromkeys(fields, nonsense) for nonsense in ("9" * 50, '[{"x', "'\\"))]
    made = getattr(silver, typed.short_name)(raw_frame(spark, raw, *rows))

    assert "_source" == made.columns[-1]
    assert [None] * len(rows) == [row["crawled_at"] for row in made.collect()]


def test_an_artist_document(spark: SparkSession) -> None:
    """Followers are nested, genres are a list, times are in UTC."""
    document = {
        "id": "0ncHZ78jiHQhTHxKpO7Lcd",
        "name": " Måneskin ",
        "genres": ["indie rock", "pop"],
        "followers": {"href": None, "total": 7_000_000_000},
        "popularity": 81,
        "crawled_at": "2026-01-05T10:00:00.25+01:00",
    }

    expected = {
        "artist_id": "0ncHZ78jiHQhTHxKpO7Lcd",
        "crawled_at": MONDAY.replace(microsecond=250_000),
        "name": "Måneskin",
        "genres": ["indie rock", "pop"],
        "follower_count": 7_000_000_000,
        "popularity": 81,
    }
    made = silver.artist_crawls(_raw(spark, flow.raw_artists, document))
    assert expected == row_of(made.drop("_source"))


def test_album_documents(spark: SparkSession) -> None:
    """A release known to the year or the month has a year and no date; 0000 is no year."""
    releases = ["1969-09-26", "1969-09", "1969", "0000", None]
    documents = [
        {"id": str(number), "name": "Abbey Road", "total_tracks": 17, "release_date": release}
        for number, release in enumerate(releases)
    ]

    made = silver.album_crawls(_raw(spark, flow.raw_albums, *documents))

    years = [(1969, date(1969, 9, 26)), (1969, None), (1969, None), (None, None), (None, None)]
    assert years == [
        (row["release_year"], row["release_date"])
        for row in rows_of(made, "album_id", "release_year", "release_date")
    ]


def test_a_track_document(spark: SparkSession) -> None:
    """Album and artists are read out of their JSON; an artist without an id is left out."""
    document = {
        "id": "t1",
        "name": "Torna a casa",
        "artists": [{"id": "m", "name": "Måneskin"}, {"id": None, "name": "my brother"}],
        "album": {"id": "a", "name": "Il ballo", "release_date": "2018", "total_tracks": 12},
        "popularity": 70,
        "duration_ms": 230_000,
        "explicit": True,
        "disc_number": 1,
        "track_number": 3,
        "market": "IT",
        "crawled_at": "2026-01-05T09:00:00Z",
    }

    row = row_of(silver.track_crawls(_raw(spark, flow.raw_tracks, document)).drop("_source"))
    album = row.pop("album")

    assert {
        "track_id": "t1",
        "crawled_at": MONDAY,
        "name": "Torna a casa",
        "artists": [{"artist_id": "m", "name": "Måneskin"}],
        "popularity": 70,
        "duration_ms": 230_000,
        "is_explicit": True,
        "disc_number": 1,
        "track_number": 3,
        "market": "IT",
    } == row
    assert ("a", "Il ballo", 2018, None, 12) == tuple(
        album[name] for name in ("album_id", "name", "release_year", "release_date", "track_count")
    )


def test_a_track_without_an_album(spark: SparkSession) -> None:
    """No album, one without an id or a name, and a text in its place are none, and no error."""
    albums = [None, {"id": None, "name": "Local"}, {"id": "a", "name": ""}, "somewhere"]
    documents = [{"id": str(number), "album": album} for number, album in enumerate(albums)]

    made = silver.track_crawls(_raw(spark, flow.raw_tracks, *documents))

    assert [None] * 4 == [row["album"] for row in rows_of(made, "track_id", "album")]


def test_what_spotify_could_not_measure_is_null(spark: SparkSession) -> None:
    """It writes tempo 0, time signature 0 and key -1; silence and minor are values."""
    document = {"id": "t", "tempo": 0.0, "key": -1, "time_signature": 0, "mode": 0, "energy": 0.0}

    made = silver.audio_features(_raw(spark, flow.raw_audio_features, document))

    expected = {"tempo": None, "key": None, "time_signature": None, "mode": 0, "energy": 0.0}
    assert expected == row_of(made, *expected)


@pytest.fixture(scope="module")
def track_crawls(spark: SparkSession) -> DataFrame:
    """Two tracks: one was crawled twice and renamed, the other has no album."""
    anna, bert = {"artist_id": "A", "name": "Anna"}, {"artist_id": "B", "name": "Bert"}
    rows: list[dict[str, object]] = [
        {
            "track_id": "t1",
            "crawled_at": MONDAY,
            "name": "Sun (demo)",
            "artists": [bert],
            "album": _album("a1", "First", release_year=2001),
            "popularity": 3,
        },
        {
            "track_id": "t1",
            "crawled_at": TUESDAY,
            "name": "Sun - Remastered 2011",
            "artists": [anna, bert, anna],
            "album": _album("a1", "First (Deluxe)", release_year=2011),
            "popularity": 5,
        },
        {"track_id": "t2", "crawled_at": MONDAY, "name": "(Untitled)", "artists": [bert]},
    ]
    return frame(spark, flow.track_crawls, *rows).persist()


@pytest.fixture(scope="module")
def artist_crawls(spark: SparkSession) -> DataFrame:
    """Anna was crawled under two names, and lost a genre; Cleo is on no track."""
    rows: list[dict[str, object]] = [
        {"artist_id": "A", "crawled_at": MONDAY, "name": "Ann", "genres": ["pop", "Folk "]},
        {
            "artist_id": "A",
            "crawled_at": TUESDAY,
            "name": "Anna",
            "genres": ["hip  hop", "pop"],
            "follower_count": 10,
            "popularity": 50,
        },
        {"artist_id": "C", "crawled_at": MONDAY, "name": "Cleo", "genres": ["pop", ""]},
    ]
    return frame(spark, flow.artist_crawls, *rows).persist()


def test_the_latest_name_of_an_artist_wins(
    spark: SparkSession, artist_crawls: DataFrame, track_crawls: DataFrame
) -> None:
    """The earlier one is a former name; one whom only tracks name is there without figures."""
    made = silver.artists(artist_crawls, frame(spark, flow.album_crawls), track_crawls)

    assert [
        {
            "artist_id": "A",
            "name": "Anna",
            "former_names": ["Ann"],
            "follower_count": 10,
            "popularity": 50,
            "last_crawled_at": TUESDAY,
        },
        {
            "artist_id": "B",
            "name": "Bert",
            "former_names": [],
            "follower_count": None,
            "popularity": None,
            "last_crawled_at": None,
        },
        {
            "artist_id": "C",
            "name": "Cleo",
            "former_names": [],
            "follower_count": None,
            "popularity": None,
            "last_crawled_at": MONDAY,
        },
    ] == rows_of(made)


def test_genres_are_those_of_the_latest_crawl(artist_crawls: DataFrame) -> None:
    """Spelled with small letters and single blanks; an empty one is none."""
    made = silver.artist_genres(artist_crawls)

    assert [
        ("A", "hip-hop", "hip hop"),
        ("A", "pop", "pop"),
        ("C", "pop", "pop"),
    ] == [tuple(row.values()) for row in rows_of(made)]


def test_albums_come_from_their_own_crawls_and_from_tracks(
    spark: SparkSession, track_crawls: DataFrame
) -> None:
    """Of each the latest crawl counts, wherever it was found; the first artist is the main one."""
    crawl = _album("a2", "Second", track_count=9) | {"crawled_at": MONDAY}
    crawl |= {"artists": [{"artist_id": "B", "name": "Bert"}, {"artist_id": "A", "name": "Anna"}]}

    made = silver.albums(frame(spark, flow.album_crawls, crawl), track_crawls)

    columns = ("album_id", "name", "main_artist_id", "release_year", "track_count")
    assert [("a1", "First (Deluxe)", None, 2011, None), ("a2", "Second", "B", None, 9)] == [
        tuple(row.values()) for row in rows_of(made, *columns)
    ]


def test_one_id_with_two_names_is_one_track(track_crawls: DataFrame) -> None:
    """The latest name counts, the other is kept; a recording's name leaves editions out."""
    columns = ("track_id", "name", "other_names", "recording", "main_artist_id", "album_id")
    made = rows_of(silver.tracks(track_crawls), *columns)

    assert [
        ("t1", "Sun - Remastered 2011", ["Sun (demo)"], "anna: sun", "A", "a1"),
        ("t2", "(Untitled)", [], "bert: untitled", "B", None),
    ] == [tuple(row.values()) for row in made]


def test_artists_of_a_track_keep_their_places(track_crawls: DataFrame) -> None:
    """Those of the latest crawl; one who is named twice keeps the first place."""
    made = rows_of(silver.track_artists(track_crawls))

    assert [("t1", "A", 1), ("t1", "B", 2), ("t2", "B", 1)] == [tuple(r.values()) for r in made]


def test_genres_count_artists_and_their_tracks(
    artist_crawls: DataFrame, track_crawls: DataFrame
) -> None:
    """A track counts in the genres of its main artist; Bert's has none."""
    made = silver.genres(silver.artist_genres(artist_crawls), silver.tracks(track_crawls))

    assert [("hip-hop", "hip hop", 1, 1), ("pop", "pop", 2, 1)] == [
        tuple(row.values()) for row in rows_of(made)
    ]


def _raw(spark: SparkSession, table: Bronze, *documents: dict[str, Any]) -> DataFrame:
    """Documents as bronze has them: texts as they are, all else as JSON."""
    rows = [
        {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in document.items()
            if value is not None
        }
        for document in documents
    ]
    return raw_frame(spark, table, *rows)


def _album(album_id: str, name: str, **known: object) -> dict[str, object]:
    columns = ("album_id", "name", "album_type", "release_year", "release_date", "track_count")
    return dict.fromkeys(columns) | {"album_id": album_id, "name": name, "artists": []} | known
