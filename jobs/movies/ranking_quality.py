"""Measures rankers: at which place does the film stand that the user rated next?"""

from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyspark import Broadcast
from pyspark.sql import DataFrame

from jobs.movies.histories import USERS_AT_ONCE, history_matrix
from jobs.movies.rankers import Ranker
from jobs.movies.top_n import best_unrated

PLACES = 10


def measure(rankers: Mapping[str, Ranker], tested: DataFrame) -> dict[str, dict[str, float]]:
    """ndcg_at_10, recall_at_10, mrr_at_10 and coverage of each ranker, by name.

    Each ranks all films that it knows and the user has not rated; coverage is the share of
    them that stand among anybody's ten. A film that a ranker does not know counts as missed.

    Args:
        rankers: The rankers to compare.
        tested: Columns movie_ids, the user's history, and held_out, the film to be found.
    """
    spark = tested.sparkSession
    broadcast = spark.sparkContext.broadcast(dict(rankers))
    try:
        parts = tested.mapInPandas(
            partial(_place, rankers=broadcast),
            "ranker STRING, users BIGINT, found ARRAY<BIGINT>, shown ARRAY<INT>",
        ).collect()
    finally:
        broadcast.unpersist()
    measured = {}
    for name, ranker in rankers.items():
        mine = [part for part in parts if part["ranker"] == name]
        users = sum(part["users"] for part in mine)
        found = np.sum([np.zeros(PLACES), *(part["found"] for part in mine)], axis=0)
        shown = {film for part in mine for film in part["shown"]}
        measured[name] = {
            **metrics_of(found, users),
            "coverage": len(shown) / max(len(ranker.movie_ids), 1),
        }
    return measured


def metrics_of(found: NDArray[np.int64], users: int) -> dict[str, float]:
    """The metrics from how many users' films stand at each place, from the first.

    With a single film to find the ideal gain is 1, so nDCG is the mean of 1 / log2(place + 1).
    """
    places = np.arange(1, len(found) + 1)
    return {
        f"ndcg_at_{PLACES}": float((found / np.log2(places + 1)).sum() / max(users, 1)),
        f"recall_at_{PLACES}": float(found.sum() / max(users, 1)),
        f"mrr_at_{PLACES}": float((found / places).sum() / max(users, 1)),
    }


def _place(
    batches: Iterator[pd.DataFrame], rankers: Broadcast[dict[str, Ranker]]
) -> Iterator[pd.DataFrame]:
    """For each block of users and ranker, what `metrics_of` needs, in whole numbers."""
    for batch in batches:
        for start in range(0, len(batch), USERS_AT_ONCE):
            block = batch.iloc[start : start + USERS_AT_ONCE]
            yield pd.DataFrame(
                [
                    {"ranker": name, "users": len(block), **_place_block(block, ranker)}
                    for name, ranker in rankers.value.items()
                ]
            )


def _place_block(block: pd.DataFrame, ranker: Ranker) -> dict[str, NDArray[np.int64]]:
    history = history_matrix(block["movie_ids"], ranker.films)
    best = best_unrated(ranker, history, PLACES)[0]
    held_out = ranker.films.get_indexer(pd.Index(block["held_out"]))
    place = np.nonzero(best == held_out[:, None])[1]
    return {"found": np.bincount(place, minlength=PLACES), "shown": np.unique(best)}
