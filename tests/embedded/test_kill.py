"""A run that is killed at any point leaves nothing that the next run does not put right.

These are the points where it hurts most; `make soak` kills at random ones.
"""

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from tests.conftest import Toy
from tests.embedded.alike import assert_alike, two_bakeries
from tests.embedded.runs import run_and_kill

FIRST_DAYS = "day,bread,sold\n2026-01-01,rye,10\n2026-01-01,bun,x\n2026-01-02,rye,14\n"
NEXT_DAYS = "day,bread,sold\n2026-01-02,rye,15\n2026-01-03,bun,7\n2026-01-03,rye,-1\n"


def kill_writing(home: Path, folder: str) -> None:
    """Begin a run and kill it as soon as it writes into a folder."""
    before = files_below(home / folder)
    killed = run_and_kill("bakery", home, lambda: files_below(home / folder) > before)
    assert killed, f"the run ended without writing into {folder}"


def files_below(folder: Path) -> int:
    """How many data and model files a folder holds, committed or not."""
    return sum(len(list(folder.rglob(pattern))) for pattern in ("*.parquet", "MLmodel"))


@pytest.fixture
def twins(spark: SparkSession, tmp_path: Path, toy_pipelines: None) -> tuple[Toy, Toy]:  # noqa: ARG001
    """Two bakeries: one to kill, one to leave in peace."""
    return two_bakeries(spark, tmp_path)


def test_a_killed_run_is_completed_by_the_next(twins: tuple[Toy, Toy]) -> None:
    """Killed in bronze, a silver MERGE, gold and training, all tables end as if undisturbed."""
    killed, undisturbed = twins
    for toy in twins:
        toy.land("sales", "1.csv", FIRST_DAYS)
        toy.run()
        toy.land("sales", "2.csv", NEXT_DAYS)
    home = killed.settings.home

    kill_writing(home, "lake/bronze/bakery/raw_sales")
    kill_writing(home, "lake/silver/bakery/sales")
    kill_writing(home, "lake/gold/bakery/sales_by_bread")
    kill_writing(home, "mlflow/artifacts")
    killed.run()
    undisturbed.run()

    assert_alike(killed, undisturbed)
