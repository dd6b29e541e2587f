"""The bakery's model: trained when enough is new, champion only if it beats the one there is."""

from pathlib import Path

import pytest
from mlflow import MlflowClient

import model_registry
from jobs.errors import ModelError
from model_registry import RegisteredModel, Registry
from tests.conftest import Toy

HEADER = "day,bread,sold\n"


def models_of(bakery: Toy) -> list[RegisteredModel]:
    """The bakery's versions with an alias, the challenger before the champion."""
    registry = Registry(bakery.settings.tracking_uri, bakery.settings.artifact_uri)
    return model_registry.registered_models(registry)


def test_models_are_trained_when_due_and_promoted_when_better(bakery: Toy) -> None:
    """Four runs by hand: a first champion, nothing new, a better challenger, a worse one.

    The model expects the mean of all days but the last, and is measured on the last day.
    """
    registry = Registry(bakery.settings.tracking_uri, bakery.settings.artifact_uri)

    # Expects 10, sold 14.
    bakery.land("sales", "1.csv", HEADER + "2026-01-01,rye,10\n2026-01-02,rye,14\n")
    first = bakery.run()
    assert [1] == [receipt.version for receipt in first["demand"]]
    assert [("rye", 10.0)] == bakery.rows("forecast")

    assert [] == [receipt for receipts in bakery.run().values() for receipt in receipts]

    # One row more than two is half of them: enough. Expects 12, sold 20; version 1 expects 10.
    bakery.land("sales", "2.csv", HEADER + "2026-01-03,rye,20\n")
    second = bakery.run()
    assert [2] == [receipt.version for receipt in second["demand"]]
    assert [("rye", 12.0)] == bakery.rows("forecast")

    # Expects 13, sold 9; version 2 expects 12 and is nearer.
    bakery.land("sales", "3.csv", HEADER + "2026-01-04,rye,8\n2026-01-05,rye,9\n")
    third = bakery.run()
    assert [3] == [receipt.version for receipt in third["demand"]]
    assert [("rye", 12.0)] == bakery.rows("forecast")

    found = {
        (model.alias, model.version, model.decision)
        for model in model_registry.registered_models(registry)
    }
    assert {
        ("champion", 2, "mae 8.0000 beats 20.0000 of nothing; beats 10.0000 of version 1"),
        (
            "challenger",
            3,
            "mae 4.0000 beats 9.0000 of nothing; does not beat 3.0000 of version 2",
        ),
    } == found
    champion = model_registry.registered_models(registry)[1]
    assert {"mae": 8.0, "nothing_mae": 20.0, "champion_mae": 10.0} == dict(champion.metrics)
    assert 3 == champion.origin.rows
    assert ["bakery.sales"] == list(champion.origin.input_versions)
    page = MlflowClient(registry.tracking_uri).get_registered_model("bakery.demand")
    assert "How much of each bread sells on a day." == page.description


def test_few_new_rows_train_nothing_and_are_served(bakery: Toy) -> None:
    """Below the declared share the champion stays, and what it says of new breads is served."""
    days = "".join(f"2026-01-{day:02},rye,{day}\n" for day in range(1, 7))
    bakery.land("sales", "1.csv", HEADER + days)
    bakery.run()
    bakery.land("sales", "2.csv", HEADER + "2026-01-07,bun,3\n")

    done = bakery.run()

    assert [] == done["demand"]
    # The mean of 1 to 5 for rye; the champion never saw a bun.
    assert [("bun", 0.0), ("rye", 3.0)] == bakery.rows("forecast")


def test_a_model_that_its_baseline_beats_is_not_served(bakery: Toy) -> None:
    """Expects 10, sold 1: to expect nothing errs by 1. The first worthy model takes its place."""
    bakery.land("sales", "1.csv", HEADER + "2026-01-01,rye,10\n2026-01-02,rye,1\n")

    bakery.run()

    decision = (
        "mae 9.0000 does not beat 1.0000 of nothing; there was no champion; nothing is served"
    )
    assert {("challenger", 1, "", decision), ("champion", 2, "nothing", decision)} == {
        (model.alias, model.version, model.baseline, model.decision) for model in models_of(bakery)
    }
    assert [("rye", 0.0)] == bakery.rows("forecast")
    assert [] == [receipt for receipts in bakery.run().values() for receipt in receipts]

    # Expects 5.5, sold 6.
    bakery.land("sales", "2.csv", HEADER + "2026-01-03,rye,6\n")
    bakery.run()

    (champion,) = models_of(bakery)
    assert ("champion", 3, "") == (champion.alias, champion.version, champion.baseline)
    assert (
        "mae 0.5000 beats 6.0000 of nothing; version 2 was a baseline, nothing" == champion.decision
    )
    assert [("rye", 5.5)] == bakery.rows("forecast")


def test_a_champion_that_no_longer_beats_the_baseline_gives_way_to_it(bakery: Toy) -> None:
    """Version 1 expects 10 and version 2 expects 12; then nearly nothing sells."""
    bakery.land("sales", "1.csv", HEADER + "2026-01-01,rye,10\n2026-01-02,rye,14\n")
    bakery.run()
    bakery.land("sales", "2.csv", HEADER + "2026-01-03,rye,1\n")

    bakery.run()

    champion = next(model for model in models_of(bakery) if model.alias == "champion")
    assert (
        "mae 11.0000 does not beat 1.0000 of nothing; nor does version 1 with 9.0000; "
        "nothing is served"
    ) == champion.decision
    assert [("rye", 0.0)] == bakery.rows("forecast")


def test_a_champion_that_beats_the_baseline_outlasts_an_unworthy_challenger(bakery: Toy) -> None:
    """Version 1 expects 10, version 2 expects 30 where 12 is sold and nothing errs by 12."""
    bakery.land("sales", "1.csv", HEADER + "2026-01-01,rye,10\n2026-01-02,rye,14\n")
    bakery.run()
    bakery.land("sales", "2.csv", HEADER + "2026-01-03,rye,66\n2026-01-04,rye,12\n")

    bakery.run()

    assert {
        ("champion", 1, "mae 4.0000 beats 14.0000 of nothing; there was no champion"),
        (
            "challenger",
            2,
            "mae 18.0000 does not beat 12.0000 of nothing; version 1 does with 2.0000 and stays",
        ),
    } == {(model.alias, model.version, model.decision) for model in models_of(bakery)}
    assert [("rye", 10.0)] == bakery.rows("forecast")


def test_of_too_little_the_baseline_is_served(bakery: Toy) -> None:
    """No sales make an empty table, one day what nothing expects; that is no error."""
    bakery.land("sales", "1.csv", HEADER)
    empty = bakery.run()
    assert ["baseline"] == [receipt.kind for receipt in empty["demand"]]
    assert [] == bakery.rows("forecast")

    bakery.land("sales", "2.csv", HEADER + "2026-01-01,rye,10\n")
    bakery.run()

    (champion,) = models_of(bakery)
    assert (
        "not enough to train: found 1 days of sales, expected 2 or more; version 1 was a baseline; "
        "nothing is served"
    ) == champion.decision
    assert ("nothing", 2) == (champion.baseline, champion.version)
    assert [("rye", 0.0)] == bakery.rows("forecast")
    assert [] == bakery.run()["demand"]


def test_of_too_little_the_champion_stays(bakery: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the code asks for more than there is, the model of earlier days is served."""
    bakery.land("sales", "1.csv", HEADER + "2026-01-01,rye,10\n2026-01-02,rye,14\n")
    bakery.run()
    monkeypatch.setattr("jobs.bakery.train.FEWEST_DAYS", 9)

    bakery.run(full_refresh=True)

    reason = "not enough to train: found 2 days of sales, expected 9 or more"
    assert {("champion", 1), ("challenger", 2)} == {
        (model.alias, model.version) for model in models_of(bakery)
    }
    assert f"{reason}; version 1 stays the champion" == models_of(bakery)[0].decision
    assert [("rye", 10.0)] == bakery.rows("forecast")


def test_a_champion_whose_module_has_moved_is_beaten(bakery: Toy) -> None:
    """Serving it ends in one error with the way out; the next training replaces it."""
    bakery.land("sales", "1.csv", HEADER + "2026-01-01,rye,10\n2026-01-02,rye,14\n")
    bakery.run("raw_sales", "sales", "sales_by_bread", "demand")
    (pickled,) = bakery.settings.home.rglob("python_model.pkl")
    pickled.write_bytes(pickled.read_bytes().replace(b"jobs.bakery.train", b"jobs.bakery.moved"))

    with pytest.raises(ModelError, match=r"'bakery\.demand'") as serving:
        bakery.run("forecast")
    bakery.land("sales", "2.csv", HEADER + "2026-01-03,rye,20\n")
    bakery.run()

    assert "ModuleNotFoundError: No module named 'jobs.bakery.moved'" in str(serving.value)
    assert "`medley run bakery --only demand --full-refresh`" in str(serving.value)
    (champion,) = models_of(bakery)
    assert (
        "mae 8.0000 beats 20.0000 of nothing; version 1 cannot be loaded: "
        "ModuleNotFoundError: No module named 'jobs.bakery.moved'"
    ) == champion.decision
    assert [("rye", 12.0)] == bakery.rows("forecast")


def test_a_champion_whose_files_are_gone_is_beaten(bakery: Toy) -> None:
    """A full refresh of the model alone is the way out that the error names."""
    bakery.land("sales", "1.csv", HEADER + "2026-01-01,rye,10\n2026-01-02,rye,14\n")
    bakery.run()
    for file in bakery.settings.home.rglob("MLmodel"):
        file.unlink()

    bakery.run("demand", full_refresh=True)

    (champion,) = models_of(bakery)
    assert 2 == champion.version
    assert "; version 1 cannot be loaded: " in champion.decision


def test_registries_used_by_turns_are_not_mixed_up(bakery: Toy, tmp_path: Path) -> None:
    """MLflow knows one registry at a time, and each call says which: here the first's model."""
    registry = Registry(bakery.settings.tracking_uri, bakery.settings.artifact_uri)
    bakery.land("sales", "1.csv", HEADER + "2026-01-01,rye,10\n2026-01-02,rye,14\n")
    bakery.run()

    other = Registry(f"sqlite:///{tmp_path}/other.db", (tmp_path / "other").as_uri())
    assert model_registry.champion_version("bakery.demand", other) is None

    assert {"rye": 10.0} == model_registry.load("bakery.demand", 1, registry).means
