"""What a bad document breaks, and what happens to it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.artist_catalogue import flow
from jobs.lakehouse.declare.table import Silver
from jobs.lakehouse.steps.quality import BROKEN, is_rejected, judge
from jobs.lakehouse.testing import frame

NOW = datetime(2026, 1, 5, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ID = "0pqnGHJpmpxLKifKRmU6WP"
TRACK: Mapping[str, object] = {
    "track_id": ID,
    "crawled_at": NOW,
    "name": "Believer",
    "artists": [{"artist_id": ID, "name": "Imagine Dragons"}],
}
SOUND: Mapping[str, object] = {
    "track_id": ID,
    "crawled_at": NOW,
    **dict.fromkeys(("danceability", "energy", "speechiness", "acousticness", "liveness"), 0.5),
    "instrumentalness": 0.0,
    "valence": 1.0,
    "loudness": -4.0,
    "tempo": 120.0,
    "duration_ms": 200_000,
    "mode": 0,
    "time_signature": 4,
}


def test_a_bad_track_is_set_aside_with_its_reason(spark: SparkSession) -> None:
    """One without an album, popularity or market is good; each other row breaks one rule."""
    broken: Mapping[str, Mapping[str, object]] = {
        "": {},
        "track_id_well_formed": {"track_id": "spotify:track:1"},
        "name_missing": {"name": None},
        "has_an_artist": {"artists": []},
        "artists_missing": {"artists": None},
        "popularity_in_range": {"popularity": 101},
        "duration_positive": {"duration_ms": 0},
        "crawled_in_the_past": {"crawled_at": LATER},
    }

    judged = _judge(spark, flow.track_crawls, *({**TRACK, **row} for row in broken.values()))

    assert [(name, bool(name)) for name in broken] == judged


def test_missing_features_are_kept_and_counted(spark: SparkSession) -> None:
    """A track that Spotify could not measure warns; a value that cannot be is set aside."""
    rows: Mapping[str, Mapping[str, object]] = {
        "": {},
        "is_complete": {"tempo": None},
        "shares_in_range": {"valence": 1.5},
        "loudness_in_range": {"loudness": 60.0},
        "tempo_in_range": {"tempo": 5.0},
        "mode_known": {"mode": 2},
        "key_in_range": {"key": 12},
    }

    judged = _judge(spark, flow.audio_features, *({**SOUND, **row} for row in rows.values()))

    assert [(name, name not in {"", "is_complete"}) for name in rows] == judged


def test_renamed_artists_and_tracks_with_two_names_are_counted(spark: SparkSession) -> None:
    """They stay in their tables; the receipts say how many there are."""
    artists = frame(
        spark,
        flow.artists,
        {"artist_id": "A", "name": "Anna", "former_names": ["Ann"]},
    )
    judged = judge(artists, flow.artists, {})

    (row,) = judged.select(BROKEN, is_rejected(flow.artists).alias("rejected")).collect()
    assert (["not_renamed"], False) == (row[BROKEN], row["rejected"])


def _judge(
    spark: SparkSession, table: Silver, *rows: Mapping[str, object]
) -> list[tuple[str, bool]]:
    """For each row in its order the rules that it breaks, and whether it is rejected."""
    frames = [
        frame(spark, table, row).withColumn("place", F.lit(place)) for place, row in enumerate(rows)
    ]
    together: DataFrame = frames[0]
    for other in frames[1:]:
        together = together.unionByName(other)
    source = F.struct(
        F.lit(NOW).alias("ingested_at"),
        F.struct(F.lit(None).cast("string").alias("_malformed")).alias("raw"),
    )
    judged = judge(together.withColumn("_source", source), table, {})
    found = judged.orderBy("place").select(
        F.array_join(BROKEN, ", ").alias("broken"), is_rejected(table).alias("rejected")
    )
    return [(row["broken"], row["rejected"]) for row in found.collect()]
