"""Finds a track by what people type, and what sounds like it: with DuckDB and no Spark."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from jobs.artist_catalogue import flow
from jobs.errors import QueryError
from jobs.lakehouse.declare.table import Table
from jobs.lakehouse.sql.local_lake import LocalLake

NEAR = 3
"""How many names are suggested for one that nobody bears."""
_NEAR_ENOUGH = 0.8

# Small letters without accents, and one blank for whatever is neither letter nor digit.
_PLAIN = """
    CREATE MACRO plain(name) AS trim(regexp_replace(
        lower(strip_accents(name)), '[^\\p{L}\\p{N}]+', ' ', 'g'))
"""
# `recording` is "artist: title" without "(Remastered)", so that few names must be looked at.
_NAMES = """
    CREATE TEMP VIEW names AS
    SELECT track_id, tracks.name, artists.name AS artist, tracks.popularity, recording,
        strip_accents(lower(artists.name)) AS plain_artist,
        strip_accents(substr(recording, length(artists.name) + 3)) AS plain_title
    FROM tracks JOIN artists ON artist_id = main_artist_id
"""
_BY_ID = "SELECT track_id, name, artist FROM names WHERE track_id = ?"
# As it is written comes before an edition of it. Of the copies of a recording the most popular
# one stands for all.
_BY_NAME = """
    SELECT track_id, name, artist FROM names
    WHERE plain($title) IN (plain_title, plain(name))
        AND ($artist IS NULL OR plain($artist) = plain(plain_artist))
    QUALIFY rank() OVER (ORDER BY plain($title) <> plain(name)) = 1 AND row_number() OVER (
        PARTITION BY recording ORDER BY popularity DESC NULLS LAST, track_id) = 1
    ORDER BY popularity DESC NULLS LAST, track_id
"""
_NEAR_NAMES = """
    SELECT any_value(name || ' by ' || artist ORDER BY popularity DESC NULLS LAST, track_id)
    FROM (
        SELECT *, greatest(
            jaro_winkler_similarity(plain_title, plain($text)),
            jaro_winkler_similarity(plain_title || ' by ' || plain_artist, plain($text)))
            AS nearness
        FROM names)
    WHERE nearness > $enough OR contains(plain_title, plain($text))
    GROUP BY recording
    ORDER BY max(nearness) DESC, max(popularity) DESC NULLS LAST, recording
    LIMIT $n
"""
_SIMILAR = """
    SELECT similar_name, similar_artist, similar_album, similarity, alike_in, similar_track_id
    FROM similar_tracks
    WHERE track_id = ? AND place <= ?
    ORDER BY place
"""


@dataclass(frozen=True)
class Track:
    """A track as people know it."""

    track_id: str
    name: str
    artist: str


@dataclass(frozen=True)
class Similar:
    """A recording that sounds like the one asked about."""

    name: str
    artist: str
    album: str | None
    similarity: float
    alike_in: Sequence[str]
    track_id: str


@dataclass(frozen=True)
class Catalogue:
    """The tables that are asked, as views."""

    connection: duckdb.DuckDBPyConnection

    @classmethod
    def open(cls, lake: LocalLake) -> "Catalogue":
        """Make a view of each table; raises LakeError for one that has not been made yet."""
        connection = duckdb.connect(":memory:", config={"threads": 1})
        for table in (flow.tracks, flow.artists, flow.similar_tracks):
            _add_view(connection, lake, table)
        connection.execute(_PLAIN)
        connection.execute(_NAMES)
        return cls(connection)

    def find(self, text: str) -> list[Track]:
        """The tracks of that id or name, the most popular first; one for all copies of a recording.

        A name may stand with its artist: "Hello by Adele". Raises QueryError with the nearest
        names when there is none.
        """
        title, _, artist = text.rpartition(" by ")
        found = (
            self._tracks(_BY_ID, [text])
            or self._tracks(_BY_NAME, {"title": text, "artist": None})
            or self._tracks(_BY_NAME, {"title": title, "artist": artist})
        )
        if not found:
            parameters = {"text": text, "enough": _NEAR_ENOUGH, "n": NEAR}
            near = self.connection.execute(_NEAR_NAMES, parameters).fetchall()
            hint = f"Did you mean {' or '.join(name for (name,) in near)}?" if near else ""
            raise QueryError(
                f"There is no track '{text}' in the catalogue; expected the name of a song, "
                f'"NAME by ARTIST" or a track_id. {hint}'
            )
        return found

    def similar_to(self, track: Track, count: int) -> list[Similar]:
        """The recordings that sound most like a track; none if its sound is not known."""
        found = self.connection.execute(_SIMILAR, [track.track_id, count]).fetchall()
        return [Similar(*row) for row in found]

    def _tracks(self, sql: str, parameters: object) -> list[Track]:
        return [Track(*row) for row in self.connection.execute(sql, parameters).fetchall()]


def _add_view(connection: duckdb.DuckDBPyConnection, lake: LocalLake, table: Table) -> None:
    connection.read_parquet(lake.files(table.name)).create_view(table.short_name)
