"""The rating model: user and film biases, and three ALS models that look at them differently.

    prediction = the mean of  ALS on the stars,
                              mean + ALS on the stars less their mean,
                              bias + ALS on the stars less the bias,   kept within 1 to 5
    bias       = a ridge regression over one indicator for each user and each film

The three err differently, because the penalty draws each to another centre: their mean is
closer than the best of them. What ALS does not know takes the bias; an unknown user or film has
none of his own. Everything is a stage of MLlib, so the model is one `PipelineModel` that needs
nothing but Spark where it is loaded.

Biases as in Koren, Bell and Volinsky, "Matrix factorization techniques for recommender systems"
(2009); ALS weighted by the number of ratings as in Zhou and others, "Large-scale parallel
collaborative filtering for the Netflix prize" (2008).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.feature import OneHotEncoder, SQLTransformer, StringIndexer, VectorAssembler
from pyspark.ml.recommendation import ALS, ALSModel
from pyspark.ml.regression import LinearRegression, LinearRegressionModel
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

BIAS = "bias_prediction"
PREDICTION = "prediction"
BIASES = f"greatest(1D, least(5D, {BIAS}))"
"""The biases as stars, as SQL."""
_ENCODED = ("user", "film", "user_is", "film_is", "indicators")
"""What the encoder adds."""
# A fixed number, because another one gives other last digits: the same on every machine.
BLOCKS = 2


@dataclass(frozen=True)
class Part:
    """One ALS model of the blend. What it learns is a column that `_targets` makes."""

    target: str
    rank: int
    penalty: float
    stars: str
    """SQL that makes its output, `{output}`, stars; where it is NaN, ALS knows too little."""

    @property
    def output(self) -> str:
        """The column that it predicts into."""
        return f"{self.target}_als"


PARTS = (
    Part("raw", 16, 0.06, f"nanvl({{output}}, {BIAS})"),
    Part("centred", 12, 0.07, f"nanvl({{mean}} + {{output}}, {BIAS})"),
    Part("residual", 20, 0.08, f"{BIAS} + nanvl({{output}}, 0D)"),
)
ITERATIONS = 8
BIAS_ITERATIONS = 5
BIAS_PENALTY = 4.0
"""Draws each bias to zero as about this many ratings without any would."""
SEED = 7


def parameters() -> dict[str, str | int | float]:
    """What the blend is made of, as MLflow records it."""
    return {
        "model": "mean of three ALS over biases",
        "bias_penalty": BIAS_PENALTY,
        "bias_iterations": BIAS_ITERATIONS,
        "als_iterations": ITERATIONS,
        "seed": SEED,
        **{f"{part.target}_rank": part.rank for part in PARTS},
        **{f"{part.target}_penalty": part.penalty for part in PARTS},
    }


def fit_blend(ratings: DataFrame) -> tuple[PipelineModel, float]:
    """Fit the blend on columns user_id, movie_id and rating (stars); returns the mean beside it.

    The model needs user_id and movie_id, keeps all columns that it is given and adds
    `bias_prediction` and `prediction`.
    """
    rows = (
        ratings.select("user_id", "movie_id", "rating")
        # Sums of floats in another order have other last digits.
        .repartition(BLOCKS, "user_id")
        .sortWithinPartitions("user_id", "movie_id")
        .persist()
    )
    try:
        count, mean = rows.agg(F.count("*"), F.avg("rating")).head() or (0, 0.0)
        encoder = _encoder().fit(rows)
        features = encoder.transform(rows).persist()
        try:
            biases = _bias_regression(count).fit(features)
            targets = biases.transform(features).select(*_targets(mean)).persist()
            targets.count()
        finally:
            features.unpersist()
    finally:
        rows.unpersist()
    try:
        factors = [_fit_part(part, targets) for part in PARTS]
    finally:
        targets.unpersist()
    return PipelineModel([*encoder.stages, biases, *factors, _blender(mean)]), mean


def mean_model(mean: float | None) -> PipelineModel:
    """The mean for every user and film, with the columns of the blend; NULL without a mean."""
    stars = "CAST(NULL AS DOUBLE)" if mean is None else f"{mean!r}D"
    says = f"{stars} AS {BIAS}, {stars} AS {PREDICTION}"
    return PipelineModel([SQLTransformer(statement=f"SELECT *, {says} FROM __THIS__")])  # noqa: S608


def bias_model(blend: PipelineModel) -> PipelineModel:
    """The biases of a blend without its ALS models, with the same columns."""
    stages = blend.stages
    regression = next(i for i, s in enumerate(stages) if isinstance(s, LinearRegressionModel))
    kept = f"* EXCEPT ({', '.join(_ENCODED)}), {BIASES} AS {PREDICTION}"
    says = SQLTransformer(statement=f"SELECT {kept} FROM __THIS__")  # noqa: S608  as below
    return PipelineModel([*stages[: regression + 1], says])


def kind_of(model: PipelineModel) -> str:
    """`model`, `bias` or `mean`, which of the three a version is."""
    if any(isinstance(stage, ALSModel) for stage in model.stages):
        return "model"
    has_biases = any(isinstance(stage, LinearRegressionModel) for stage in model.stages)
    return "bias" if has_biases else "mean"


def rating_errors(scored: DataFrame, predictions: Mapping[str, str]) -> dict[str, dict[str, float]]:
    """Root mean squared and mean absolute error in stars, in one pass.

    Args:
        scored: Column rating, and what the expressions name.
        predictions: SQL for the predicted stars, by the name to report them under.
    """
    errors = {name: F.col("rating") - F.expr(sql) for name, sql in predictions.items()}
    row = scored.agg(
        *(
            F.struct(
                F.sqrt(F.avg(error * error)).alias("rmse"), F.avg(F.abs(error)).alias("mae")
            ).alias(name)
            for name, error in errors.items()
        )
    ).head()
    return {} if row is None else {name: row[name].asDict() for name in errors}


def _encoder() -> Pipeline:
    """Ids to numbers `user` and `film` for ALS, and to one indicator each for the regression."""
    return Pipeline(
        stages=[
            # `keep` numbers unknown ids last, and the encoder drops the last: all indicators of
            # an unknown id are 0, and so is its bias.
            StringIndexer(
                inputCols=["user_id", "movie_id"],
                outputCols=["user", "film"],
                handleInvalid="keep",
            ),
            OneHotEncoder(inputCols=["user", "film"], outputCols=["user_is", "film_is"]),
            VectorAssembler(inputCols=["user_is", "film_is"], outputCol="indicators"),
        ]
    )


def _bias_regression(rows: int) -> LinearRegression:
    return LinearRegression(
        featuresCol="indicators",
        labelCol="rating",
        predictionCol=BIAS,
        solver="l-bfgs",
        # MLlib averages the squared errors, so the penalty is a share of the rows.
        regParam=BIAS_PENALTY / max(rows, 1),
        # One penalty for all ids: who has rated little is then drawn most to the mean.
        standardization=False,
        maxIter=BIAS_ITERATIONS,
        tol=1e-5,
    )


def _targets(mean: float) -> list[Column]:
    """The numbers of user and film, and what the three parts learn."""
    stars = F.col("rating")
    learnt = {"raw": stars, "centred": stars - F.lit(mean), "residual": stars - F.col(BIAS)}
    return [
        F.col("user").cast("int"),
        F.col("film").cast("int"),
        *(target.cast("float").alias(name) for name, target in learnt.items()),
    ]


def _fit_part(part: Part, targets: DataFrame) -> ALSModel:
    als = ALS(
        rank=part.rank,
        regParam=part.penalty,
        maxIter=ITERATIONS,
        seed=SEED,
        userCol="user",
        itemCol="film",
        ratingCol=part.target,
        numUserBlocks=BLOCKS,
        numItemBlocks=BLOCKS,
        coldStartStrategy="nan",
        checkpointInterval=-1,
    )
    return als.setPredictionCol(part.output).fit(targets)


def _blender(mean: float) -> SQLTransformer:
    """The mean of the parts, and only the columns that readers want."""
    helpers = [*_ENCODED, *(part.output for part in PARTS)]
    stars = [part.stars.format(output=part.output, mean=f"{mean!r}D") for part in PARTS]
    kept = f"* EXCEPT ({', '.join(helpers)})"
    blend = f"greatest(1D, least(5D, ({' + '.join(stars)}) / {len(PARTS)}D))"
    # All names and numbers in the statement are our own.
    return SQLTransformer(statement=f"SELECT {kept}, {blend} AS {PREDICTION} FROM __THIS__")  # noqa: S608
