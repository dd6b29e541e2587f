"""What the models say, as tables: films for each user, and films like each film."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyspark import Broadcast
from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.movies.content import content_of, features_of
from jobs.movies.histories import BLOCKS, USERS_AT_ONCE, histories_of, history_matrix
from jobs.movies.neighbours import Neighbours, by_ratings, find_nearest, in_order
from jobs.movies.ranker_model import RankerModel
from jobs.movies.rankers import Ranker
from jobs.movies.rating_blend import PREDICTION, kind_of
from jobs.movies.top_n import best_unrated

PLACES = 20


def recommendations(
    ratings: DataFrame, movies: DataFrame, ranker: RankerModel, rating_model: PipelineModel
) -> DataFrame:
    """Take the twenty films that rank best for each user among those he has not rated.

    Where the ranker has no opinion, the films that most users rated fill the places.
    """
    titles = movies.select("movie_id", "title")
    offered = ranker.ranker.films.isin([row["movie_id"] for row in titles.collect()])
    broadcast = ratings.sparkSession.sparkContext.broadcast((ranker.ranker, offered))
    ranked = histories_of(ratings).mapInPandas(
        partial(_recommend, broadcast=broadcast),
        "user_id INT, place INT, movie_id STRING, score DOUBLE",
    )
    return (
        rating_model.transform(ranked)
        .join(F.broadcast(titles), "movie_id", how="inner")
        .select(
            "user_id",
            "place",
            "movie_id",
            "title",
            "score",
            F.col(PREDICTION).alias("predicted_rating"),
            F.lit(ranker.ranker.name).alias("ranked_by"),
            F.lit(kind_of(rating_model)).alias("rated_by"),
        )
    )


def similar_movies(
    movies: DataFrame, movie_genres: DataFrame, movie_people: DataFrame, ranker: RankerModel
) -> DataFrame:
    """Take twenty films for each: by ratings where the film has enough, then by content."""
    films = in_order(
        [row["movie_id"] for row in movies.select("movie_id").collect()], ranker.ranker
    )
    index = pd.Index(films, dtype=object)
    features = features_of(movies, movie_genres, movie_people).toPandas()
    neighbours = Neighbours(
        films, content_of(features, index), *by_ratings(ranker.ranker, index, PLACES)
    )
    spark = movies.sparkSession
    broadcast = spark.sparkContext.broadcast(neighbours)
    nearest = (
        spark.range(len(films), numPartitions=BLOCKS)
        .select(F.col("id").alias("film"))
        .mapInPandas(
            partial(find_nearest, neighbours=broadcast, n=PLACES),
            "movie_id STRING, place INT, similar_movie_id STRING, similarity DOUBLE, method STRING",
        )
    )
    titles = movies.select(
        F.col("movie_id").alias("similar_movie_id"), F.col("title").alias("similar_title")
    )
    return nearest.join(F.broadcast(titles), "similar_movie_id", how="inner").select(
        "movie_id", "place", "similar_movie_id", "similar_title", "similarity", "method"
    )


def _recommend(
    batches: Iterator[pd.DataFrame], broadcast: Broadcast[tuple[Ranker, NDArray[np.bool_]]]
) -> Iterator[pd.DataFrame]:
    """For `mapInPandas` on `histories_of`: the best unrated films of each user."""
    ranker, offered = broadcast.value
    for batch in batches:
        for start in range(0, len(batch), USERS_AT_ONCE):
            block = batch.iloc[start : start + USERS_AT_ONCE]
            history = history_matrix(block["movie_ids"], ranker.films)
            best, scores = best_unrated(ranker, history, PLACES, offered)
            rows, places = np.nonzero(np.isfinite(scores))
            yield pd.DataFrame(
                {
                    "user_id": block["user_id"].to_numpy()[rows],
                    "place": (places + 1).astype(np.int32),
                    "movie_id": ranker.movie_ids[best[rows, places]].astype(object),
                    "score": scores[rows, places].astype(np.float64),
                }
            )
