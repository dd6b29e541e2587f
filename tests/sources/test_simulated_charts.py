"""Charts that cannot be had: simulated with real tracks, the same each time, and marked."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from jobs.errors import SourceError
from jobs.sources.simulator import charts
from jobs.sources.simulator.dynamics import WEEKS
from jobs.sources.simulator.songs import read_songs
from jobs.sources.simulator.spellings import SPELLERS, hangul

Documents = list[dict[str, Any]]


@pytest.fixture(scope="module")
def tracks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four hundred tracks in the shape of the packaged file, one of them on two albums."""
    path = tmp_path_factory.mktemp("tracks") / "spotify_by_genre.parquet"
    rows = [
        {
            "track_id": f"id{number:03}",
            "artists": f"Artist {number % 90}" + (";Guest & Co" if number % 5 == 0 else ""),
            "track_name": f"Näme {number}" + (" (feat. Guest & Co)" if number % 5 == 0 else ""),
            "popularity": 100 - number // 5,
            "track_genre": "rock",
        }
        for number in range(400)
    ]
    again = {**rows[7], "track_id": "again", "track_name": "Näme 7 - 2011 Remaster"}
    pd.DataFrame([*rows, {**again, "popularity": 1}]).to_parquet(path)
    return path


@pytest.fixture(scope="module")
def documents(tracks: Path) -> Mapping[str, Documents]:
    """The documents of both kinds."""
    target = tracks.parent / "documents.jsonl"
    found = {}
    for name, convert in (("top50", charts.convert_top50), ("korean", charts.convert_korean)):
        convert([tracks], target)
        found[name] = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    return found


def korean_items(documents: Documents) -> Iterator[tuple[str, Documents]]:
    """Each document's provider and items."""
    for document in documents:
        ((_, items),) = document["body"].items()
        yield document["provider"], items


def test_a_song_is_one_track(tracks: Path) -> None:
    """The better known of two albums' tracks stands for the song."""
    songs = read_songs(tracks)

    assert 400 == len(songs)
    assert "again" not in {song.song_id for song in songs}


def test_the_same_tracks_make_the_same_charts(tracks: Path, tmp_path: Path) -> None:
    """Byte for byte: a landing zone that is made anew gives the same lake."""
    twice = [tmp_path / "1.jsonl", tmp_path / "2.jsonl"]

    for target in twice:
        charts.convert_korean([tracks], target)

    assert twice[0].read_bytes() == twice[1].read_bytes()


def test_each_week_of_each_chart_is_whole(documents: Mapping[str, Documents]) -> None:
    """All places, each once; four countries and three providers for thirty weeks."""
    top50 = [[item["position"] for item in d["items"]] for d in documents["top50"]]
    korean = [
        [int(item.get("rank") or item.get("ranking") or item["no"]) for item in items]
        for _, items in korean_items(documents["korean"])
    ]

    assert [list(range(1, 51))] * 4 * WEEKS == top50
    assert [list(range(1, 101))] * 3 * WEEKS == korean


def test_each_item_says_that_it_is_synthetic(documents: Mapping[str, Documents]) -> None:
    """Nobody may take a simulated chart for a real one."""
    items = [item for document in documents["top50"] for item in document["items"]]
    items += [item for _, found in korean_items(documents["korean"]) for item in found]

    assert {True} == {item["is_synthetic"] for item in items}


def test_songs_come_climb_fall_and_come_again(documents: Mapping[str, Documents]) -> None:
    """Every movement that a chart knows is there, and most songs stay from week to week."""
    weeks = [
        [item["track"]["id"] for item in document["items"]]
        for document in documents["top50"]
        if document["country"] == "US"
    ]
    counts: dict[str, int] = defaultdict(int)
    for number, (before, now) in enumerate(pairwise(weeks), start=1):
        earlier = {song for week in weeks[:number] for song in week}
        for song in now:
            if song not in before:
                counts["re_entry" if song in earlier else "new"] += 1
            else:
                counts["up" if now.index(song) < before.index(song) else "not up"] += 1

    assert {"re_entry", "new", "up", "not up"} == set(counts)
    assert counts["up"] + counts["not up"] > 5 * counts["new"]


def test_the_truth_covers_every_spelling(documents: Mapping[str, Documents], tracks: Path) -> None:
    """What matching is measured by: who each title and performer really is."""
    truth = charts.true_songs(charts.World(read_songs(tracks)))

    missing = [
        item
        for provider, items in korean_items(documents["korean"])
        for item in items
        if provider == "haneul" and (provider, item["title"], item["artist"]) not in truth
    ]

    assert [] == missing
    assert set(SPELLERS) == {provider for provider, _, _ in truth}


def test_hangul_by_sound() -> None:
    """A consonant without a vowel gets the weakest one; what is no letter stays."""
    assert "드라케 2" == hangul("Drake 2")
    assert "베이오느케" == hangul("Beyoncé")


def test_a_file_without_its_columns_is_refused(tmp_path: Path) -> None:
    """Another version of the package may have others."""
    pd.DataFrame({"track_id": ["a"]}).to_parquet(tmp_path / "tracks.parquet")

    with pytest.raises(SourceError, match=r"tracks.parquet lacks artists, track_name"):
        read_songs(tmp_path / "tracks.parquet")
