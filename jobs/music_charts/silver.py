"""Typed weeks of each source, the songs that they have in common, and the one list of entries."""

from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.lakehouse.raw_fields import iso_date, text, whole_number
from jobs.music_charts.entry import entry_columns
from jobs.music_charts.matching import with_song
from jobs.music_charts.normal_forms import surname_last

_HOT_100, _TOP_50, _KOREAN = 100, 50, 100
"""How many places the charts have."""
_WEEKS = 76
_TOP50_ITEM = """
    position STRING, streams STRING, is_synthetic BOOLEAN,
    track STRUCT<name: STRING, artists: ARRAY<STRUCT<name: STRING>>, genre: STRING>
"""
# What the providers call the same things; a body has one of the lists.
_KOREAN_ITEM = """
    rank STRING, ranking STRING, no STRING,
    title STRING, songName STRING, track_title STRING,
    artist STRING, artistName STRING, artists ARRAY<STRUCT<artist_nm: STRING>>,
    genre STRING, genreName STRING, style STRING,
    is_synthetic BOOLEAN
"""
_KOREAN_LISTS = ("list", "chartList", "tracks")


def billboard_entries(raw_billboard_weeks: DataFrame) -> DataFrame:
    """Turn the columns of weeks into rows; empty weeks after a song has left are none."""
    places = F.transform(
        F.array(*(f"wk{week}" for week in range(1, _WEEKS + 1))),
        lambda position, week: F.struct(week.alias("week"), position.alias("position")),
    )
    charted = F.filter(places, lambda place: F.trim(place.position) != "")
    return raw_billboard_weeks.withColumn("place", F.explode_outer(charted)).select(
        *entry_columns(
            chart=F.lit("hot_100_of_2000"),
            provider=F.lit("billboard"),
            country=F.lit("US"),
            chart_date=F.date_add(iso_date(F.col("date_entered")), F.col("place.week") * 7),
            position=whole_number(F.col("place.position")),
            title=text(F.col("track")),
            performer=surname_last(text(F.col("artist"))),
        )
    )


def weekly_entries(raw_weekly_csv: DataFrame) -> DataFrame:
    """Type the lines, and keep what they say of earlier weeks."""
    *entry, source = entry_columns(
        chart=F.lit("hot_100"),
        provider=F.lit("billboard"),
        country=F.lit("US"),
        chart_date=iso_date(F.col("chart_week")),
        position=whole_number(F.col("current_week")),
        title=text(F.col("title")),
        performer=text(F.col("performer")),
        chart_size=F.lit(_HOT_100),
    )
    return raw_weekly_csv.select(
        *entry,
        whole_number(F.col("last_week")).alias("stated_last_position"),
        whole_number(F.col("peak_pos")).alias("stated_peak_position"),
        whole_number(F.col("wks_on_chart")).alias("stated_week_count"),
        source,
    )


def top50_entries(raw_top50_json: DataFrame) -> DataFrame:
    """Unfold the items of each document."""
    items = F.from_json("items", f"ARRAY<STRUCT<{_TOP50_ITEM}>>")
    country = F.upper(text(F.col("country")))
    return raw_top50_json.withColumn("item", F.explode_outer(items)).select(
        *entry_columns(
            chart=F.concat(F.lit("top_50_"), F.lower(country)),
            provider=F.lit("top_50"),
            country=country,
            chart_date=iso_date(F.col("date")),
            position=whole_number(F.col("item.position")),
            title=text(F.col("item.track.name")),
            performer=text(F.array_join("item.track.artists.name", ", ")),
            genre=text(F.col("item.track.genre")),
            streams=whole_number(F.col("item.streams"), "bigint"),
            chart_size=F.lit(_TOP_50),
            is_synthetic=F.col("item.is_synthetic"),
        )
    )


def korean_entries(raw_korean_charts: DataFrame) -> DataFrame:
    """Unfold each body's list, whatever the provider calls it and its fields."""
    lists = ", ".join(f"{name}: ARRAY<STRUCT<{_KOREAN_ITEM}>>" for name in _KOREAN_LISTS)
    body = F.from_json("body", f"STRUCT<{lists}>")
    items = F.coalesce(*(body.getField(name) for name in _KOREAN_LISTS))
    provider = F.lower(text(F.col("provider")))

    def first_of(*names: str) -> Column:
        return text(F.coalesce(*(F.col(f"item.{name}") for name in names)))

    artists = F.array_join("item.artists.artist_nm", ", ")
    return raw_korean_charts.withColumn("item", F.explode_outer(items)).select(
        *entry_columns(
            chart=F.concat(provider, F.lit("_100")),
            provider=provider,
            country=F.lit("KR"),
            chart_date=iso_date(F.col("chart_date")),
            position=whole_number(first_of("rank", "ranking", "no")),
            title=first_of("title", "songName", "track_title"),
            performer=F.coalesce(first_of("artist", "artistName"), text(artists)),
            genre=first_of("genre", "genreName", "style"),
            chart_size=F.lit(_KOREAN),
            is_synthetic=F.col("item.is_synthetic"),
        )
    )


def song_aliases(
    billboard_entries: DataFrame,
    weekly_entries: DataFrame,
    top50_entries: DataFrame,
    korean_entries: DataFrame,
) -> DataFrame:
    """Match every spelling of all providers."""
    week = F.concat_ws(" ", "chart", "chart_date")
    spellings = (
        _union(billboard_entries, weekly_entries, top50_entries, korean_entries)
        .groupBy("title", "performer")
        .agg(
            F.count("*").alias("entry_count"),
            F.collect_set(week).alias("weeks"),
            F.collect_set("provider").alias("providers"),
        )
    )
    of_song = Window.partitionBy("song_id")
    providers = F.array_distinct(F.flatten(F.collect_list("providers").over(of_song)))
    return with_song(spellings).select(
        "title",
        "performer",
        "song_id",
        "method",
        "similarity",
        (F.size(providers) > 1).alias("is_matched"),
        "entry_count",
    )


def entries(
    billboard_entries: DataFrame,
    weekly_entries: DataFrame,
    top50_entries: DataFrame,
    korean_entries: DataFrame,
    song_aliases: DataFrame,
) -> DataFrame:
    """Merge the providers' weeks under the songs' ids; of a week's files the newest counts."""
    week = Window.partitionBy("chart", "chart_date")
    delivery = F.struct("ingested_at", "file")
    return (
        _union(billboard_entries, weekly_entries, top50_entries, korean_entries)
        .withColumn("delivery", delivery)
        .withColumn("newest", F.max("delivery").over(week))
        .withColumn("deliveries", F.collect_set("delivery").over(week))
        .where(F.col("delivery") == F.col("newest"))
        .join(
            song_aliases.select("title", "performer", "song_id"),
            on=["title", "performer"],
            how="inner",
        )
        .select(
            "chart",
            "provider",
            "country",
            F.trunc("chart_date", "month").alias("month_date"),
            "chart_date",
            "position",
            "song_id",
            "title",
            "performer",
            "genre",
            "streams",
            "chart_size",
            F.size("deliveries").cast("bigint").alias("delivery_count"),
            "is_synthetic",
        )
    )


def songs(entries: DataFrame) -> DataFrame:
    """Choose of each song's spellings and genres those that are charted most often."""
    # Among equals by the alphabet, so that the choice stays.
    named = entries.groupBy("song_id", "title", "performer").agg(F.count("*").alias("count"))
    genres = entries.groupBy("song_id", "genre").agg(F.count("genre").alias("count"))
    spelling = named.groupBy("song_id").agg(
        F.max_by(F.struct("title", "performer"), F.struct("count", "title", "performer")).alias(
            "spelling"
        )
    )
    genre = genres.groupBy("song_id").agg(
        F.max_by("genre", F.struct("count", "genre")).alias("genre")
    )
    return (
        entries.groupBy("song_id")
        .agg(
            F.count_distinct("provider").alias("provider_count"),
            F.count_distinct("chart").alias("chart_count"),
            F.min("chart_date").alias("first_chart_date"),
            F.max("chart_date").alias("last_chart_date"),
            F.bool_and("is_synthetic").alias("is_synthetic"),
        )
        .join(spelling, on="song_id", how="inner")
        .join(genre, on="song_id", how="inner")
        .select(
            "song_id",
            "spelling.title",
            "spelling.performer",
            "genre",
            "provider_count",
            "chart_count",
            "first_chart_date",
            "last_chart_date",
            "is_synthetic",
        )
    )


def _union(*sources: DataFrame) -> DataFrame:
    """The columns that all sources have."""
    common = sources[0].columns
    return reduce(DataFrame.unionByName, (source.select(*common) for source in sources))
