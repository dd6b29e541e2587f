"""Where a song will stand next week: what the model sees, what it says, how wrong it is.

Weeks are those that a chart published, one after the other. A song that is gone from the next
one stands, by definition, one place below the chart's last: it cannot stand better, and nobody
knows how much worse.
"""

from collections.abc import Mapping

from pyspark.ml import PipelineModel
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.feature import SQLTransformer, VectorAssembler
from pyspark.ml.functions import vector_to_array
from pyspark.ml.regression import RandomForestRegressionModel, RandomForestRegressor
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

TOP = 10
PREDICTED, STAYS = "predicted_position", "stays_in_top_10_probability"
FEATURES = (
    "height",
    "elsewhere",
    "is_elsewhere",
    "change",
    "change_before",
    "is_new_run",
    "is_new",
    "peak",
    "below_peak",
    "log_weeks",
    "log_run_weeks",
    "places",
)
_TREES, _DEPTH, _LEAST_IN_LEAF, _PENALTY, _SEED = 40, 8, 10, 1e-3, 1
_PARTITIONS = 4
"""A fixed number: each tree draws its rows partition by partition, on any machine the same."""
_NOWHERE = 1.2
"""The height of a song that no other chart of the country has: below their last places."""


def parameters() -> dict[str, str | int | float]:
    """What a run notes of the model."""
    return {
        "position": "random forest on the change",
        "trees": _TREES,
        "depth": _DEPTH,
        "least_in_leaf": _LEAST_IN_LEAF,
        "stays_in_top_10": "logistic regression",
        "penalty": _PENALTY,
    }


def with_features(entry_changes: DataFrame) -> DataFrame:
    """Add FEATURES; heights and changes are shares of the chart's places, so charts compare."""
    song = Window.partitionBy("chart", "song_id").orderBy("chart_date")
    in_country = Window.partitionBy("country", "chart_date", "song_id")
    others = F.count("*").over(in_country) - 1
    change = F.coalesce("rank_change", F.lit(0)) / F.col("places")
    before = F.when(F.col("run_week_count") > 2, F.lag("change").over(song))  # noqa: PLR2004
    elsewhere = (F.sum("height").over(in_country) - F.col("height")) / F.nullif(others, F.lit(0))
    return (
        entry_changes.withColumn("places", F.max("position").over(Window.partitionBy("chart")))
        .withColumn("height", F.col("position") / F.col("places"))
        .withColumn("elsewhere", F.coalesce(elsewhere, F.lit(_NOWHERE)))
        .withColumn("is_elsewhere", _flag(others > 0))
        .withColumn("change", change)
        .withColumn("change_before", F.coalesce(before, F.lit(0.0)))
        .withColumn("is_new_run", _flag(F.col("run_week_count") == 1))
        .withColumn("is_new", _flag(F.col("week_count") == 1))
        .withColumn("peak", F.col("peak_position") / F.col("places"))
        .withColumn("below_peak", F.col("height") - F.col("peak"))
        .withColumn("log_weeks", F.log1p("week_count"))
        .withColumn("log_run_weeks", F.log1p("run_week_count"))
    )


def with_outcome(weeks: DataFrame) -> DataFrame:
    """Add next_position (NULL in a chart's last week), leaves, and how late the week is, 0 to 1.

    Args:
        weeks: Columns chart, chart_date, song_id, position, places.
    """
    chart = Window.partitionBy("chart").orderBy("chart_date")
    song = Window.partitionBy("chart", "song_id").orderBy("chart_date")
    dates = (
        weeks.select("chart", "chart_date")
        .distinct()
        .withColumn("next_date", F.lead("chart_date").over(chart))
        .withColumn("lateness", F.percent_rank().over(chart))
    )
    is_there = F.lead("chart_date").over(song) == F.col("next_date")
    next_position = F.when(is_there, F.lead("position").over(song)).when(
        F.col("next_date").isNotNull(), F.col("places") + 1
    )
    return (
        weeks.join(dates, on=["chart", "chart_date"], how="inner")
        .withColumn("next_position", next_position)
        .withColumn("leaves", F.col("next_position") > F.col("places"))
    )


def fit(weeks: DataFrame) -> PipelineModel:
    """Fit on weeks with features and outcome: the change for all, staying for the top ten."""
    change = (F.col("next_position") - F.col("position")) / F.col("places")
    stays = _flag(F.col("next_position") <= TOP)
    assembler = VectorAssembler(inputCols=list(FEATURES), outputCol="features")
    rows = weeks.repartition(_PARTITIONS, "song_id").sortWithinPartitions(
        "chart", "chart_date", "position", "song_id"
    )
    labelled = assembler.transform(rows.withColumn("label", change).withColumn("stays", stays))
    forest = RandomForestRegressor(
        predictionCol="predicted_change",
        numTrees=_TREES,
        maxDepth=_DEPTH,
        minInstancesPerNode=_LEAST_IN_LEAF,
        seed=_SEED,
    )
    regression = LogisticRegression(
        labelCol="stays",
        predictionCol="predicted_stays",
        probabilityCol="stays_probability",
        rawPredictionCol="stays_margin",
        regParam=_PENALTY,
    )
    top = labelled.where(F.col("position") <= TOP)
    return PipelineModel([assembler, forest.fit(labelled), regression.fit(top)])


def predict(model: PipelineModel, weeks: DataFrame) -> DataFrame:
    """Add the predicted position and, for songs in the top ten, the probability that they stay."""
    position = F.col("position") + F.col("predicted_change") * F.col("places")
    kept = F.greatest(F.lit(1.0), F.least(F.col("places") + 1.0, position))
    stays = F.when(F.col("position") <= TOP, vector_to_array(F.col("stays_probability"))[1])
    predicted = model.transform(weeks)
    return predicted.select(*weeks.columns, kept.alias(PREDICTED), stays.alias(STAYS))


def persistence_model() -> PipelineModel:
    """What `persist_positions` says, as a model that `predict` takes and MLlib alone loads."""
    says = "0D AS predicted_change, 0D AS surely_leaves, 1D AS surely_stays"
    nothing_changes = SQLTransformer(statement=f"SELECT *, {says} FROM __THIS__")  # noqa: S608  ours
    stays = VectorAssembler(
        inputCols=["surely_leaves", "surely_stays"], outputCol="stays_probability"
    )
    return PipelineModel([nothing_changes, stays])


def kind_of(model: PipelineModel) -> str:
    """`model` or `persistence`, which of the two a version is."""
    is_forest = (isinstance(stage, RandomForestRegressionModel) for stage in model.stages)
    return "model" if any(is_forest) else "persistence"


def persist_positions(weeks: DataFrame) -> DataFrame:
    """What the persistence baseline says: next week is like this week."""
    stays = F.when(F.col("position") <= TOP, F.lit(1.0))
    return weeks.withColumn(PREDICTED, F.col("position").cast("double")).withColumn(STAYS, stays)


def errors(predicted: DataFrame) -> Mapping[str, float]:
    """How wrong predictions are: places for all and for songs that do not leave; the top ten."""
    error = F.col(PREDICTED) - F.col("next_position")
    stays = _flag(F.col("next_position") <= TOP)
    said = _flag(F.col(STAYS) >= 0.5)  # noqa: PLR2004
    is_real = ~F.col("is_synthetic")
    measured = {
        "mae": F.avg(F.abs(error)),
        "rmse": F.sqrt(F.avg(error * error)),
        "mae_of_stayers": F.avg(F.when(~F.col("leaves"), F.abs(error))),
        "mae_of_real_charts": F.avg(F.when(is_real, F.abs(error))),
        "top_10_brier": F.avg((F.col(STAYS) - stays) ** 2),
        "top_10_accuracy": F.avg(F.when(F.col(STAYS).isNotNull(), _flag(said == stays))),
    }
    (row,) = predicted.agg(*(value.alias(name) for name, value in measured.items())).collect()
    return {name: float(value) for name, value in row.asDict().items() if value is not None}


def _flag(condition: Column) -> Column:
    return condition.cast("double")
