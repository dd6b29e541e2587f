"""What the model says of the newest week of each chart."""

from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.music_charts.next_week import PREDICTED, STAYS, kind_of, predict, with_features

_RECENT = 8


def trends(entry_changes: DataFrame, next_week: PipelineModel) -> DataFrame:
    """Show where each song came from in the last weeks, and where it will go."""
    chart = Window.partitionBy("chart")
    song = Window.partitionBy("chart", "song_id").orderBy("chart_date")
    recent = F.collect_list("position").over(song.rowsBetween(1 - _RECENT, Window.currentRow))
    newest = (
        with_features(entry_changes)
        .withColumn("recent_positions", recent)
        .withColumn("newest_date", F.max("chart_date").over(chart))
        .where(F.col("chart_date") == F.col("newest_date"))
    )
    place = F.row_number().over(chart.orderBy(PREDICTED, "position", "song_id"))
    return predict(next_week, newest).select(
        "chart",
        "country",
        "chart_date",
        "song_id",
        "title",
        "performer",
        "position",
        "rank_change",
        "movement",
        "week_count",
        "recent_positions",
        F.col(PREDICTED),
        place.alias("predicted_place"),
        F.col(STAYS),
        F.lit(kind_of(next_week)).alias("predicted_by"),
        "is_synthetic",
    )
