"""Each source's shape becomes the same entries, and each week counts as its newest file says."""

import json
from datetime import UTC, date, datetime

import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs.lakehouse.testing import frame, raw_frame, rows_of
from jobs.music_charts import flow, silver

ENTRY = ("chart", "chart_date", "position", "title", "performer")


def test_wide_weeks_become_rows(spark: SparkSession) -> None:
    """A week behind the first is seven days later; weeks off the chart are no rows."""
    raw = raw_frame(
        spark,
        flow.raw_billboard_weeks,
        {
            "artist": "Aguilera, Christina",
            "track": "Come On Over Baby (A...",
            "date_entered": "2000-08-05",
            "wk1": "57",
            "wk2": "47",
            "wk4": "45.0",
        },
        {"artist": "2Ge+her", "track": "U + Me", "date_entered": "soon", "wk1": "once"},
        {"artist": "Nobody", "track": "Never", "date_entered": "2000-01-01"},
    )

    found = rows_of(silver.billboard_entries(raw), *ENTRY)

    hers = ("Come On Over Baby (A...", "Christina Aguilera")
    assert [
        ("hot_100_of_2000", None, None, "Never", "Nobody"),
        ("hot_100_of_2000", None, None, "U + Me", "2Ge+her"),
        ("hot_100_of_2000", date(2000, 8, 5), 57, *hers),
        ("hot_100_of_2000", date(2000, 8, 12), 47, *hers),
        ("hot_100_of_2000", date(2000, 8, 26), 45, *hers),
    ] == [tuple(row.values()) for row in found]


def test_weekly_lines_are_typed(spark: SparkSession) -> None:
    """New songs have no last week, which files write empty or as NA."""
    raw = raw_frame(
        spark,
        flow.raw_weekly_csv,
        {
            "chart_week": "2021-05-01",
            "current_week": "1",
            "title": "Rapstar",
            "performer": "Polo G",
            "last_week": "NA",
            "peak_pos": "1",
            "wks_on_chart": "2",
        },
    )

    (found,) = rows_of(silver.weekly_entries(raw).drop("_source", "ingested_at"))

    assert {
        "chart": "hot_100",
        "provider": "billboard",
        "country": "US",
        "chart_date": date(2021, 5, 1),
        "position": 1,
        "title": "Rapstar",
        "performer": "Polo G",
        "genre": None,
        "streams": None,
        "chart_size": 100,
        "is_synthetic": False,
        "file": "test",
        "stated_last_position": None,
        "stated_peak_position": 1,
        "stated_week_count": 2,
    } == found


def test_documents_of_a_country_unfold(spark: SparkSession) -> None:
    """A row for each item; a document whose items cannot be read stays as a row without any."""
    items = [
        {
            "position": 1,
            "streams": 3_000_000_000,
            "is_synthetic": True,
            "track": {"name": "One", "artists": [{"name": "A"}, {"name": "B"}], "genre": "rock"},
        },
        {"position": 2, "track": {"name": "Two", "artists": [{"name": "C"}]}},
    ]
    raw = raw_frame(
        spark,
        flow.raw_top50_json,
        {"country": "br", "date": "2023-01-07", "items": json.dumps(items)},
        {"country": "br", "date": "2023-01-14", "items": "half a docum"},
    )

    found = rows_of(
        silver.top50_entries(raw), *ENTRY, "country", "genre", "streams", "is_synthetic"
    )

    first, second = date(2023, 1, 7), date(2023, 1, 14)
    assert [
        ("top_50_br", first, 1, "One", "A, B", "BR", "rock", 3_000_000_000, True),
        ("top_50_br", first, 2, "Two", "C", "BR", None, None, False),
        ("top_50_br", second, None, None, None, "BR", None, None, False),
    ] == [tuple(row.values()) for row in found]


def test_korean_bodies_of_three_shapes_unfold(spark: SparkSession) -> None:
    """Providers name lists and fields each in their own way, and mean the same."""
    bodies = {
        "haneul": {"list": [{"rank": 1, "title": "T", "artist": "P", "genre": "rock"}]},
        "Maru": {
            "tracks": [{"no": 2, "track_title": "T", "artists": [{"artist_nm": "P"}], "style": "x"}]
        },
        "nuri": {"chartList": [{"ranking": "3", "songName": "T", "artistName": "P"}]},
    }
    raw = raw_frame(
        spark,
        flow.raw_korean_charts,
        *(
            {"provider": provider, "chart_date": "2023-01-07", "body": json.dumps(body)}
            for provider, body in bodies.items()
        ),
    )

    found = rows_of(silver.korean_entries(raw), *ENTRY, "provider", "genre")

    week = date(2023, 1, 7)
    assert [
        ("haneul_100", week, 1, "T", "P", "haneul", "rock"),
        ("maru_100", week, 2, "T", "P", "maru", "x"),
        ("nuri_100", week, 3, "T", "P", "nuri", None),
    ] == [tuple(row.values()) for row in found]


@pytest.fixture(scope="module")
def merged(spark: SparkSession) -> DataFrame:
    """Entries of a week that came twice, and of one that came once."""
    old, new = (datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2))
    row = {"chart": "c", "provider": "p", "country": "US", "performer": "P", "is_synthetic": False}
    first, second = date(2023, 1, 7), date(2023, 1, 14)
    delivered = [
        {"title": "A", "position": 1, "chart_date": first, "file": "1.csv", "ingested_at": old},
        {"title": "B", "position": 2, "chart_date": first, "file": "1.csv", "ingested_at": old},
        {"title": "B", "position": 1, "chart_date": first, "file": "1b.csv", "ingested_at": new},
        {"title": "A", "position": 1, "chart_date": second, "file": "2.csv", "ingested_at": old},
    ]
    none = [frame(spark, table) for table in (flow.billboard_entries, flow.korean_entries)]
    aliases = frame(
        spark,
        flow.song_aliases,
        *({"title": title, "performer": "P", "song_id": f"p:{title.lower()}"} for title in "AB"),
    )
    weekly = frame(spark, flow.weekly_entries, *({**row, **entry} for entry in delivered))
    return silver.entries(none[0], weekly, frame(spark, flow.top50_entries), none[1], aliases)


def test_the_newest_file_of_a_week_counts(merged: DataFrame) -> None:
    """Rows of the file before it are gone, and the week says how many files there were."""
    found = rows_of(merged, "chart_date", "position", "song_id", "delivery_count")

    assert [
        (date(2023, 1, 7), 1, "p:b", 2),
        (date(2023, 1, 14), 1, "p:a", 1),
    ] == [tuple(row.values()) for row in found]


def test_songs_take_the_commonest_spelling(spark: SparkSession) -> None:
    """Of equals the last in the alphabet; a missing genre is outvoted by any."""
    week = [date(2023, 1, day) for day in (7, 14, 21)]
    common = {"song_id": "p:one", "performer": "P", "provider": "x", "chart": "x_100"}
    entries = frame(
        spark,
        flow.entries,
        {**common, "title": "One", "chart_date": week[0], "genre": "rock", "is_synthetic": True},
        {**common, "title": "ONE", "chart_date": week[1], "is_synthetic": False},
        {**common, "title": "ONE", "chart_date": week[2], "provider": "y", "is_synthetic": True},
        {**common, "song_id": "p:2", "title": "Two", "chart_date": week[0], "is_synthetic": True},
    )

    found = rows_of(silver.songs(entries))

    assert [
        ("p:2", "Two", "P", None, 1, 1, week[0], week[0], True),
        ("p:one", "ONE", "P", "rock", 2, 1, week[0], week[2], False),
    ] == [tuple(row.values()) for row in found]
