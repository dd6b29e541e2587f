"""The nearest of many unit vectors by cosine: exact, block by block."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""Rows of length 1, so that a product of two is their cosine."""
Positions = NDArray[np.int64]

QUERIES_AT_ONCE = 256
CANDIDATES_AT_ONCE = 16_384
"""A block of similarities then takes 16 MiB, however many candidates there are."""
NOBODY = -1


@dataclass(frozen=True)
class Nearest:
    """For each query the positions of its nearest candidates, and how similar they are."""

    positions: Positions
    similarities: Vectors


def nearest(queries: Vectors, candidates: Vectors, k: int, own: Positions) -> Nearest:
    """The `k` candidates with the greatest cosine, the greatest first.

    Of equal ones the first candidate comes first, so let the order of the candidates mean
    something.

    Args:
        queries: What to find neighbours for.
        candidates: Among which.
        k: How many; there must be more candidates than that. None for 0 or less.
        own: The candidate that each query must not find, for it is the query; NOBODY for none.
    """
    if k <= 0:
        return Nearest(
            np.zeros((len(queries), 0), np.int64), np.zeros((len(queries), 0), np.float32)
        )
    found = [
        _nearest_of_block(queries[start:end], candidates, k, own[start:end])
        for start in range(0, len(queries), QUERIES_AT_ONCE)
        for end in [start + QUERIES_AT_ONCE]
    ]
    return Nearest(
        np.concatenate([np.zeros((0, k), np.int64), *(block.positions for block in found)]),
        np.concatenate([np.zeros((0, k), np.float32), *(block.similarities for block in found)]),
    )


def _nearest_of_block(queries: Vectors, candidates: Vectors, k: int, own: Positions) -> Nearest:
    best = Nearest(
        np.full((len(queries), k), NOBODY), np.full((len(queries), k), -np.inf, np.float32)
    )
    for start in range(0, len(candidates), CANDIDATES_AT_ONCE):
        block = candidates[start : start + CANDIDATES_AT_ONCE]
        similarities = queries @ block.T
        inside = np.flatnonzero((own >= start) & (own < start + len(block)))
        similarities[inside, own[inside] - start] = -np.inf
        best = _merged(best, similarities, start)
    return best


def _merged(best: Nearest, similarities: Vectors, start: int) -> Nearest:
    """The best of those found so far and a further block of candidates."""
    k = best.positions.shape[1]
    # After the first blocks few candidates are better than what was found before, and to look
    # at these alone takes a tenth of the time of sorting out each block.
    rows, columns = np.nonzero(similarities > best.similarities[:, -1:])
    if len(rows) == 0:
        return best
    found_rows = np.concatenate([np.repeat(np.arange(len(best.positions)), k), rows])
    values = np.concatenate([best.similarities.ravel(), similarities[rows, columns]])
    positions = np.concatenate([best.positions.ravel(), columns + start])
    order = np.lexsort((positions, -values, found_rows))
    counts = np.bincount(found_rows, minlength=len(best.positions))
    first = np.cumsum(counts) - counts
    chosen = order[first[:, None] + np.arange(k)]
    return Nearest(positions[chosen], values[chosen])
