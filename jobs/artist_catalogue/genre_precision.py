"""How often a track's neighbours are of its genre: a test that no feature knows the answer to."""

from collections.abc import Mapping
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from jobs.artist_catalogue.nearest import Positions, Vectors, nearest
from jobs.artist_catalogue.recordings import Recordings

PLACES = 10
METRIC = f"genre_precision_at_{PLACES}"
FEWEST_RECORDINGS = PLACES + 1
"""Ten to be found, and one to find them for."""
FEWEST_ASKED = 5
"""With fewer, the next recording decides which model is better."""
_SEED = 1


@dataclass(frozen=True)
class GenreTest:
    """Recordings with a known genre, and those among them that the test asks about.

    The artists fall into two halves by a checksum of their ids. Weights were chosen on one, the
    test asks about the other, for every version of the model.
    """

    recordings: pd.DataFrame
    """As in `Recordings`, the first copies alone."""
    genres: NDArray[np.bool_]
    """Recordings by genres."""
    asked: Positions

    @classmethod
    def of(cls, recordings: Recordings, artist_genres: DataFrame) -> "GenreTest":
        """Give each recording the genres of its main artist."""
        by_artist = artist_genres.select("artist_id", "genre_id").toPandas()
        table = pd.crosstab(by_artist["artist_id"], by_artist["genre_id"]) > 0
        first = recordings.tracks[recordings.is_first]
        known = first[first["main_artist_id"].isin(table.index)].reset_index(drop=True)
        is_asked = [crc32(artist.encode()) % 2 == 1 for artist in known["main_artist_id"]]
        return cls(
            known,
            table.loc[known["main_artist_id"]].to_numpy(),
            np.flatnonzero(np.array(is_asked, dtype=bool)),
        )

    @property
    def lacking(self) -> str | None:
        """What there is too little of to measure anything; None if there is enough."""
        count, asked = len(self.recordings), len(self.asked)
        if count >= FEWEST_RECORDINGS and asked >= FEWEST_ASKED:
            return None
        return (
            f"found {count} recordings with a genre, of which the test asks about {asked}, "
            f"expected {FEWEST_RECORDINGS} and {FEWEST_ASKED} or more"
        )

    def measure(self, vectors: Vectors) -> Mapping[str, float]:
        """The precision of the nearest recordings, with and without those of the same artist."""
        artists = pd.factorize(self.recordings["main_artist_id"])[0]
        # Enough that ten are left when all of one artist are taken out.
        found = self._nearest(vectors, PLACES + int(np.bincount(artists).max()))
        by_others = artists[found] != artists[self.asked, None]
        others_first = np.argsort(~by_others, axis=1, kind="stable")
        return {
            METRIC: self._precision(found),
            f"{METRIC}_other_artists": self._precision(
                np.take_along_axis(found, others_first, axis=1)
            ),
        }

    def baselines(self, vectors: Vectors) -> Mapping[str, Mapping[str, float]]:
        """What chance reaches, as genres dealt out anew, and what the most popular ones do."""
        dealt = np.random.default_rng(_SEED).permutation(len(self.recordings))
        popular = np.tile(np.arange(PLACES + 1), (len(self.asked), 1))
        asked_last = np.argsort(popular == self.asked[:, None], axis=1, kind="stable")
        return {
            "permutation": {METRIC: self._precision(dealt[self._nearest(vectors, PLACES)])},
            "popularity": {METRIC: self._precision(np.take_along_axis(popular, asked_last, 1))},
        }

    def _nearest(self, vectors: Vectors, k: int) -> Positions:
        k = min(k, len(self.recordings) - 1)
        return nearest(vectors[self.asked], vectors, k, self.asked).positions

    def _precision(self, found: Positions) -> float:
        """The mean share of the first ten that have a genre of what was asked about."""
        same = self.genres[found[:, :PLACES]] & self.genres[self.asked, None]
        return float(same.any(axis=2).mean())
