"""The best of many, with ties broken alike everywhere."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from jobs.movies.rankers import Ranker, Scores


def top_n(scores: Scores, n: int) -> NDArray[np.int64]:
    """Users by places: the columns of the n greatest values, of equal ones the first column."""
    n = min(n, scores.shape[1])
    if n == 0 or len(scores) == 0:
        return np.zeros((len(scores), n), dtype=np.int64)
    last = np.partition(scores, -n, axis=1)[:, -n, None]
    chosen = scores >= last
    crowded = np.flatnonzero(chosen.sum(axis=1) > n)
    if len(crowded):
        # More films than places are left have the last place's value.
        above = scores[crowded] > last[crowded]
        ties = chosen[crowded] & ~above
        room = n - above.sum(axis=1, keepdims=True)
        chosen[crowded] = above | (ties & (np.cumsum(ties, axis=1) <= room))
    columns = np.nonzero(chosen)[1].reshape(-1, n)
    order = np.argsort(-np.take_along_axis(scores, columns, axis=1), axis=1, kind="stable")
    return np.take_along_axis(columns, order, axis=1)


def best_unrated(
    ranker: Ranker, history: csr_matrix, n: int, offered: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.int64], Scores]:
    """Users by places: the films that rank best for each user, and their scores.

    Films that the user has rated have the score -inf, which leaves them for the last places.

    Args:
        ranker: The ranker.
        history: Users by films, as `history_matrix` makes it.
        n: How many places; fewer only if the ranker knows fewer films.
        offered: Which films may be shown; None means all.
    """
    scores = ranker.score(history)
    if offered is not None:
        scores[:, ~offered] = -np.inf
    scores[history.nonzero()] = -np.inf
    best = top_n(scores, n)
    return best, np.take_along_axis(scores, best, axis=1)
