"""What locality-sensitive hashing finds of the exact neighbours."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from pyspark.ml.feature import BucketedRandomProjectionLSH
from pyspark.ml.functions import array_to_vector
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.artist_catalogue.nearest import Positions, Vectors, nearest

PLACES = 10
QUERIES = 200
HASH_TABLES = 4
BUCKET_LENGTH = 0.2
_FARTHEST = 1.0
"""The Euclidean distance of unit vectors with the cosine .5; the ten nearest are nearer."""


def parameters() -> Mapping[str, float]:
    """What was chosen, for the log."""
    return {"lsh_hash_tables": HASH_TABLES, "lsh_bucket_length": BUCKET_LENGTH}


def lsh_recall(vectors: Vectors, spark: SparkSession) -> Mapping[str, float]:
    """The share of the exact ten nearest that MLlib's LSH finds.

    Of unit vectors those with the least Euclidean distance have the greatest cosine. The queries
    are spread evenly over the vectors.
    """
    asked = np.unique(np.linspace(0, len(vectors) - 1, QUERIES, dtype=np.int64))
    k = min(PLACES, len(vectors) - 1)
    exact = nearest(vectors[asked], vectors, k, asked).positions
    approximate = _approximate(vectors, asked, spark)
    hits = [
        len(set(near.tolist()) & approximate.get(query, set()))
        for query, near in zip(asked.tolist(), exact, strict=True)
    ]
    return {"lsh_recall_at_10": float(np.mean(hits)) / k}


def _approximate(vectors: Vectors, asked: Positions, spark: SparkSession) -> Mapping[int, set[int]]:
    """The ten nearest of each query as LSH finds them."""
    everyone = _frame(vectors, np.arange(len(vectors)), spark)
    hashing = BucketedRandomProjectionLSH(
        inputCol="vector",
        outputCol="hashes",
        bucketLength=BUCKET_LENGTH,
        numHashTables=HASH_TABLES,
        seed=1,
    ).fit(everyone)
    queries = _frame(vectors[asked], asked, spark)
    query, found = F.col("datasetA.position"), F.col("datasetB.position")
    near = F.array_sort(F.collect_list(F.struct("distance", found.alias("found"))))
    rows = (
        hashing.approxSimilarityJoin(queries, everyone, _FARTHEST, "distance")
        .where(query != found)
        .groupBy(query.alias("query"))
        .agg(F.slice(near, 1, PLACES).getField("found").alias("found"))
        .collect()
    )
    return {row["query"]: set(row["found"]) for row in rows}


def _frame(vectors: Vectors, positions: Positions, spark: SparkSession) -> DataFrame:
    rows = pd.DataFrame({"position": positions, "values": list(vectors.astype(np.float64))})
    return spark.createDataFrame(rows).select(
        "position", array_to_vector(F.col("values")).alias("vector")
    )
