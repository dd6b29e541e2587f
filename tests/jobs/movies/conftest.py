"""A small world of ratings with structure in it: some films are better, some users kinder."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame, SparkSession

from jobs.movies.rating_blend import fit_blend

RATINGS_SCHEMA = "user_id INT, movie_id STRING, rating DOUBLE, rated_at TIMESTAMP"


@pytest.fixture(scope="session")
def small_ratings(spark: SparkSession) -> DataFrame:
    """Sixty users rate thirty of sixty films each, mostly of the half that they like."""
    random = np.random.default_rng(3)
    quality, kindness = random.normal(0, 0.6, 60), random.normal(0, 0.4, 60)
    start = datetime(2000, 1, 1, tzinfo=UTC)
    rows = []
    for user in range(60):
        likes = (np.arange(60) % 2 == user % 2) * 1.0
        films = random.choice(60, size=30, replace=False, p=(likes * 9 + 1) / (likes * 9 + 1).sum())
        stars = 3 + quality[films] + kindness[user] + likes[films] + random.normal(0, 0.3, 30)
        for place, (film, star) in enumerate(zip(films, stars, strict=True)):
            rated_at = start + timedelta(seconds=int(random.integers(10)) + 60 * place)
            rows.append((user, f"film {film:02}", float(np.clip(round(star), 1, 5)), rated_at))
    return spark.createDataFrame(rows, RATINGS_SCHEMA).persist()


@pytest.fixture(scope="session")
def blend(small_ratings: DataFrame) -> tuple[PipelineModel, float]:
    """The rating blend fitted on all small ratings, and their mean."""
    return fit_blend(small_ratings)
