"""Three ways to order films by what a user rated before, behind one interface."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyspark.ml.recommendation import ALS
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from scipy.sparse import csr_matrix

from jobs.movies.histories import BLOCKS, Ids

Scores: TypeAlias = NDArray[np.float32]


class Ranker(ABC):
    """Scores films for users whom it need not have seen in training.

    `movie_ids` are the films that it knows, the most rated first, which is how ties stand.
    """

    name: ClassVar[str]

    def __init__(self, movie_ids: Ids) -> None:
        self.movie_ids = movie_ids

    @cached_property
    def films(self) -> pd.Index:
        """The position of each film."""
        return pd.Index(self.movie_ids, dtype=object)

    @property
    @abstractmethod
    def rating_counts(self) -> NDArray[np.uint32]:
        """How many users rated each film."""

    @abstractmethod
    def score(self, history: csr_matrix) -> Scores:
        """Users by films: the higher, the sooner the user will rate the film.

        `history` is users by films, with the place of each rated film from the end, from 1.
        """

    @abstractmethod
    def similarity(self) -> Scores:
        """Films by films: 0 to 1, and 0 where the ranker has no opinion."""

    @abstractmethod
    def arrays(self) -> Mapping[str, NDArray[np.generic]]:
        """What the ranker is made of: the arguments that make it again."""

    @classmethod
    def parameters(cls) -> dict[str, str | int | float]:
        """The hyperparameters, as MLflow records them."""
        return {}


class Popularity(Ranker):
    """The same films for everyone: those that most users rated."""

    name = "popularity"

    def __init__(self, movie_ids: Ids, rating_counts: NDArray[np.uint32]) -> None:
        super().__init__(movie_ids)
        self._rating_counts = rating_counts

    @property
    def rating_counts(self) -> NDArray[np.uint32]:  # noqa: D102  as the interface says
        return self._rating_counts

    def score(self, history: csr_matrix) -> Scores:  # noqa: D102
        counts = self.rating_counts.astype(np.float32)
        return np.tile(counts, (history.shape[0], 1))

    def similarity(self) -> Scores:  # noqa: D102
        return np.zeros((len(self.movie_ids), len(self.movie_ids)), dtype=np.float32)

    def arrays(self) -> Mapping[str, NDArray[np.generic]]:  # noqa: D102
        return {"movie_ids": self.movie_ids, "rating_counts": self._rating_counts}


class ItemCosine(Ranker):
    """Films that have many raters in common with those that the user rated of late.

    The number of raters in common is divided by a mean of the two films' own, in which the
    candidate's weighs more than in a cosine; a few raters in common say little, hence the added
    constant (Aiolli, "Efficient top-N recommendation for very large scale binary rated
    datasets", 2013).
    """

    name = "item_cosine"
    CANDIDATE_EXPONENT: ClassVar[float] = 0.6
    SHRINKAGE: ClassVar[float] = 10.0
    """The added constant, in raters."""
    RECENCY: ClassVar[float] = 0.6
    """What a film weighs beside the one that was rated after it."""
    RECENT_FILMS: ClassVar[int] = 50
    """Older ones would weigh less than a hundred-thousand-millionth."""

    def __init__(self, movie_ids: Ids, common_raters: NDArray[np.unsignedinteger]) -> None:
        super().__init__(movie_ids)
        self.common_raters = common_raters

    @property
    def rating_counts(self) -> NDArray[np.uint32]:  # noqa: D102
        return self.common_raters.diagonal().astype(np.uint32)

    @cached_property
    def weights(self) -> Scores:
        """Rated film by candidate; nothing speaks for itself."""
        return self._normalised(self.CANDIDATE_EXPONENT)

    def score(self, history: csr_matrix) -> Scores:  # noqa: D102
        recency = history.copy()
        recency.data[history.data > self.RECENT_FILMS] = 0
        recency.eliminate_zeros()
        recency.data = np.power(np.float32(self.RECENCY), recency.data - 1)
        scores: Scores = recency @ self.weights
        return scores

    def similarity(self) -> Scores:  # noqa: D102
        return self._normalised(0.5)

    def arrays(self) -> Mapping[str, NDArray[np.generic]]:  # noqa: D102
        smallest = np.min_scalar_type(int(self.common_raters.max(initial=0)))
        return {"movie_ids": self.movie_ids, "common_raters": self.common_raters.astype(smallest)}

    @classmethod
    def parameters(cls) -> dict[str, str | int | float]:  # noqa: D102
        return {
            "candidate_exponent": cls.CANDIDATE_EXPONENT,
            "shrinkage": cls.SHRINKAGE,
            "recency": cls.RECENCY,
        }

    def _normalised(self, candidate_exponent: float) -> Scores:
        raters = np.maximum(self.rating_counts, 1).astype(np.float32)
        size = np.outer(raters ** (1 - candidate_exponent), raters**candidate_exponent)
        size += np.float32(self.SHRINKAGE)
        np.divide(self.common_raters, size, out=size)
        np.fill_diagonal(size, 0)
        weights: Scores = size
        return weights


class ImplicitAls(Ranker):
    """Films whose factors point where the user's do, by MLlib's ALS for implicit feedback.

    The user's factors are solved for from his history when he is scored, with the equation
    that ALS itself solves, so his newest rating counts without training (Hu, Koren and
    Volinsky, "Collaborative filtering for implicit feedback datasets", 2008).
    """

    name = "implicit_als"
    RANK: ClassVar[int] = 32
    CONFIDENCE: ClassVar[float] = 1.0
    """MLlib's alpha: how much more a rating counts than none."""
    PENALTY: ClassVar[float] = 0.05
    ITERATIONS: ClassVar[int] = 8
    SEED: ClassVar[int] = 7

    def __init__(self, movie_ids: Ids, rating_counts: NDArray[np.uint32], factors: Scores) -> None:
        super().__init__(movie_ids)
        self._rating_counts = rating_counts
        self.factors = factors

    @property
    def rating_counts(self) -> NDArray[np.uint32]:  # noqa: D102
        return self._rating_counts

    @classmethod
    def fit(
        cls, histories: DataFrame, movie_ids: Ids, rating_counts: NDArray[np.uint32]
    ) -> "ImplicitAls":
        """Fit on columns user_id and movie_ids, the films that the user rated."""
        numbers = pd.DataFrame({"movie_id": movie_ids, "film": np.arange(len(movie_ids))})
        films = histories.sparkSession.createDataFrame(numbers, "movie_id STRING, film INT")
        rated = (
            histories.select("user_id", F.explode("movie_ids").alias("movie_id"))
            .join(F.broadcast(films), "movie_id", how="inner")
            .select("user_id", "film", F.lit(1).cast("float").alias("rated"))
            # Sums of floats in another order have other last digits.
            .repartition(BLOCKS, "user_id")
            .sortWithinPartitions("user_id", "film")
        )
        als = ALS(
            rank=cls.RANK,
            alpha=cls.CONFIDENCE,
            regParam=cls.PENALTY,
            maxIter=cls.ITERATIONS,
            seed=cls.SEED,
            implicitPrefs=True,
            userCol="user_id",
            itemCol="film",
            ratingCol="rated",
            numUserBlocks=BLOCKS,
            numItemBlocks=BLOCKS,
            checkpointInterval=-1,
        )
        fitted = als.fit(rated).itemFactors.toPandas()
        factors = np.zeros((len(movie_ids), cls.RANK), dtype=np.float32)
        factors[fitted["id"]] = np.stack(fitted["features"].to_list())
        return cls(movie_ids, rating_counts, factors)

    def score(self, history: csr_matrix) -> Scores:  # noqa: D102
        rank = self.factors.shape[1]
        films = self.factors.astype(np.float64)
        rated = (history > 0).astype(np.float64)
        squares = (films[:, :, None] * films[:, None, :]).reshape(len(films), -1)
        # (FᵀF + alpha Σ ffᵀ + penalty n I) u = (1 + alpha) Σ f, the sums over n rated films
        left = (films.T @ films) + self.CONFIDENCE * (rated @ squares).reshape(-1, rank, rank)
        counts = np.maximum(np.diff(history.indptr), 1)
        left += self.PENALTY * counts[:, None, None] * np.eye(rank)
        right = (1 + self.CONFIDENCE) * (rated @ films)
        users = np.linalg.solve(left, right[:, :, None])[:, :, 0]
        return (users @ films.T).astype(np.float32)

    def similarity(self) -> Scores:  # noqa: D102
        length = np.linalg.norm(self.factors, axis=1, keepdims=True)
        directions = self.factors / np.maximum(length, np.finfo(np.float32).tiny)
        cosine: Scores = np.clip(directions @ directions.T, 0, 1)
        np.fill_diagonal(cosine, 0)
        return cosine

    def arrays(self) -> Mapping[str, NDArray[np.generic]]:  # noqa: D102
        return {
            "movie_ids": self.movie_ids,
            "rating_counts": self._rating_counts,
            "factors": self.factors,
        }

    @classmethod
    def parameters(cls) -> dict[str, str | int | float]:  # noqa: D102
        return {
            "rank": cls.RANK,
            "confidence": cls.CONFIDENCE,
            "penalty": cls.PENALTY,
            "iterations": cls.ITERATIONS,
            "seed": cls.SEED,
        }


RANKERS: Mapping[str, type[Ranker]] = {
    ranker.name: ranker for ranker in (Popularity, ItemCosine, ImplicitAls)
}
