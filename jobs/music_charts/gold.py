"""What moves in the charts, week by week."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.music_charts.week_faults import faults_of_weeks

_TOP = 10


def entry_changes(entries: DataFrame, songs: DataFrame) -> DataFrame:
    """Compare each week with the chart's week before, and count each song's weeks so far."""
    song = Window.partitionBy("chart", "song_id").orderBy("chart_date")
    so_far = song.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    run = Window.partitionBy("chart", "song_id", "run").orderBy("chart_date")
    in_a_row = F.lag("week").over(song) == F.col("week") - 1
    previous = F.when(F.col("was_there"), F.lag("position").over(song))
    return (
        _places(entries)
        .withColumn("was_there", F.coalesce(in_a_row, F.lit(False)))  # noqa: FBT003
        .withColumn("previous_position", previous)
        .withColumn("run", F.count_if(~F.col("was_there")).over(so_far))
        .withColumn("rank_change", F.col("previous_position") - F.col("position"))
        .withColumn("week_count", F.row_number().over(song))
        .join(songs.select("song_id", "title", "performer", "genre"), on="song_id", how="inner")
        .select(
            "chart",
            "country",
            _month(),
            "chart_date",
            "song_id",
            "title",
            "performer",
            "genre",
            "position",
            "previous_position",
            "rank_change",
            _movement().alias("movement"),
            "week_count",
            F.row_number().over(run).alias("run_week_count"),
            F.min("position").over(so_far).alias("peak_position"),
            F.count_if(F.col("position") == 1)
            .over(so_far)
            .cast("int")
            .alias("number_one_week_count"),
            "is_synthetic",
        )
    )


def song_runs(entry_changes: DataFrame) -> DataFrame:
    """Sum up each song's life on each chart."""
    return (
        entry_changes.groupBy("chart", "song_id")
        .agg(
            F.max("title").alias("title"),
            F.max("performer").alias("performer"),
            F.min("chart_date").alias("first_chart_date"),
            F.max("chart_date").alias("last_chart_date"),
            F.min("position").alias("peak_position"),
            F.max("week_count").alias("week_count"),
            F.max("run_week_count").alias("longest_run_week_count"),
            F.count_if(F.col("movement") == "re_entry").alias("re_entry_count"),
            F.max("number_one_week_count").alias("number_one_week_count"),
            F.bool_and("is_synthetic").alias("is_synthetic"),
        )
        .select(
            "chart",
            "song_id",
            "title",
            "performer",
            "first_chart_date",
            "last_chart_date",
            "peak_position",
            "week_count",
            "longest_run_week_count",
            "re_entry_count",
            "number_one_week_count",
            "is_synthetic",
        )
    )


def week_stats(entries: DataFrame, entry_changes: DataFrame) -> DataFrame:
    """Count what moved in each week, and what is wrong with it."""
    week = Window.partitionBy("chart").orderBy("chart_date")
    top = F.array_compact(F.collect_set(F.when(F.col("position") <= _TOP, F.col("song_id"))))
    stayed = F.count("previous_position")
    last_top = F.lag("top").over(week)
    in_both = F.size(F.array_intersect("top", last_top))
    in_either = F.size(F.array_union("top", last_top))
    return (
        entry_changes.groupBy("chart", "chart_date")
        .agg(
            F.min_by("song_id", F.struct("position", "song_id")).alias("best_song_id"),
            F.min("position").alias("best_position"),
            F.count("*").alias("song_count"),
            _count_of("new"),
            _count_of("re_entry"),
            _count_of("up"),
            _count_of("down"),
            stayed.alias("stayed_count"),
            top.alias("top"),
        )
        .withColumn("left_count", F.lag("song_count").over(week) - F.col("stayed_count"))
        .withColumn("top_10_jaccard", in_both / F.nullif(in_either, F.lit(0)))
        .join(faults_of_weeks(entries), on=["chart", "chart_date"], how="inner")
        .select(
            "chart",
            "country",
            _month(),
            "chart_date",
            F.when(F.col("best_position") == 1, F.col("best_song_id")).alias("number_one_song_id"),
            "entry_count",
            "new_count",
            "re_entry_count",
            "up_count",
            "down_count",
            "left_count",
            "top_10_jaccard",
            "chart_size",
            "missing_week_count",
            "delivery_count",
            "tied_position_count",
            "empty_position_count",
            "doubled_song_count",
            "is_synthetic",
        )
    )


def week_counts(entry_changes: DataFrame) -> DataFrame:
    """Count each week's entries by genre, by performer, and in all."""
    kinds = {
        "genre": F.coalesce("genre", F.lit("unknown")),
        "performer": F.col("performer"),
        "country": F.col("country"),
    }
    counted = F.array(
        *(F.struct(F.lit(kind).alias("kind"), name.alias("name")) for kind, name in kinds.items())
    )
    return (
        entry_changes.withColumn("counted", F.explode(counted))
        .groupBy("country", "chart_date", "counted.kind", "counted.name")
        .agg(
            F.count("*").alias("entry_count"),
            F.count_distinct("song_id").alias("song_count"),
            F.min("position").alias("best_position"),
        )
        .select(
            "country",
            _month(),
            "chart_date",
            "kind",
            "name",
            "entry_count",
            "song_count",
            "best_position",
        )
    )


def _places(entries: DataFrame) -> DataFrame:
    """One row per chart, week and song, with the number of the week among the chart's own."""
    return (
        entries.groupBy("chart", "chart_date", "song_id")
        .agg(
            F.max("country").alias("country"),
            F.min("position").alias("position"),
            F.bool_and("is_synthetic").alias("is_synthetic"),
        )
        .withColumn("week", F.dense_rank().over(Window.partitionBy("chart").orderBy("chart_date")))
    )


def _month() -> Column:
    return F.trunc("chart_date", "month").alias("month_date")


def _movement() -> Column:
    """What a song did since the week before."""
    return (
        F.when(F.col("week") == 1, "first_week")
        .when(F.col("week_count") == 1, "new")
        .when(F.col("previous_position").isNull(), "re_entry")
        .when(F.col("rank_change") > 0, "up")
        .when(F.col("rank_change") < 0, "down")
        .otherwise("same")
    )


def _count_of(movement: str) -> Column:
    return F.count_if(F.col("movement") == movement).alias(f"{movement}_count")
