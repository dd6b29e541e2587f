"""What the model says, as a table: twenty recordings like each track."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyspark import Broadcast
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.artist_catalogue.nearest import Positions, Vectors, nearest
from jobs.artist_catalogue.neighbours_model import TrackNeighbours
from jobs.artist_catalogue.recordings import Recordings
from jobs.artist_catalogue.sound import Sound

PLACES = 20
TRAITS = 3
BLOCKS = 4
"""Partitions of the queries: a few more than the cores of a small machine."""


@dataclass(frozen=True)
class Search:
    """What is needed to find neighbours; each worker gets it once."""

    sound: Sound
    track_ids: NDArray[np.object_]
    vectors: Vectors
    candidates: Positions
    """The positions of the tracks that may be found: one copy of each recording."""
    own: Positions
    """For each track the candidate that is its own recording."""

    def neighbours(self, asked: Positions) -> pd.DataFrame:
        """Rows track_id, place, similar_track_id, similarity and alike_in."""
        queries, candidates = self.vectors[asked], self.vectors[self.candidates]
        k = max(0, min(PLACES, len(candidates) - 1))
        found = nearest(queries, candidates, k, self.own[asked])
        near = found.positions.ravel()
        return pd.DataFrame(
            {
                "track_id": np.repeat(self.track_ids[asked], k),
                "place": np.tile(np.arange(1, k + 1, dtype=np.int32), len(asked)),
                "similar_track_id": self.track_ids[self.candidates[near]],
                "similarity": found.similarities.ravel().astype(np.float64),
                # Without a dtype an empty list would be one of numbers.
                "alike_in": pd.Series(
                    self.sound.traits(np.repeat(queries, k, axis=0), candidates[near], TRAITS),
                    dtype=object,
                ),
            }
        )


def similar_tracks(
    tracks: DataFrame,
    artists: DataFrame,
    albums: DataFrame,
    audio_features: DataFrame,
    track_neighbours: TrackNeighbours,
) -> DataFrame:
    """Find the twenty recordings nearest to each track, whatever album they are on."""
    recordings = Recordings.of(audio_features, tracks)
    search = Search(
        track_neighbours.sound,
        recordings.tracks["track_id"].to_numpy(dtype=object),
        track_neighbours.sound.vectors(recordings.tracks),
        np.flatnonzero(recordings.is_first),
        recordings.own,
    )
    everyone = tracks.sparkSession.range(len(search.track_ids), numPartitions=BLOCKS)
    names = tracks.select(
        F.col("track_id").alias("similar_track_id"),
        F.col("name").alias("similar_name"),
        F.col("main_artist_id").alias("artist_id"),
        "album_id",
    )
    of_artists = artists.select("artist_id", F.col("name").alias("similar_artist"))
    of_albums = albums.select("album_id", F.col("name").alias("similar_album"))
    return (
        find_neighbours(search, everyone)
        .join(names, on="similar_track_id", how="inner")
        .join(of_artists, on="artist_id", how="inner")
        .join(of_albums, on="album_id", how="left")
        .select(
            "track_id",
            "place",
            "similar_track_id",
            "similar_name",
            "similar_artist",
            "similar_album",
            "similarity",
            "alike_in",
            F.lit(track_neighbours.sound.kind).alias("found_by"),
        )
    )


def find_neighbours(search: Search, asked: DataFrame) -> DataFrame:
    """The neighbours of tracks, found in Spark's workers.

    Args:
        search: Where to look.
        asked: Column id, the positions of the tracks to find neighbours for.
    """
    broadcast = asked.sparkSession.sparkContext.broadcast(search)
    return asked.mapInPandas(
        partial(_find, broadcast=broadcast),
        "track_id STRING, place INT, similar_track_id STRING, similarity DOUBLE, "
        "alike_in ARRAY<STRING>",
    )


def _find(batches: Iterator[pd.DataFrame], broadcast: Broadcast[Search]) -> Iterator[pd.DataFrame]:
    for batch in batches:
        yield broadcast.value.neighbours(batch["id"].to_numpy(dtype=np.int64))
