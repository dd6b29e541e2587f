"""What changes from day to day, and how artists and genres sound."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.window import WindowSpec


def artist_snapshots(artist_crawls: DataFrame) -> DataFrame:
    """Take each artist's last crawl of a day, and compare it with the one before."""
    before = Window.partitionBy("artist_id").orderBy("dt")
    previous_name = F.lag("name").over(before)
    return _last_of_each_day(artist_crawls, "artist_id").select(
        "artist_id",
        "dt",
        "name",
        "follower_count",
        "popularity",
        F.lag("dt").over(before).alias("previous_dt"),
        F.when(previous_name != F.col("name"), previous_name).alias("previous_name"),
        _change("follower_count", before).alias("follower_change"),
        _change("popularity", before).alias("popularity_change"),
    )


def track_snapshots(track_crawls: DataFrame) -> DataFrame:
    """Take each track's last crawl of a day, and compare it with the one before."""
    before = Window.partitionBy("track_id").orderBy("dt")
    return _last_of_each_day(track_crawls, "track_id").select(
        "track_id",
        "dt",
        "name",
        F.get("artists", F.lit(0)).getField("artist_id").alias("main_artist_id"),
        "popularity",
        F.lag("dt").over(before).alias("previous_dt"),
        _change("popularity", before).alias("popularity_change"),
    )


def artist_profiles(
    artists: DataFrame,
    artist_genres: DataFrame,
    tracks: DataFrame,
    track_artists: DataFrame,
    audio_features: DataFrame,
) -> DataFrame:
    """Sum up the tracks of each artist."""
    sounds = ("danceability", "energy", "loudness", "acousticness", "valence", "tempo")
    # A song on twenty compilations is one song: of its copies the most popular one counts.
    popular_first = Window.partitionBy("recording").orderBy(
        F.desc_nulls_last("popularity"), "track_id"
    )
    copy = F.row_number().over(popular_first)
    top = F.struct(-F.coalesce("popularity", F.lit(-1)), "name")
    own = (
        tracks.withColumn("is_first_copy", copy == 1)
        .join(audio_features.select("track_id", *sounds), on="track_id", how="left")
        .groupBy(F.col("main_artist_id").alias("artist_id"))
        .agg(
            F.count("*").alias("track_count"),
            F.count_if("is_first_copy").alias("recording_count"),
            F.min_by("name", top).alias("top_track_name"),
            F.max("popularity").alias("top_track_popularity"),
            *(F.avg(F.when(F.col("is_first_copy"), F.col(s))).alias(f"mean_{s}") for s in sounds),
        )
    )
    guests = (
        track_artists.where("place > 1").groupBy("artist_id").agg(F.count("*").alias("guest_count"))
    )
    genres = artist_genres.groupBy("artist_id").agg(
        F.array_sort(F.collect_list("genre")).alias("genres")
    )
    return (
        artists.join(own, on="artist_id", how="inner")
        .join(guests, on="artist_id", how="left")
        .join(genres, on="artist_id", how="left")
        .select(
            "artist_id",
            "name",
            F.coalesce("genres", F.array().cast("ARRAY<STRING>")).alias("genres"),
            "follower_count",
            "popularity",
            "track_count",
            "recording_count",
            F.coalesce("guest_count", F.lit(0)).cast("bigint").alias("guest_count"),
            "top_track_name",
            "top_track_popularity",
            *(f"mean_{sound}" for sound in sounds),
        )
    )


def genre_features(
    track_snapshots: DataFrame, artist_genres: DataFrame, audio_features: DataFrame
) -> DataFrame:
    """Average how the tracks of each genre and day sound."""
    sounds = (
        "danceability",
        "energy",
        "loudness",
        "speechiness",
        "acousticness",
        "instrumentalness",
        "liveness",
        "valence",
        "tempo",
    )
    features = audio_features.select("track_id", *sounds, "duration_ms", "mode")
    genres = artist_genres.withColumnRenamed("artist_id", "main_artist_id")
    return (
        track_snapshots.join(features, on="track_id", how="left")
        .join(genres, on="main_artist_id", how="inner")
        .groupBy("genre_id", "dt")
        .agg(
            F.min("genre").alias("genre"),
            F.count("*").alias("track_count"),
            F.avg("popularity").alias("mean_popularity"),
            *(F.avg(sound).alias(f"mean_{sound}") for sound in sounds),
            (F.avg("duration_ms") / 1000).alias("mean_duration_s"),
            F.avg("mode").alias("major_share"),
        )
    )


def _last_of_each_day(crawls: DataFrame, key: str) -> DataFrame:
    last_first = Window.partitionBy(key, "dt").orderBy(F.desc("crawled_at"))
    return (
        crawls.withColumn("dt", F.to_date("crawled_at"))
        .withColumn("_place", F.row_number().over(last_first))
        .where("_place = 1")
    )


def _change(figure: str, before: WindowSpec) -> Column:
    return F.col(figure) - F.lag(figure).over(before)
