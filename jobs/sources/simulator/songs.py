"""The real tracks that simulated charts are made of."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from jobs.errors import SourceError

_COLUMNS = ("track_id", "artists", "track_name", "popularity", "track_genre")
_REMASTER = re.compile(r"\s-\s[^-]*remaster.*", re.IGNORECASE)
_FEATURE = re.compile(r"\s*[(\[](?:feat\.?|ft\.?|with)\s[^()\[\]]*[)\]]", re.IGNORECASE)


@dataclass(frozen=True)
class Song:
    """A real track."""

    song_id: str
    """The truth that matching is measured by: the track's id at Spotify."""
    name: str
    artists: Sequence[str]
    popularity: int
    genre: str

    @property
    def title(self) -> str:
        """The name without the guests, whom many tracks name in it."""
        return _FEATURE.sub("", self.name) or self.name


def read_songs(parquet: Path) -> list[Song]:
    """The tracks of the packaged file, each song once, the most popular first.

    Raises SourceError when the file lacks a column.
    """
    tracks = pd.read_parquet(parquet)
    missing = [name for name in _COLUMNS if name not in tracks.columns]
    if missing:
        raise SourceError(
            f"{parquet.name} lacks {', '.join(missing)}; found {', '.join(tracks.columns)}. "
            "Check the package's version."
        )
    rows = tracks.sort_values(["popularity", "track_id"], ascending=[False, True])
    return list(_first_of_each(map(_song, rows[list(_COLUMNS)].to_dict("records"))))


def _song(row: Mapping[Any, Any]) -> Song:
    return Song(
        song_id=row["track_id"],
        name=row["track_name"],
        artists=row["artists"].split(";"),
        popularity=row["popularity"],
        genre=row["track_genre"],
    )


def _first_of_each(songs: Iterator[Song]) -> Iterator[Song]:
    """One track for each song: many are on several albums, in several genres, or remastered."""
    seen = set[tuple[str, str]]()
    for song in songs:
        title = _REMASTER.sub("", song.title)
        words = re.sub(r"\W", "", title.casefold()), song.artists[0].casefold()
        if words not in seen:
            seen.add(words)
            yield song
