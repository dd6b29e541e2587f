"""Answers about films, genres and users."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

_PRIOR_RATINGS = 50
"""As many ratings with the mean of all are added to a film's own for the Bayesian mean."""
_PLACES = 20


def movie_stats(ratings: DataFrame, movies: DataFrame) -> DataFrame:
    """Count and average the stars of each film.

    The Bayesian mean keeps a film with few ratings near the mean of all: three enthusiasts do
    not make the best film.
    """
    mean_of_all = F.broadcast(ratings.agg(F.avg("rating").alias("mean_of_all")))
    prior = F.col("mean_of_all") * _PRIOR_RATINGS
    return (
        ratings.groupBy("movie_id")
        .agg(
            F.count("*").alias("rating_count"),
            F.avg("rating").alias("mean_rating"),
            F.sum("rating").alias("stars"),
            _count_of_stars(1).alias("one_star_count"),
            _count_of_stars(2).alias("two_star_count"),
            _count_of_stars(3).alias("three_star_count"),
            _count_of_stars(4).alias("four_star_count"),
            _count_of_stars(5).alias("five_star_count"),
            F.min("rated_at").alias("first_rated_at"),
            F.max("rated_at").alias("last_rated_at"),
        )
        .crossJoin(mean_of_all)
        .join(movies, on="movie_id", how="inner")
        .select(
            "movie_id",
            "title",
            "release_year",
            "rating_count",
            "mean_rating",
            ((prior + F.col("stars")) / (F.col("rating_count") + _PRIOR_RATINGS)).alias(
                "bayesian_mean"
            ),
            "one_star_count",
            "two_star_count",
            "three_star_count",
            "four_star_count",
            "five_star_count",
            "first_rated_at",
            "last_rated_at",
        )
    )


def genre_trends(ratings: DataFrame, movie_genres: DataFrame) -> DataFrame:
    """Count and average the stars of each genre by month."""
    # By film first: joining genres to the ratings themselves would make three rows of each.
    by_film = ratings.groupBy("movie_id", F.trunc("rated_at", "month").alias("month_date")).agg(
        F.count("*").alias("film_count"), F.sum("rating").alias("film_stars")
    )
    month = Window.partitionBy("month_date")
    count, stars = F.sum("film_count"), F.sum("film_stars")
    return (
        by_film.withColumn("month_count", F.sum("film_count").over(month))
        .join(movie_genres, on="movie_id", how="inner")
        .groupBy("genre_id", "month_date")
        .agg(
            F.max("genre").alias("genre"),
            count.alias("rating_count"),
            (stars / count).alias("mean_rating"),
            (count / F.max("month_count")).alias("rating_share"),
        )
        .select("genre_id", "genre", "month_date", "rating_count", "mean_rating", "rating_share")
    )


def user_profiles(ratings: DataFrame, users: DataFrame, movie_genres: DataFrame) -> DataFrame:
    """Sum up what each user has rated."""
    habits = ratings.groupBy("user_id").agg(
        F.count("*").alias("rating_count"),
        F.avg("rating").alias("mean_rating"),
        F.stddev_samp("rating").alias("rating_stddev"),
        F.min("rated_at").alias("first_rated_at"),
        F.max("rated_at").alias("last_rated_at"),
        F.count_distinct(F.to_date("rated_at")).alias("active_days"),
    )
    return (
        habits.join(users, on="user_id", how="inner")
        .join(_favourite_genres(ratings, movie_genres), on="user_id", how="left")
        .select(
            "user_id",
            "gender",
            "age_group",
            "occupation",
            "rating_count",
            "mean_rating",
            "rating_stddev",
            "favourite_genre",
            "first_rated_at",
            "last_rated_at",
            "active_days",
        )
    )


def top_movies(movie_stats: DataFrame, movie_genres: DataFrame) -> DataFrame:
    """Choose the best films of each genre and decade."""
    best_first = Window.partitionBy("genre", "decade").orderBy(
        F.desc("bayesian_mean"), F.desc("rating_count"), F.asc("movie_id")
    )
    return (
        movie_stats.where(F.col("release_year").isNotNull())
        .withColumn("decade", F.col("release_year") - F.col("release_year") % 10)
        .join(movie_genres, on="movie_id", how="inner")
        .withColumn("place", F.row_number().over(best_first))
        .where(F.col("place") <= _PLACES)
        .select("genre", "decade", "place", "movie_id", "title", "bayesian_mean", "rating_count")
    )


def _count_of_stars(stars: int) -> Column:
    """Half a star counts with the whole ones below, so that the counts add up to all ratings."""
    return F.count_if(F.floor("rating") == stars)


def _favourite_genres(ratings: DataFrame, movie_genres: DataFrame) -> DataFrame:
    """One row per user: the genre rated most often, of several the best rated, then by name."""
    most_often_first = F.struct(-F.col("genre_count"), -F.col("genre_mean"), F.col("genre"))
    return (
        ratings.join(F.broadcast(movie_genres), on="movie_id", how="inner")
        .groupBy("user_id", "genre")
        .agg(F.count("*").alias("genre_count"), F.avg("rating").alias("genre_mean"))
        .groupBy("user_id")
        .agg(F.min_by("genre", most_often_first).alias("favourite_genre"))
    )
