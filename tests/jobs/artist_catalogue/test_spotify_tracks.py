"""Spotify's tracks: from one table to the documents of the Web API."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.artist_catalogue.converters import spotify_tracks
from jobs.errors import SourceError

BELIEVER: Mapping[str, object] = {
    "track_id": "0pqnGHJpmpxLKifKRmU6WP",
    "artists": "Imagine Dragons;Somebody Else",
    "album_name": "Evolve",
    "track_name": "Believer",
    "popularity": 88,
    "duration_ms": 204346,
    "explicit": False,
    "danceability": 0.776,
    "energy": 0.78,
    "key": 10,
    "loudness": -4.374,
    "mode": 0,
    "speechiness": 0.128,
    "acousticness": 0.0622,
    "instrumentalness": 0.0,
    "liveness": 0.081,
    "valence": 0.666,
    "tempo": 124.949,
    "time_signature": 4,
    "track_genre": "hip-hop",
    "popular_or_not": "popular",
}
Convert = Callable[[Sequence[Path], Path], None]
CONVERTERS = [
    spotify_tracks.convert_tracks,
    spotify_tracks.convert_audio_features,
    spotify_tracks.convert_albums,
    spotify_tracks.convert_artists,
]


def test_a_track_has_the_shape_of_the_api(tmp_path: Path) -> None:
    """Album and artists are nested as objects; what the table does not know is null."""
    (track,) = _convert(tmp_path, spotify_tracks.convert_tracks, BELIEVER)
    album, artists = track.pop("album"), track.pop("artists")

    assert {
        "disc_number": None,
        "duration_ms": 204346,
        "explicit": False,
        "external_urls": {"spotify": "https://open.spotify.com/track/0pqnGHJpmpxLKifKRmU6WP"},
        "href": "https://api.spotify.com/v1/tracks/0pqnGHJpmpxLKifKRmU6WP",
        "id": "0pqnGHJpmpxLKifKRmU6WP",
        "is_local": False,
        "name": "Believer",
        "popularity": 88,
        "track_number": None,
        "type": "track",
        "uri": "spotify:track:0pqnGHJpmpxLKifKRmU6WP",
        "market": None,
        "crawled_at": "2022-10-22T00:00:00Z",
    } == track
    assert ["Imagine Dragons", "Somebody Else"] == [artist["name"] for artist in artists]
    assert ("Evolve", None, [artists[0]]) == (
        album["name"],
        album["release_date"],
        album["artists"],
    )


def test_audio_features_come_once_for_a_track(tmp_path: Path) -> None:
    """A track that stands under two genres has one sound."""
    rows = [BELIEVER, {**BELIEVER, "track_genre": "rock"}]

    (features,) = _convert(tmp_path, spotify_tracks.convert_audio_features, *rows)

    assert ("0pqnGHJpmpxLKifKRmU6WP", "audio_features") == (features["id"], features["type"])
    assert [0.776, -4.374, 10, 0, 4] == [
        features[name] for name in ("danceability", "loudness", "key", "mode", "time_signature")
    ]


def test_an_artist_has_the_genres_of_his_tracks(tmp_path: Path) -> None:
    """Genres are spelled as the API does; followers and popularity are unknown."""
    rows = [BELIEVER, {**BELIEVER, "artists": "Imagine Dragons", "track_genre": "rock"}]

    artists = _convert(tmp_path, spotify_tracks.convert_artists, *rows)

    assert [("Imagine Dragons", ["hip hop", "rock"]), ("Somebody Else", ["hip hop"])] == [
        (artist["name"], artist["genres"]) for artist in artists
    ]
    assert [{"href": None, "total": None}] * 2 == [artist["followers"] for artist in artists]


def test_an_album_belongs_to_its_main_artist_or_to_many(tmp_path: Path) -> None:
    """One name of two artists is two albums; of three or more it is one compilation."""
    names = [("Dreams", "A"), ("Dreams", "B"), ("Hits", "A"), ("Hits", "B;A"), ("Hits", "C")]
    rows = [{**BELIEVER, "album_name": album, "artists": artist} for album, artist in names]

    albums = _convert(tmp_path, spotify_tracks.convert_albums, *rows)

    assert [
        ("Dreams", "A", None),
        ("Dreams", "B", None),
        ("Hits", "Various Artists", "compilation"),
    ] == [(album["name"], album["artists"][0]["name"], album["album_type"]) for album in albums]
    assert 3 == len({album["id"] for album in albums})


def test_made_ids_look_like_the_api_s_and_stay_the_same(tmp_path: Path) -> None:
    """22 of 62 characters, the same wherever a name stands."""
    (track,) = _convert(tmp_path, spotify_tracks.convert_tracks, BELIEVER)
    artists = _convert(tmp_path, spotify_tracks.convert_artists, BELIEVER)
    (album,) = _convert(tmp_path, spotify_tracks.convert_albums, BELIEVER)

    ids = [artist["id"] for artist in artists]
    assert ids == [artist["id"] for artist in track["artists"]]
    assert album["id"] == track["album"]["id"]
    assert [True] * 3 == [len(made) == 22 and made.isalnum() for made in (*ids, album["id"])]
    # 128 bits of the name's SHA-256, by another program: base62 of the first 32 hex digits.
    assert "0ncHZ78jiHQhTHxKpO7Lcd" == ids[0]


@pytest.mark.parametrize("convert", CONVERTERS)
def test_the_same_table_gives_the_same_bytes(tmp_path: Path, convert: Convert) -> None:
    """Landing the same package twice gives one file, byte for byte."""
    written = []
    for _ in range(2):
        _convert(tmp_path, convert, BELIEVER, {**BELIEVER, "artists": "Z;A"})
        written.append((tmp_path / "documents.jsonl").read_bytes())

    assert written[0] == written[1]


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    """A table that has changed shape is refused before the first document."""
    row = {name: value for name, value in BELIEVER.items() if name != "tempo"}

    with pytest.raises(SourceError, match=r"tracks\.parquet has no column tempo; found track_id"):
        _convert(tmp_path, spotify_tracks.convert_tracks, row)


def test_a_column_of_another_type_and_another_file_are_refused(tmp_path: Path) -> None:
    """What is no number is named; so is a file that is no Parquet."""
    with pytest.raises(SourceError, match=r"tracks\.parquet is not the table .*type"):
        _convert(tmp_path, spotify_tracks.convert_tracks, {**BELIEVER, "popularity": "much"})
    (tmp_path / "tracks.parquet").write_text("track_id,artists")
    with pytest.raises(SourceError, match=r"tracks\.parquet is not the table"):
        spotify_tracks.convert_tracks([tmp_path / "tracks.parquet"], tmp_path / "documents.jsonl")


def _convert(folder: Path, convert: Convert, *rows: Mapping[str, object]) -> list[dict[str, Any]]:
    """Write the table, convert it and read the documents."""
    pq.write_table(pa.Table.from_pylist([dict(row) for row in rows]), folder / "tracks.parquet")
    convert([folder / "tracks.parquet"], folder / "documents.jsonl")
    lines = (folder / "documents.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]
