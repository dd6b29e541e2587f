"""The bakery's model: trained when enough is new, champion only if it beats the one there is."""

from pathlib import Path

from mlflow import MlflowClient

import model_registry
from model_registry import Registry
from tests.conftest import Toy

HEADER = "day,bread,sold\n"


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
        ("champion", 2, "mae 8.0000 beats 10.0000 of version 1"),
        ("challenger", 3, "mae 4.0000 does not beat 3.0000 of version 2"),
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


def test_registries_used_by_turns_are_not_mixed_up(bakery: Toy, tmp_path: Path) -> None:
    """MLflow knows one registry at a time, and each call says which: here the first's model."""
    registry = Registry(bakery.settings.tracking_uri, bakery.settings.artifact_uri)
    bakery.land("sales", "1.csv", HEADER + "2026-01-01,rye,10\n2026-01-02,rye,14\n")
    bakery.run()

    other = Registry(f"sqlite:///{tmp_path}/other.db", (tmp_path / "other").as_uri())
    assert model_registry.champion_version("bakery.demand", other) is None

    assert {"rye": 10.0} == model_registry.load("bakery.demand", 1, registry).means
