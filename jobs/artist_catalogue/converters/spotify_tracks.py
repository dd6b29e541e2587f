"""Turns a table of real Spotify tracks into documents as the Spotify Web API gives them.

The table has one line for each track and genre in which somebody found it, and knows the ids of
tracks alone. What the API would tell and the table does not is null, and:

- Ids of artists and albums are made from their names: 22 letters and digits, as the API's are,
  always the same for the same name, and nothing that the API knows.
- An album is what bears one name and has one main artist, for "Dreams" is the single of several.
  A name that three main artists or more share is taken for a compilation, of Various Artists.
- The API gives genres to artists and not to tracks: an artist has those of his tracks.
- All documents are of the day when the collection was published.
"""

import hashlib
import string
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.errors import SourceError
from jobs.sources import json_lines

CRAWLED_AT = "2022-10-22T00:00:00Z"
COMPILATION_ARTISTS = 3
VARIOUS_ARTISTS = "Various Artists"

Row = Mapping[str, object]
Document = dict[str, object]

_ALPHABET = string.digits + string.ascii_lowercase + string.ascii_uppercase
_ID_LENGTH = 22
_FEATURES = {
    "danceability": pa.float64(),
    "energy": pa.float64(),
    "key": pa.int64(),
    "loudness": pa.float64(),
    "mode": pa.int64(),
    "speechiness": pa.float64(),
    "acousticness": pa.float64(),
    "instrumentalness": pa.float64(),
    "liveness": pa.float64(),
    "valence": pa.float64(),
    "tempo": pa.float64(),
    "duration_ms": pa.int64(),
    "time_signature": pa.int64(),
}
_COLUMNS = {
    "track_id": pa.string(),
    "artists": pa.string(),
    "album_name": pa.string(),
    "track_name": pa.string(),
    "popularity": pa.int64(),
    "explicit": pa.bool_(),
    "track_genre": pa.string(),
    **_FEATURES,
}


def convert_tracks(members: Sequence[Path], target: Path) -> None:
    """Write the API's full track object for each line of the table; see the module.

    Raises SourceError when the table lacks a column, or one has another type.
    """
    rows = _rows(members)
    albums = _Albums(rows)
    json_lines.write((_track(row, albums) for row in rows), target)


def convert_audio_features(members: Sequence[Path], target: Path) -> None:
    """Write the API's audio-features object for each track, once.

    Raises SourceError as `convert_tracks` does.
    """
    by_track = {row["track_id"]: row for row in _rows(members)}
    json_lines.write(map(_audio_features, by_track.values()), target)


def convert_albums(members: Sequence[Path], target: Path) -> None:
    """Write the API's simplified album object for each album, once.

    Raises SourceError as `convert_tracks` does.
    """
    rows = _rows(members)
    albums = _Albums(rows)
    by_id = {album["id"]: album for album in map(albums.album_of, rows)}
    json_lines.write((album | {"crawled_at": CRAWLED_AT} for album in by_id.values()), target)


def convert_artists(members: Sequence[Path], target: Path) -> None:
    """Write the API's full artist object for each artist, once, in the order of the tracks.

    Raises SourceError as `convert_tracks` does.
    """
    genres: dict[str, set[str]] = {}
    for row in _rows(members):
        for name in _artist_names(row):
            # The API spells genres with blanks.
            genres.setdefault(name, set()).add(str(row["track_genre"]).replace("-", " "))
    json_lines.write((_artist(name, sorted(found)) for name, found in genres.items()), target)


class _Albums:
    """Whose albums the names in the table are."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._main_artists: dict[object, set[str]] = {}
        for row in rows:
            self._main_artists.setdefault(row["album_name"], set()).add(_artist_names(row)[0])

    def album_of(self, row: Row) -> Document:
        """The API's simplified album object of a track."""
        name = str(row["album_name"])
        is_compilation = len(self._main_artists[name]) >= COMPILATION_ARTISTS
        artist = VARIOUS_ARTISTS if is_compilation else _artist_names(row)[0]
        return {
            "album_type": "compilation" if is_compilation else None,
            "artists": [_simplified_artist(artist)],
            "external_urls": {},
            "href": None,
            "id": _made_id("album", artist, name),
            "images": [],
            "name": name,
            "release_date": None,
            "release_date_precision": None,
            "total_tracks": None,
            "type": "album",
            "uri": None,
        }


def _rows(members: Sequence[Path]) -> list[Row]:
    """The lines of the table; raises SourceError for a column that is missing or another."""
    (file,) = members
    try:
        table = pq.read_table(file)
        missing = sorted(set(_COLUMNS) - set(table.column_names))
        if missing:
            raise SourceError(
                f"{file.name} has no column {', '.join(missing)}; found "
                f"{', '.join(table.column_names)}. Check the package's version."
            )
        rows: list[Row] = table.select(list(_COLUMNS)).cast(pa.schema(_COLUMNS)).to_pylist()
    except pa.ArrowInvalid as error:
        raise SourceError(
            f"{file.name} is not the table of tracks that was expected ({error}). Check the "
            "package's version."
        ) from error
    return rows


def _track(row: Row, albums: _Albums) -> Document:
    track_id = row["track_id"]
    return {
        "album": albums.album_of(row),
        "artists": [_simplified_artist(name) for name in _artist_names(row)],
        "disc_number": None,
        "duration_ms": row["duration_ms"],
        "explicit": row["explicit"],
        "external_urls": {"spotify": f"https://open.spotify.com/track/{track_id}"},
        "href": f"https://api.spotify.com/v1/tracks/{track_id}",
        "id": track_id,
        "is_local": False,
        "name": row["track_name"],
        "popularity": row["popularity"],
        "track_number": None,
        "type": "track",
        "uri": f"spotify:track:{track_id}",
        "market": None,
        "crawled_at": CRAWLED_AT,
    }


def _audio_features(row: Row) -> Document:
    track_id = row["track_id"]
    return {
        **{feature: row[feature] for feature in _FEATURES},
        "analysis_url": f"https://api.spotify.com/v1/audio-analysis/{track_id}",
        "id": track_id,
        "track_href": f"https://api.spotify.com/v1/tracks/{track_id}",
        "type": "audio_features",
        "uri": f"spotify:track:{track_id}",
        "crawled_at": CRAWLED_AT,
    }


def _artist(name: str, genres: Sequence[str]) -> Document:
    return {
        **_simplified_artist(name),
        "followers": {"href": None, "total": None},
        "genres": genres,
        "images": [],
        "popularity": None,
        "crawled_at": CRAWLED_AT,
    }


def _simplified_artist(name: str) -> Document:
    return {
        "external_urls": {},
        "href": None,
        "id": _made_id("artist", name),
        "name": name,
        "type": "artist",
        "uri": None,
    }


def _artist_names(row: Row) -> list[str]:
    """The artists of a track, the main one first."""
    return str(row["artists"]).split(";")


def _made_id(*names: str) -> str:
    """An id in the form of the API's: 128 bits with 62 digits."""
    number = int.from_bytes(hashlib.sha256("\n".join(names).encode()).digest()[:16])
    digits = []
    for _ in range(_ID_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
