"""How alike two films are by their genres, people and decade."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from scipy.sparse import csr_matrix, diags_array

from jobs.movies.rankers import Scores

COMMON_SHARE = 0.01
"""A feature of more films than this share is kept densely: its column is mostly full."""


@dataclass(frozen=True)
class Content:
    """Films by features, as rows of length 1: the product of two rows is their cosine.

    Rare features (people) and common ones (genres, decades) are apart, because the one product
    is fast with sparse columns and the other with dense ones.
    """

    rare: csr_matrix
    common: csr_matrix

    def blocks(self, films: np.ndarray, size: int) -> Iterator[tuple[np.ndarray, Scores]]:
        """Some of the films at a time, and their cosine with all films."""
        dense = np.ascontiguousarray(self.common.toarray().T)
        rare_of_all = self.rare.T.tocsr()
        for start in range(0, len(films), size):
            block = films[start : start + size]
            cosine = self.common[block] @ dense
            rare = (self.rare[block] @ rare_of_all).tocoo()
            cosine[rare.row, rare.col] += rare.data
            yield block, np.minimum(cosine, 1, out=cosine)


def features_of(movies: DataFrame, movie_genres: DataFrame, movie_people: DataFrame) -> DataFrame:
    """One row per film and feature: movie_id, feature."""
    decade = F.floor(F.col("release_year") / 10) * 10
    decades = movies.where("release_year IS NOT NULL").select(
        "movie_id", F.concat(F.lit("decade "), decade.cast("string")).alias("feature")
    )
    genres = movie_genres.select("movie_id", F.concat(F.lit("genre "), "genre_id"))
    people = movie_people.select("movie_id", F.concat(F.lit("person "), "person_id"))
    # Who writes and directs a film is still one person that it shares with another.
    return decades.unionAll(genres).unionAll(people).distinct()


def content_of(features: pd.DataFrame, films: pd.Index) -> Content:
    """Weigh each feature by the logarithm of how few films have it (inverse document frequency).

    Args:
        features: Columns movie_id and feature, without repeats.
        films: The ids of all films, in the order of the matrix's rows.
    """
    rows = films.get_indexer(pd.Index(features["movie_id"], dtype=object))
    names, columns = np.unique(features["feature"].to_numpy(dtype=np.str_), return_inverse=True)
    known = rows >= 0
    rows, columns = rows[known], columns[known]
    film_counts = np.bincount(columns, minlength=len(names))
    weights = np.log(len(films) / np.maximum(film_counts, 1)).astype(np.float32)
    matrix = csr_matrix((weights[columns], (rows, columns)), shape=(len(films), len(names)))
    lengths = np.sqrt(matrix.multiply(matrix).sum(axis=1))
    unit = diags_array(1 / np.maximum(np.asarray(lengths).ravel(), 1e-9)) @ matrix
    unit = csr_matrix(unit, dtype=np.float32)
    is_common = film_counts > COMMON_SHARE * len(films)
    return Content(rare=unit[:, ~is_common], common=unit[:, is_common])
