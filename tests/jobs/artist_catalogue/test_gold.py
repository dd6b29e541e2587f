"""Snapshots, profiles and averages, by hand."""

from datetime import UTC, date, datetime

import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs.artist_catalogue import flow, gold
from jobs.lakehouse.testing import frame, row_of, rows_of


def at(day: int, hour: int = 9) -> datetime:
    """A time in January 2026."""
    return datetime(2026, 1, day, hour, tzinfo=UTC)


def test_artist_snapshots_follow_the_days(spark: SparkSession) -> None:
    """The last crawl of a day counts; changes are since the day before that was crawled."""
    crawls: list[dict[str, object]] = [
        {"crawled_at": at(1), "name": "Ann", "follower_count": 100, "popularity": 50},
        {"crawled_at": at(1, hour=23), "name": "Ann", "follower_count": 110, "popularity": 50},
        {"crawled_at": at(4), "name": "Anna", "follower_count": 90, "popularity": 53},
        {"crawled_at": at(5), "name": "Anna", "follower_count": None, "popularity": 53},
    ]
    made = gold.artist_snapshots(
        frame(spark, flow.artist_crawls, *({"artist_id": "A"} | crawl for crawl in crawls))
    )

    first, fourth, fifth = (date(2026, 1, day) for day in (1, 4, 5))
    assert [
        ("A", first, "Ann", 110, 50, None, None, None, None),
        ("A", fourth, "Anna", 90, 53, first, "Ann", -20, 3),
        ("A", fifth, "Anna", None, 53, fourth, None, None, 0),
    ] == [tuple(row.values()) for row in rows_of(made)]


@pytest.fixture(scope="module")
def track_snapshots(spark: SparkSession) -> DataFrame:
    """Track t1 was crawled on two days, t2 on one."""
    anna, bert = {"artist_id": "A", "name": "Anna"}, {"artist_id": "B", "name": "Bert"}
    return gold.track_snapshots(
        frame(
            spark,
            flow.track_crawls,
            _crawl("t1", 1, 40, [anna, bert]),
            _crawl("t1", 2, 44, [anna, bert]),
            _crawl("t2", 2, 10, [bert]),
        )
    ).persist()


def test_track_snapshots_follow_the_days(track_snapshots: DataFrame) -> None:
    """The main artist is the first one; the first day has nothing to compare with."""
    first, second = date(2026, 1, 1), date(2026, 1, 2)
    assert [
        ("t1", first, "song", "A", 40, None, None),
        ("t1", second, "song", "A", 44, first, 4),
        ("t2", second, "song", "B", 10, None, None),
    ] == [tuple(row.values()) for row in rows_of(track_snapshots)]


def test_genre_features_average_each_day(spark: SparkSession, track_snapshots: DataFrame) -> None:
    """A track has all genres of its main artist; one without features counts and weighs nothing."""
    genres = [("A", "pop"), ("A", "folk"), ("B", "pop")]
    made = gold.genre_features(
        track_snapshots,
        frame(
            spark,
            flow.artist_genres,
            *({"artist_id": a, "genre_id": g, "genre": g} for a, g in genres),
        ),
        frame(
            spark,
            flow.audio_features,
            {"track_id": "t1", "danceability": 0.5, "loudness": -6.0, "duration_ms": 180_000},
        ),
    )

    columns = ("genre_id", "dt", "track_count", "mean_popularity")
    sounds = ("mean_danceability", "mean_loudness", "mean_duration_s", "major_share")
    first, second = date(2026, 1, 1), date(2026, 1, 2)
    assert [
        ("folk", first, 1, 40.0, 0.5, -6.0, 180.0, None),
        ("folk", second, 1, 44.0, 0.5, -6.0, 180.0, None),
        ("pop", first, 1, 40.0, 0.5, -6.0, 180.0, None),
        ("pop", second, 2, 27.0, 0.5, -6.0, 180.0, None),
    ] == [tuple(row.values()) for row in rows_of(made, *columns, *sounds)]


def test_an_artist_profile_counts_copies_once(spark: SparkSession) -> None:
    """Three tracks of two recordings: means are over the more popular copy and the other song."""
    tracks: list[dict[str, object]] = [
        {"track_id": "t1", "name": "Sun", "recording": "anna: sun", "popularity": 9},
        {"track_id": "t2", "name": "Sun - Live", "recording": "anna: sun", "popularity": 2},
        {"track_id": "t3", "name": "Moon", "recording": "anna: moon", "popularity": 9},
    ]
    links = [("t1", "A", 1), ("t2", "A", 1), ("t3", "A", 1), ("t3", "B", 2), ("t4", "A", 2)]
    energies = {"t1": 0.25, "t2": 1.0, "t3": 0.75}
    made = gold.artist_profiles(
        frame(
            spark,
            flow.artists,
            {"artist_id": "A", "name": "Anna", "follower_count": 7},
            {"artist_id": "B", "name": "Bert"},
        ),
        frame(spark, flow.artist_genres, {"artist_id": "A", "genre_id": "pop", "genre": "pop"}),
        frame(spark, flow.tracks, *({"main_artist_id": "A"} | track for track in tracks)),
        frame(
            spark,
            flow.track_artists,
            *({"track_id": t, "artist_id": a, "place": place} for t, a, place in links),
        ),
        frame(
            spark,
            flow.audio_features,
            *({"track_id": track, "energy": energy} for track, energy in energies.items()),
        ),
    )

    expected = {
        "artist_id": "A",
        "name": "Anna",
        "genres": ["pop"],
        "follower_count": 7,
        "track_count": 3,
        "recording_count": 2,
        "guest_count": 1,
        "top_track_name": "Moon",
        "top_track_popularity": 9,
        "mean_energy": 0.5,
        "mean_tempo": None,
    }
    assert expected == row_of(made, *expected)


def _crawl(
    track_id: str, day: int, popularity: int, artists: list[dict[str, str]]
) -> dict[str, object]:
    return {
        "track_id": track_id,
        "crawled_at": at(day),
        "name": "song",
        "artists": artists,
        "popularity": popularity,
    }
