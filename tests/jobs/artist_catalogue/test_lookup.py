"""`medley recommend`: songs found by what people type, and what sounds like them."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from typer.testing import CliRunner, Result

from jobs.cli import app

Recommend = Callable[..., Result]
TRACKS = [
    ("0pqnGHJpmpxLKifKRmU6WP", "Believer", "imagine dragons: believer", "I", 88),
    ("0pqnGHJpmpxLKifKRmU6WQ", "Believer - Live", "imagine dragons: believer", "I", 40),
    ("2OvghkMxxhszSnCszI0RvU", "Believer", "fairlane: believer", "F", 30),
    ("1111111111111111111111", "ZITTI E BUONI", "måneskin: zitti e buoni", "M", 70),
    ("2222222222222222222222", "Beggin' (Remastered 2021)", "måneskin: beggin", "M", 90),
    ("3333333333333333333333", "Silence", "måneskin: silence", "M", 1),
]
ARTISTS = [("I", "Imagine Dragons"), ("F", "Fairlane"), ("M", "Måneskin")]


@pytest.fixture
def recommend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recommend:
    """Runs the command on a lake with six tracks; all but Silence are like two songs."""
    monkeypatch.setenv("MEDLEY_HOME", str(tmp_path))
    for variable in ("MEDLEY_LAKE", "MEDLEY_LANDING", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(variable, raising=False)
    names = ("track_id", "name", "recording", "main_artist_id", "popularity")
    similar = [
        {
            "track_id": track_id,
            "place": place,
            "similar_track_id": str(place) * 22,
            "similar_name": f"Like {name}",
            "similar_artist": "Somebody",
            "similar_album": "Album" if place == 1 else None,
            "similarity": 1 - place / 10,
            "alike_in": ["fast", "loud"],
        }
        for track_id, name, *_ in TRACKS[:-1]
        for place in (2, 1)
    ]
    tables = {
        "silver/artist_catalogue/tracks": [dict(zip(names, row, strict=True)) for row in TRACKS],
        "silver/artist_catalogue/artists": [
            {"artist_id": artist_id, "name": name, "popularity": 1} for artist_id, name in ARTISTS
        ],
        "serve/artist_catalogue/similar_tracks": similar,
    }
    for path, rows in tables.items():
        write_deltalake(tmp_path / "lake" / path, pa.Table.from_pylist(rows))
    return lambda *words: CliRunner().invoke(app, ["recommend", *words])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("zitti e buoni", "ZITTI E BUONI"),
        ("Zítti, e  BUONI!", "ZITTI E BUONI"),
        ("beggin", "Beggin' (Remastered 2021)"),
        ("Beggin' by MANESKIN", "Beggin' (Remastered 2021)"),
        ("believer - live", "Believer - Live"),
        ("Believer by Fairlane", "Believer"),
        ("1111111111111111111111", "ZITTI E BUONI"),
    ],
)
def test_a_song_is_found_by_what_people_type(recommend: Recommend, text: str, found: str) -> None:
    """By id or name, with or without accents, capitals, signs, its edition and its artist."""
    result = recommend("--track", text)

    assert (0, f"Songs that sound like '{found}' by") == (
        result.exit_code,
        result.output.partition(" by ")[0] + " by",
    )


def test_songs_come_in_their_order_with_reasons(recommend: Recommend) -> None:
    """As CSV for programs: song, artist, album, similarity, why, and the id."""
    result = recommend("--track", "zitti e buoni", "-k", "1", "--output", "csv")

    assert (
        "song,artist,album,similarity,alike in,track_id\n"
        'Like ZITTI E BUONI,Somebody,Album,0.9,"fast, loud",1111111111111111111111\n'
    ) == result.output


def test_a_name_of_several_artists_lists_them(recommend: Recommend) -> None:
    """The most popular first, one for all copies of a recording, and how to say which."""
    result = recommend("--track", "BELIEVER")

    assert 3 == result.exit_code
    listed = [line.split()[-1] for line in result.stdout.splitlines() if line.startswith("Bel")]
    assert ["0pqnGHJpmpxLKifKRmU6WP", "2OvghkMxxhszSnCszI0RvU"] == listed
    assert "2 artists have a song 'BELIEVER'. Say which: --track \"Believer by Imagine" in (
        result.stderr
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Beleiver", "no track 'Beleiver' in the catalogue; .* mean Believer by Imagine Dragons"),
        ("xyzzy", "no track 'xyzzy' in the catalogue"),
        ("silence", "'Silence' by Måneskin has no audio features"),
    ],
)
def test_what_cannot_be_answered_is_said(recommend: Recommend, text: str, message: str) -> None:
    """An unknown name suggests near ones; a track whose sound is unknown is like nothing."""
    result = recommend("--track", text)

    assert 3 == result.exit_code
    assert re.search(message, result.stderr)


def test_before_the_first_run_it_says_what_to_run(
    recommend: Recommend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty lake is no reason for a trace."""
    monkeypatch.setenv("MEDLEY_HOME", str(tmp_path / "empty"))

    result = recommend("--track", "Believer")

    assert 1 == result.exit_code
    assert "`medley run artist_catalogue` first" in result.stderr


def test_it_imports_nothing_heavy() -> None:
    """Spark, pandas and Arrow alone take longer to import than the answer may take."""
    code = (
        "import sys; import jobs.artist_catalogue.lookup, jobs.lakehouse.sql.local_lake; "
        "print(sorted({'pyspark', 'pandas', 'pyarrow', 'mlflow', 'numpy'} & set(sys.modules)))"
    )

    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]\n" == ended.stdout
