"""What users rated and in which order, and how often two films share a rater."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from scipy.sparse import csr_matrix

Ids: TypeAlias = NDArray[np.str_]

# A fixed number, because ALS gives other last digits with another one: the same everywhere.
BLOCKS = 2
USERS_AT_ONCE = 512
"""Users whose row of all films is in memory at once: 512 by 4,000 films take 8 MB."""
FEWEST_RATINGS = 3
"""Users with fewer are not tested: after one is held out, nothing is left to go by."""


def histories_of(ratings: DataFrame) -> DataFrame:
    """One row per user: user_id and movie_ids, the films rated, the latest last.

    MovieLens' users rate many films in one second; the hash orders those at random, always
    alike.
    """
    rated = F.struct("rated_at", F.xxhash64("user_id", "movie_id").alias("tie"), "movie_id")
    return (
        ratings.repartition(BLOCKS, "user_id")
        .groupBy("user_id")
        .agg(F.sort_array(F.collect_list(rated)).alias("rated"))
        .select("user_id", F.col("rated.movie_id").alias("movie_ids"))
    )


def leave_last_out(histories: DataFrame) -> DataFrame:
    """Take the last film off each history: columns user_id, movie_ids and held_out.

    `held_out` is NULL for users with fewer than three ratings. Their last film is taken off all
    the same: should an older rating of theirs land later, it will be what tests them, and no
    version may have trained on it.
    """
    size = F.size("movie_ids")
    return histories.select(
        "user_id",
        F.slice("movie_ids", F.lit(1), F.greatest(size - 1, F.lit(0))).alias("movie_ids"),
        F.when(size >= FEWEST_RATINGS, F.element_at("movie_ids", -1)).alias("held_out"),
    )


def films_of(histories: DataFrame) -> Ids:
    """The ids of all films rated, the most often rated first, then by id."""
    return film_counts(histories)[0]


def film_counts(histories: DataFrame) -> tuple[Ids, NDArray[np.uint32]]:
    """The films in the order of `films_of`, and how many users rated each."""
    counts = histories.select(F.explode("movie_ids").alias("movie_id")).groupBy("movie_id").count()
    rows = counts.orderBy(F.desc("count"), "movie_id").collect()
    return (
        np.array([row["movie_id"] for row in rows], dtype=np.str_),
        np.array([row["count"] for row in rows], dtype=np.uint32),
    )


def history_matrix(histories: Iterable[Sequence[str]], films: pd.Index) -> csr_matrix:
    """Users by films: the place of each rated film from the end of the history, from 1.

    Films that are not in `films` keep their place but have no column.
    """
    lists = list(histories)
    lengths = np.array([len(history) for history in lists], dtype=np.int64)
    rated = [movie_id for history in lists for movie_id in history]
    columns = films.get_indexer(pd.Index(rated, dtype=object))
    rows = np.repeat(np.arange(len(lengths)), lengths)
    places = np.repeat(lengths.cumsum(), lengths) - np.arange(len(rated))
    known = columns >= 0
    return csr_matrix(
        (places[known].astype(np.float32), (rows[known], columns[known])),
        shape=(len(lengths), len(films)),
    )


def raters_in_common(histories: DataFrame, movie_ids: Ids) -> NDArray[np.uint32]:
    """Films by films: how many users rated both; on the diagonal, how many rated the film.

    Each partition of users sends its own counts, of the size of the result, so the driver
    holds nothing that grows with the users.
    """
    counts = np.zeros((len(movie_ids), len(movie_ids)), dtype=np.uint32)
    parts = histories.select("movie_ids").mapInPandas(
        partial(_count_pairs, movie_ids=movie_ids), "film INT, counts BINARY"
    )
    for film, row in parts.toPandas().itertuples(index=False):
        counts[film, film:] += np.frombuffer(row, dtype=np.uint32)
    return np.maximum(counts, counts.T)


def _count_pairs(batches: Iterator[pd.DataFrame], movie_ids: Ids) -> Iterator[pd.DataFrame]:
    """The upper triangle of a partition's counts, a row for each film."""
    films = pd.Index(movie_ids, dtype=object)
    counts = np.zeros((len(films), len(films)), dtype=np.float32)
    for batch in batches:
        for start in range(0, len(batch), USERS_AT_ONCE):
            block = history_matrix(batch["movie_ids"].iloc[start : start + USERS_AT_ONCE], films)
            rated = np.minimum(block.toarray(), 1)
            counts += rated.T @ rated
    # float32 is what BLAS multiplies fast; it counts exactly up to 16,777,216 users.
    whole = counts.astype(np.uint32)
    yield pd.DataFrame(
        {
            "film": np.arange(len(films), dtype=np.int32),
            "counts": [row[film:].tobytes() for film, row in enumerate(whole)],
        }
    )
