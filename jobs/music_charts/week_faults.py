"""What can be wrong with a whole week of a chart."""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F


def faults_of_weeks(entries: DataFrame) -> DataFrame:
    """One row per chart and week: missing weeks before it, files, ties, gaps, doubled songs.

    A chart that has a size must fill all its places; of one that is known in part nobody can
    tell. Weeks are missing where dates are further apart than by the chart's commonest distance: a
    chart that once came out some days off says nothing of the others.
    """
    chart = Window.partitionBy("chart")
    days = F.datediff("chart_date", F.lag("chart_date").over(chart.orderBy("chart_date")))
    period = F.mode("days", deterministic=True).over(chart)
    week = ("chart", "chart_date")
    at_position = F.count("*").over(Window.partitionBy(*week, "position"))
    of_song = F.count("*").over(Window.partitionBy(*week, "song_id"))
    tied = F.when(F.col("at_position") > 1, F.col("position"))
    doubled = F.when(F.col("of_song") > 1, F.col("song_id"))
    return (
        entries.withColumn("at_position", at_position)
        .withColumn("of_song", of_song)
        .groupBy(*week)
        .agg(
            F.max("country").alias("country"),
            F.max("chart_size").alias("chart_size"),
            F.count("*").alias("entry_count"),
            F.max("delivery_count").alias("delivery_count"),
            F.count_distinct("position").alias("filled"),
            F.count_distinct(tied).alias("tied_position_count"),
            F.count_distinct(doubled).alias("doubled_song_count"),
            F.bool_and("is_synthetic").alias("is_synthetic"),
        )
        .withColumn("days", days)
        .withColumn(
            "missing", F.greatest(F.floor(F.col("days") / period) - 1, F.lit(0)).cast("int")
        )
        .select(
            "chart",
            "country",
            "chart_date",
            "chart_size",
            "entry_count",
            "delivery_count",
            F.coalesce("missing", F.lit(0)).alias("missing_week_count"),
            "tied_position_count",
            (F.col("chart_size") - F.col("filled")).alias("empty_position_count"),
            "doubled_song_count",
            "is_synthetic",
        )
    )
