"""The model of next week: what counts as right, and that it beats persistence on later weeks."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from pyspark.ml import PipelineModel
from pyspark.ml.regression import RandomForestRegressionModel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

import model_registry
from jobs.lakehouse.testing import frame, rows_of
from jobs.music_charts import flow, gold, next_week, serve, train
from jobs.sources.simulator.dynamics import WEEKS, simulate_market, week_date
from model_registry import Challenger, Contest, Decision, Origin, Registry, TooLittle

PLACES = 30


@pytest.fixture(scope="module")
def changes(spark: SparkSession) -> DataFrame:
    """One simulated chart of thirty places, and another provider's of the same country."""
    market = simulate_market(np.linspace(80, 20, 200), np.random.default_rng(2))
    other = market.seen_by(np.random.default_rng(3), noise=0.3)
    rows = [
        {
            "chart": chart,
            "country": "KR",
            "chart_date": week_date(week),
            "position": place,
            "song_id": f"song {song}",
            "is_synthetic": True,
        }
        for chart, seen in (("a", market), ("b", other))
        for week in range(WEEKS)
        for place, song in enumerate(seen.ranking(week, PLACES), start=1)
    ]
    entered = frame(spark, flow.entries, *rows)
    ids = {str(row["song_id"]) for row in rows}
    songs = frame(spark, flow.songs, *({"song_id": i, "title": i, "performer": i} for i in ids))
    return gold.entry_changes(entered, songs).localCheckpoint()


@pytest.fixture(scope="module")
def challenger(changes: DataFrame) -> Challenger:
    """The model trained on the two charts."""
    trained = train.next_week(changes)
    assert isinstance(trained, Challenger)
    return trained


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """An empty registry in a file."""
    return Registry(f"sqlite:///{tmp_path / 'mlflow.db'}", (tmp_path / "artifacts").as_uri())


def submit(trained: Challenger | TooLittle, registry: Registry) -> Decision:
    """Hand a challenger to the gate as the runner does."""
    declared = flow.next_week
    return model_registry.submit(
        trained,
        Contest(declared.name, declared.doc, declared.metric, declared.better),
        origin=Origin({"music_charts.entry_changes": 1}, rows=9, fingerprint="abc"),
        registry=registry,
    )


@pytest.fixture(scope="module")
def model(changes: DataFrame) -> PipelineModel:
    """The model fitted on all weeks."""
    weeks = next_week.with_outcome(next_week.with_features(changes))
    return next_week.fit(weeks.where("next_position IS NOT NULL"))


def test_the_forest_is_the_same_on_any_number_of_cores(
    changes: DataFrame, model: PipelineModel
) -> None:
    """Rows that come in other partitions, as more cores make them, grow the same trees."""
    weeks = next_week.with_outcome(next_week.with_features(changes)).repartition(7)

    again = next_week.fit(weeks.where("next_position IS NOT NULL"))

    assert _trees(model) == _trees(again)


def _trees(model: PipelineModel) -> str:
    """How the trees decide, without the name of their forest."""
    forest = model.stages[1]
    assert isinstance(forest, RandomForestRegressionModel)
    return forest.toDebugString.partition("\n")[2]


def test_outcomes(spark: SparkSession) -> None:
    """A song that leaves stands one place below the last; the last week has no outcome."""
    weeks = [date(2023, 1, 7) + timedelta(weeks=number) for number in (0, 1, 3)]
    places = {"a": (1, 2, 1), "b": (2, None, 2), "c": (None, 1, None)}
    rows = [
        ("x", week, song, position, 2)
        for song, positions in places.items()
        for week, position in zip(weeks, positions, strict=True)
        if position
    ]
    columns = "chart STRING, chart_date DATE, song_id STRING, position INT, places INT"

    found = next_week.with_outcome(spark.createDataFrame(rows, columns))

    shown = ("chart_date", "song_id", "next_position", "leaves")
    assert [
        (weeks[0], "a", 2, False),
        (weeks[0], "b", 3, True),
        (weeks[1], "a", 1, False),
        (weeks[1], "c", 3, True),
        (weeks[2], "a", None, None),
        (weeks[2], "b", None, None),
    ] == [tuple(row.values()) for row in rows_of(found, *shown)]
    lateness = {row["chart_date"]: row["lateness"] for row in rows_of(found)}
    assert dict(zip(weeks, (0.0, 0.5, 1.0), strict=True)) == lateness


def test_errors_by_hand(spark: SparkSession) -> None:
    """Places for all, for songs that stay and for real charts; the top ten by probability."""
    columns = """position INT, next_position INT, leaves BOOLEAN, is_synthetic BOOLEAN,
        predicted_position DOUBLE, stays_in_top_10_probability DOUBLE"""
    rows = [
        (1, 2, False, True, 4.0, 0.9),
        (10, 11, False, False, 10.0, 0.6),
        (20, 31, True, True, 24.0, None),
    ]

    found = next_week.errors(spark.createDataFrame(rows, columns))

    assert {
        "mae": (2 + 1 + 7) / 3,
        "rmse": pytest.approx(((4 + 1 + 49) / 3) ** 0.5),
        "mae_of_stayers": 1.5,
        "mae_of_real_charts": 1.0,
        "top_10_brier": pytest.approx((0.01 + 0.36) / 2),
        "top_10_accuracy": 0.5,
    } == found


def test_the_model_beats_persistence_on_later_weeks(challenger: Challenger) -> None:
    """In places and in the top ten, on the last quarter of the weeks."""
    persistence = challenger.baselines["persistence"]

    for metric in ("mae", "rmse", "top_10_brier"):
        assert challenger.metrics[metric] < persistence[metric]


def test_another_version_is_measured_on_the_same_weeks(
    challenger: Challenger, model: PipelineModel
) -> None:
    """A version that has seen the test weeks, as no champion has, is better on them."""
    assert challenger.score(model)["mae"] < challenger.metrics["mae"]


def test_weeks_that_a_version_has_trained_on_do_not_test_it(
    changes: DataFrame, challenger: Challenger
) -> None:
    """Version 1 knew weeks 14 to 29 and trained on 14 to 25; version 2 knows 0 to 29.

    Of its weeks, at shares of n / 29, those from three quarters on are 22 to 28, the last one
    with an outcome. They would have tested version 1 on what it had seen; 26 to 28 are left.
    """
    earlier = train.next_week(changes.where(F.col("chart_date") >= F.lit(week_date(14))))
    assert isinstance(earlier, Challenger)
    assert dict.fromkeys("ab", week_date(25).isoformat()) == earlier.seen
    assert dict.fromkeys("ab", week_date(21).isoformat()) == challenger.seen
    assert challenger.retest is not None

    rematch = challenger.retest(earlier.seen)

    assert rematch is not None
    assert "6 weeks that neither has trained on" == rematch.rows
    known = rows_of(next_week.with_outcome(next_week.with_features(changes)))
    errors = [
        abs(row["position"] - row["next_position"])
        for row in known
        if row["next_position"] and row["chart_date"] > week_date(25)
    ]
    assert pytest.approx(sum(errors) / len(errors)) == rematch.fallback["mae"]
    assert challenger.retest(dict.fromkeys("ab", week_date(27).isoformat())) is None


def test_a_chart_that_a_version_did_not_know_tests_it_whole(challenger: Challenger) -> None:
    """Nothing is noted of it, so nothing of it was seen: all is as in the challenger's test."""
    assert challenger.retest is not None

    rematch = challenger.retest({})

    assert rematch is not None
    assert pytest.approx(dict(challenger.metrics)) == dict(rematch.metrics)


def test_persistence_can_be_served(
    changes: DataFrame, challenger: Challenger, registry: Registry
) -> None:
    """As a version it errs as the baseline was measured, and the table says who predicted."""
    worthless = replace(challenger, metrics={**challenger.metrics, "mae": 99.0})

    decision = submit(worthless, registry)
    loaded = model_registry.load(flow.next_week.name, decision.baseline or 0, registry)

    assert pytest.approx(dict(challenger.baselines["persistence"])) == dict(
        challenger.score(loaded)
    )
    found = rows_of(serve.trends(changes, loaded), "predicted_by", "position", "predicted_position")
    assert {("persistence", float(row["position"])) for row in found} == {
        (row["predicted_by"], row["predicted_position"]) for row in found
    }


@pytest.mark.parametrize("weeks", [0, 1, 4])
def test_few_weeks_train_nothing_and_persistence_is_served(
    changes: DataFrame, registry: Registry, weeks: int
) -> None:
    """Also of a chart of one week, which has no next one, and of no chart at all."""
    few = changes.where(F.col("chart_date") < F.lit(week_date(weeks)))

    trained = train.next_week(few)

    assert isinstance(trained, TooLittle)
    early = {0: 0, 1: 0, 4: 6}[weeks]
    assert trained.reason.startswith(f"found {early} weeks of charts to train on")
    decision = submit(trained, registry)
    assert f"not enough to train: {trained.reason}" == decision.reason.split("; ")[0]
    loaded = model_registry.load(flow.next_week.name, decision.version, registry)
    assert {0: 0, 1: 60, 4: 60}[weeks] == serve.trends(few, loaded).count()


def test_trends_show_the_newest_week(changes: DataFrame, model: PipelineModel) -> None:
    """Every song of it, its last eight weeks, and a place in next week's order."""
    found = rows_of(serve.trends(changes, model))

    assert {"a": set(range(1, 31)), "b": set(range(1, 31))} == {
        chart: {row["predicted_place"] for row in found if row["chart"] == chart} for chart in "ab"
    }
    assert {week_date(WEEKS - 1)} == {row["chart_date"] for row in found}
    assert all(row["recent_positions"][-1] == row["position"] for row in found)
    assert 8 == max(len(row["recent_positions"]) for row in found)
    in_top = {row["position"] <= 10 for row in found if row["stays_in_top_10_probability"]}
    assert {True} == in_top
    assert all(1 <= row["predicted_position"] <= PLACES + 1 for row in found)
