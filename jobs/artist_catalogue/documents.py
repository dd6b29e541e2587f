"""Reads what the Spotify Web API nests in its documents."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from jobs.lakehouse.raw_fields import iso_date, text, whole_number

_ARTISTS = "ARRAY<STRUCT<id: STRING, name: STRING>>"
_ALBUM = f"""STRUCT<
    id: STRING,
    name: STRING,
    album_type: STRING,
    release_date: STRING,
    total_tracks: STRING,
    artists: {_ARTISTS}
>"""


def artists_in(field: Column) -> Column:
    """The artists of a JSON array; NULL when there is no array.

    One without an id, as on local files, is nobody that a catalogue could hold.
    """
    return _artists(F.from_json(field, _ARTISTS))


def album_in(field: Column) -> Column:
    """The album object of a track; NULL when it has none, or one without an id or a name."""
    album = F.from_json(field, _ALBUM)
    album_id, name, released = text(album["id"]), text(album["name"]), album["release_date"]
    return F.when(
        album_id.isNotNull() & name.isNotNull(),
        F.struct(
            album_id.alias("album_id"),
            name.alias("name"),
            text(album["album_type"]).alias("album_type"),
            release_year(released).alias("release_year"),
            iso_date(released).alias("release_date"),
            whole_number(album["total_tracks"]).alias("track_count"),
            _artists(album["artists"]).alias("artists"),
        ),
    )


def release_year(field: Column) -> Column:
    """The year of 1969, 1969-05 or 1969-05-12; Spotify writes 0000 for an unknown one."""
    return F.nullif(whole_number(F.substring(text(field), 1, 4)), F.lit(0))


def _artists(artists: Column) -> Column:
    named = F.transform(
        artists,
        lambda artist: F.struct(
            text(artist["id"]).alias("artist_id"), text(artist["name"]).alias("name")
        ),
    )
    return F.filter(named, lambda artist: artist["artist_id"].isNotNull())
