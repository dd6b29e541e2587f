"""Typed crawls of each source, and the catalogue that the latest of them make."""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.artist_catalogue.documents import album_in, artists_in, release_year
from jobs.artist_catalogue.names import recording_of
from jobs.lakehouse.raw_fields import decimal_number, iso_date, iso_instant, text, whole_number


def artist_crawls(raw_artists: DataFrame) -> DataFrame:
    """Read artist documents."""
    followers = F.get_json_object("followers", "$.total")
    return raw_artists.select(
        text(F.col("id")).alias("artist_id"),
        iso_instant(F.col("crawled_at")).alias("crawled_at"),
        text(F.col("name")).alias("name"),
        F.coalesce(F.from_json("genres", "ARRAY<STRING>"), F.array().cast("ARRAY<STRING>")).alias(
            "genres"
        ),
        whole_number(followers, "bigint").alias("follower_count"),
        whole_number(F.col("popularity")).alias("popularity"),
        "_source",
    )


def album_crawls(raw_albums: DataFrame) -> DataFrame:
    """Read album documents."""
    released = F.col("release_date")
    return raw_albums.select(
        text(F.col("id")).alias("album_id"),
        iso_instant(F.col("crawled_at")).alias("crawled_at"),
        text(F.col("name")).alias("name"),
        text(F.col("album_type")).alias("album_type"),
        release_year(released).alias("release_year"),
        iso_date(released).alias("release_date"),
        whole_number(F.col("total_tracks")).alias("track_count"),
        artists_in(F.col("artists")).alias("artists"),
        "_source",
    )


def track_crawls(raw_tracks: DataFrame) -> DataFrame:
    """Read track documents."""
    return raw_tracks.select(
        text(F.col("id")).alias("track_id"),
        iso_instant(F.col("crawled_at")).alias("crawled_at"),
        text(F.col("name")).alias("name"),
        artists_in(F.col("artists")).alias("artists"),
        album_in(F.col("album")).alias("album"),
        whole_number(F.col("popularity")).alias("popularity"),
        whole_number(F.col("duration_ms"), "bigint").alias("duration_ms"),
        F.col("explicit").try_cast("boolean").alias("is_explicit"),
        whole_number(F.col("disc_number")).alias("disc_number"),
        whole_number(F.col("track_number")).alias("track_number"),
        text(F.col("market")).alias("market"),
        "_source",
    )


def audio_features(raw_audio_features: DataFrame) -> DataFrame:
    """Read audio features; what Spotify could not measure it writes as 0 or -1."""
    measured = (
        "danceability",
        "energy",
        "loudness",
        "speechiness",
        "acousticness",
        "instrumentalness",
        "liveness",
        "valence",
    )
    unknown = F.lit(0)
    return raw_audio_features.select(
        text(F.col("id")).alias("track_id"),
        *(decimal_number(F.col(name)).alias(name) for name in measured),
        F.nullif(decimal_number(F.col("tempo")), unknown).alias("tempo"),
        whole_number(F.col("duration_ms"), "bigint").alias("duration_ms"),
        F.nullif(whole_number(F.col("key")), F.lit(-1)).alias("key"),
        whole_number(F.col("mode")).alias("mode"),
        F.nullif(whole_number(F.col("time_signature")), unknown).alias("time_signature"),
        iso_instant(F.col("crawled_at")).alias("crawled_at"),
        "_source",
    )


def artists(
    artist_crawls: DataFrame, album_crawls: DataFrame, track_crawls: DataFrame
) -> DataFrame:
    """Take the latest crawl of each artist; of others what albums and tracks say."""
    crawled = artist_crawls.select(
        "artist_id", "name", "crawled_at", F.struct("follower_count", "popularity").alias("figures")
    )
    mentioned = _named_artists(album_crawls).unionByName(_named_artists(track_crawls))
    figures_at = F.when(F.col("figures").isNotNull(), F.col("crawled_at"))
    # At the same time the artist's own document knows better.
    latest = F.struct("crawled_at", F.col("figures").isNotNull(), "name")
    name = F.max_by("name", latest)
    return (
        crawled.unionByName(mentioned, allowMissingColumns=True)
        .groupBy("artist_id")
        .agg(
            name.alias("name"),
            F.array_sort(F.array_remove(F.collect_set("name"), name)).alias("former_names"),
            F.max_by("figures", figures_at).alias("figures"),
            F.max(figures_at).alias("last_crawled_at"),
        )
        .select(
            "artist_id",
            "name",
            "former_names",
            "figures.follower_count",
            "figures.popularity",
            "last_crawled_at",
        )
    )


def artist_genres(artist_crawls: DataFrame) -> DataFrame:
    """List the genres of each artist's latest crawl."""
    genre = F.lower(F.trim("genre"))
    return (
        artist_crawls.groupBy("artist_id")
        .agg(F.max_by("genres", "crawled_at").alias("genres"))
        .select("artist_id", F.explode("genres").alias("genre"))
        .select("artist_id", F.regexp_replace(genre, r"\s+", " ").alias("genre"))
        .where("genre <> ''")
        .select("artist_id", F.translate("genre", " ", "-").alias("genre_id"), "genre")
        .groupBy("artist_id", "genre_id")
        .agg(F.min("genre").alias("genre"))
    )


def albums(album_crawls: DataFrame, track_crawls: DataFrame) -> DataFrame:
    """Take each album as its latest crawl has it, be it by itself or with a track on it."""
    columns = [name for name in album_crawls.columns if name != "crawled_at"]
    on_tracks = track_crawls.where(F.col("album").isNotNull()).select(
        "crawled_at", *(F.col(f"album.{name}").alias(name) for name in columns)
    )
    return (
        album_crawls.unionByName(on_tracks)
        .groupBy("album_id")
        .agg(F.max_by(F.struct(*columns), F.struct("crawled_at", *columns)).alias("album"))
        .select(
            "album_id",
            "album.name",
            F.get("album.artists", F.lit(0)).getField("artist_id").alias("main_artist_id"),
            "album.album_type",
            "album.release_year",
            "album.release_date",
            "album.track_count",
        )
    )


def tracks(track_crawls: DataFrame) -> DataFrame:
    """Take the latest crawl of each track, and all names that the others gave it."""
    names = track_crawls.groupBy("track_id").agg(F.collect_set("name").alias("names"))
    main_artist = F.get("artists", F.lit(0))
    return (
        _latest_crawls(track_crawls)
        .join(names, on="track_id", how="inner")
        .select(
            "track_id",
            "name",
            F.array_sort(F.array_remove("names", F.col("name"))).alias("other_names"),
            recording_of(main_artist["name"], F.col("name")).alias("recording"),
            main_artist["artist_id"].alias("main_artist_id"),
            "album.album_id",
            "popularity",
            "duration_ms",
            "is_explicit",
            "disc_number",
            "track_number",
            F.col("crawled_at").alias("last_crawled_at"),
        )
    )


def track_artists(track_crawls: DataFrame) -> DataFrame:
    """List the artists of each track; one who stands twice keeps the first place."""
    return (
        _latest_crawls(track_crawls)
        .select("track_id", F.posexplode("artists").alias("position", "artist"))
        .groupBy("track_id", F.col("artist.artist_id").alias("artist_id"))
        .agg((F.min("position") + 1).alias("place"))
    )


def genres(artist_genres: DataFrame, tracks: DataFrame) -> DataFrame:
    """Count the artists and tracks of each genre."""
    by_artist = tracks.groupBy(F.col("main_artist_id").alias("artist_id")).agg(
        F.count("*").alias("track_count")
    )
    return (
        artist_genres.join(by_artist, on="artist_id", how="left")
        .groupBy("genre_id")
        .agg(
            F.min("genre").alias("name"),
            F.count("*").alias("artist_count"),
            F.coalesce(F.sum("track_count"), F.lit(0)).alias("track_count"),
        )
    )


def _named_artists(crawls: DataFrame) -> DataFrame:
    """The artists whom crawls of albums or tracks name."""
    return (
        crawls.select("crawled_at", F.explode("artists").alias("artist"))
        .select("artist.artist_id", "artist.name", "crawled_at")
        .where("name IS NOT NULL")
    )


def _latest_crawls(track_crawls: DataFrame) -> DataFrame:
    latest_first = Window.partitionBy("track_id").orderBy(F.desc("crawled_at"))
    return track_crawls.withColumn("_place", F.row_number().over(latest_first)).where("_place = 1")
