"""The films most like each film: by who rated both, where enough did, and by content."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyspark import Broadcast

from jobs.movies.content import Content
from jobs.movies.rankers import Ranker, Scores
from jobs.movies.top_n import top_n

FEWEST_RATERS = 20
"""Below this number, what the raters of a film have in common is chance."""
FILMS_AT_ONCE = 256
"""Films whose similarity to all others is in memory at once: 256 by 21,000 take 22 MB."""
FIRST = 2.0
"""Added to similarities by ratings, so that they stand before those by content, at most 1."""


@dataclass(frozen=True)
class Neighbours:
    """What is needed to find the most similar films; positions are those of `movie_ids`."""

    movie_ids: NDArray[np.object_]
    """All films, the most often rated first, then by id: the order in which ties stand."""
    content: Content
    rated_films: NDArray[np.int64]
    """The films that have neighbours by ratings."""
    rated_neighbours: NDArray[np.int64]
    """Their neighbours, the most similar first."""
    rated_similarity: Scores
    """0 where there are not that many neighbours."""

    def nearest(self, n: int, films: NDArray[np.int64]) -> Iterator[pd.DataFrame]:
        """Rows movie_id, place, similar_movie_id, similarity and method, `n` for each film."""
        n = min(n, len(self.movie_ids) - 1)
        row_of = np.full(len(self.movie_ids), -1)
        row_of[self.rated_films] = np.arange(len(self.rated_films))
        for block, similarity in self.content.blocks(films, FILMS_AT_ONCE):
            rows, rated = np.flatnonzero(row_of[block] >= 0), row_of[block][row_of[block] >= 0]
            by_ratings = self.rated_similarity[rated]
            user, place = np.nonzero(by_ratings > 0)
            similarity[rows[user], self.rated_neighbours[rated][user, place]] = (
                FIRST + by_ratings[user, place]
            )
            similarity[np.arange(len(block)), block] = -np.inf
            yield self._rows(block, similarity, n)

    def _rows(self, films: NDArray[np.int64], similarity: Scores, n: int) -> pd.DataFrame:
        best = top_n(similarity, n)
        values = np.take_along_axis(similarity, best, axis=1).ravel().astype(np.float64)
        by_ratings = values > 1
        return pd.DataFrame(
            {
                "movie_id": self.movie_ids[np.repeat(films, n)],
                "place": np.tile(np.arange(1, n + 1, dtype=np.int32), len(films)),
                "similar_movie_id": self.movie_ids[best.ravel()],
                "similarity": np.where(by_ratings, values - FIRST, values),
                "method": np.where(by_ratings, "ratings", "content"),
            }
        )


def in_order(movie_ids: list[str], ranker: Ranker) -> NDArray[np.object_]:
    """The films, the most often rated first, then by id."""
    counts = dict(zip(ranker.movie_ids.tolist(), ranker.rating_counts.tolist(), strict=True))
    return np.array(sorted(movie_ids, key=lambda film: (-counts.get(film, 0), film)), dtype=object)


def by_ratings(
    ranker: Ranker, films: pd.Index, n: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], Scores]:
    """The films with enough raters, their `n` nearest among each other, and the similarities.

    Positions are those of `films`; what the ranker knows and `films` does not is left out.
    """
    positions = films.get_indexer(ranker.films)
    usable = np.flatnonzero((positions >= 0) & (ranker.rating_counts >= FEWEST_RATERS))
    similarity = ranker.similarity()[np.ix_(usable, usable)]
    best = top_n(similarity, n)
    rated = positions[usable]
    return rated, rated[best], np.take_along_axis(similarity, best, axis=1)


def find_nearest(
    batches: Iterator[pd.DataFrame], neighbours: Broadcast[Neighbours], n: int
) -> Iterator[pd.DataFrame]:
    """For `mapInPandas` on column film, the position of each film to find neighbours for."""
    for batch in batches:
        yield from neighbours.value.nearest(n, batch["film"].to_numpy(dtype=np.int64))
