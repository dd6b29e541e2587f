"""Spellings of one song get one id, spellings of two songs two."""

import unicodedata
from collections.abc import Sequence

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from jobs.lakehouse.testing import rows_of
from jobs.music_charts.matching import with_song
from jobs.music_charts.normal_forms import performer_key, surname_last, title_key
from jobs.sources.simulator.charts import World, true_songs
from jobs.sources.simulator.songs import Song

TITLES = {
    "The Way You Are": "wayyouare",
    "Déjà Vu!": "dejavu",
    "Savage (feat. Beyoncé)": "savage",
    "SAVAGE [Remastered]": "savage",
    "Savage - 2009 Remaster": "savage",
    "Savage ft. Beyoncé": "savage",
    "Savage (Live)": "savagelive",
    "Savage".translate({code: code + 0xFEE0 for code in range(33, 127)}): "savage",
    "사바게 (Savage (Live))": "savagelive",
    "사랑": "사랑",
    unicodedata.normalize("NFD", "사랑"): "사랑",
    "You & Me": "youandme",
    "Dance With Me": "dancewithme",
    "The": "the",
    "÷": "÷",
}
PERFORMERS = {
    "The Beatles": "beatles",
    "Tyler, The Creator": "tyler",
    "Dan + Shay & Justin Bieber": "dan",
    "Santana Featuring Rob Thomas": "santana",
    "Lil Nas X": "lilnasx",
    "X Ambassadors": "xambassadors",
    "With Confidence": "withconfidence",
    "베요느세 (Beyoncé)": "beyonce",
    "AC/DC": "acdc",
}
NAMES = {
    "Aguilera, Christina": "Christina Aguilera",
    "Backstreet Boys, The": "The Backstreet Boys",
    "Earth, Wind & Fire": "Earth, Wind & Fire",
    "Sting": "Sting",
}

SPELLINGS: Sequence[tuple[str, str, int, Sequence[str]]] = [
    ("Smells Like Teen Spirit", "Nirvana", 9, ["x 1"]),
    ("Smells Like Ten Spirit", "Nirvana", 1, ["y 1"]),
    ("Smells Like Teen Sp...", "Nirvana", 5, ["z 1"]),
    ("Smells Like Teen Spirit", "Nirvanna", 1, ["y 2"]),
    ("Smells Like Teen Spirit", "Tori Amos", 8, ["x 1"]),
    ("Part 1", "Nirvana", 3, ["x 1"]),
    ("Part 2", "Nirvana", 2, ["y 2"]),
    ("Polly One", "Nirvana", 3, ["x 1"]),
    ("Polly Ones", "Nirvana", 2, ["x 1"]),
    ("Come...", "Nirvana", 2, ["z 1"]),
    ("Come As You Are", "Nirvana", 2, ["x 1"]),
]


@pytest.fixture(scope="module")
def matched(spark: SparkSession) -> dict[tuple[str, str], tuple[str, str]]:
    """Id and method of each spelling."""
    columns = "title STRING, performer STRING, entry_count BIGINT, weeks ARRAY<STRING>"
    found = with_song(spark.createDataFrame(list(SPELLINGS), columns)).collect()
    return {(r["title"], r["performer"]): (r["song_id"], r["method"]) for r in found}


def test_normal_forms(spark: SparkSession) -> None:
    """What differs between providers goes, what tells songs apart stays."""
    texts = spark.createDataFrame([(text,) for text in TITLES], "text STRING")

    found = texts.select("text", title_key(F.col("text")).alias("key")).collect()

    assert TITLES == {row["text"]: row["key"] for row in found}


def test_normal_forms_of_performers(spark: SparkSession) -> None:
    """The first of several; names that contain a word like "x" or "with" stay whole."""
    texts = spark.createDataFrame([(text,) for text in PERFORMERS], "text STRING")

    found = texts.select("text", performer_key(F.col("text")).alias("key")).collect()

    assert PERFORMERS == {row["text"]: row["key"] for row in found}


def test_surnames_go_last(spark: SparkSession) -> None:
    """Only where one comma is all there is."""
    texts = spark.createDataFrame([(text,) for text in NAMES], "text STRING")

    found = texts.select("text", surname_last(F.col("text")).alias("name")).collect()

    assert NAMES == {row["text"]: row["name"] for row in found}


def test_slips_and_cuts_are_found(matched: dict[tuple[str, str], tuple[str, str]]) -> None:
    """A letter missing in the title or the performer, or the end of the title missing."""
    song = "nirvana:smellsliketeenspirit"

    assert (song, "exact") == matched["Smells Like Teen Spirit", "Nirvana"]
    assert (song, "similar_title") == matched["Smells Like Ten Spirit", "Nirvana"]
    assert (song, "cut_title") == matched["Smells Like Teen Sp...", "Nirvana"]
    assert (song, "similar_performer") == matched["Smells Like Teen Spirit", "Nirvanna"]


def test_what_is_only_near_stays_apart(matched: dict[tuple[str, str], tuple[str, str]]) -> None:
    """Covers, other parts, songs of one week, and beginnings too short to tell."""
    apart = [
        ("Smells Like Teen Spirit", "Tori Amos"),
        ("Part 1", "Nirvana"),
        ("Part 2", "Nirvana"),
        ("Polly One", "Nirvana"),
        ("Polly Ones", "Nirvana"),
        ("Come...", "Nirvana"),
        ("Come As You Are", "Nirvana"),
    ]

    assert {"exact"} == {matched[spelling][1] for spelling in apart}
    assert len(apart) == len({matched[spelling][0] for spelling in apart})


def test_precision_and_recall_on_simulated_charts(spark: SparkSession) -> None:
    """Of pairs of spellings: joined ones that are one song, and one song's that are joined."""
    names = ["Ocean Drive", "Déjà Vu", "Rock & Roll All Night Long With Everyone", "Angel"]
    more = ["Angels", "Midnight City Lights", "Hurt", "Savage Love", "One", "Thunder Road"]
    artists = [["The Foos"], ["Señor Coconut", "B. Guest"], ["Dan + Shay"], ["X Marks"]]
    songs = [
        Song(f"{title} {by[0]}", title, by, popularity=60 - place, genre="rock")
        for place, title in enumerate([*names, *more])
        for by in artists
    ]
    truth = true_songs(World(songs))
    spellings = [(title, by, 1, [f"{provider} 1"]) for provider, title, by in truth]
    columns = "title STRING, performer STRING, entry_count BIGINT, weeks ARRAY<STRING>"
    grouped = spark.createDataFrame(spellings, columns).groupBy("title", "performer")
    merged = grouped.agg(
        F.sum("entry_count").alias("entry_count"),
        F.flatten(F.collect_list("weeks")).alias("weeks"),
    )

    found = {(row["title"], row["performer"]): row["song_id"] for row in rows_of(with_song(merged))}

    joined = {(one, other) for one in found for other in found if found[one] == found[other]}
    true = {(title, by): song for (_, title, by), song in truth.items()}
    same = {(one, other) for one in true for other in true if true[one] == true[other]}
    assert 1.0 == len(joined & same) / len(joined)
    assert len(joined & same) / len(same) > 0.95
