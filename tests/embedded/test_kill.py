"""A run that is killed at any point leaves nothing that the next run does not put right."""

import os
import signal
import time
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from tests.conftest import Toy
from tests.embedded.runs import start

FIRST_DAYS = "day,bread,sold\n2026-01-01,rye,10\n2026-01-01,bun,x\n2026-01-02,rye,14\n"
NEXT_DAYS = "day,bread,sold\n2026-01-02,rye,15\n2026-01-03,bun,7\n2026-01-03,rye,-1\n"
SECONDS = 300
"""Only a run that hangs takes so long, on a busy machine too."""


def run_and_kill(home: Path, folder: Path) -> None:
    """Begin a run and kill it with all its processes as soon as it writes into a folder."""
    before = files_below(folder)
    run = start("bakery", home)
    until = time.monotonic() + SECONDS
    while files_below(folder) <= before:
        assert run.poll() is None, "the run ended without writing there"
        assert time.monotonic() < until, "nothing was written there in time"
        time.sleep(0.002)
    os.killpg(run.pid, signal.SIGKILL)
    assert -signal.SIGKILL == run.wait()


def files_below(folder: Path) -> int:
    """How many data and model files a folder holds, committed or not."""
    return sum(len(list(folder.rglob(pattern))) for pattern in ("*.parquet", "MLmodel"))


@pytest.fixture
def twins(spark: SparkSession, tmp_path: Path, toy_pipelines: None) -> tuple[Toy, Toy]:  # noqa: ARG001
    """Two bakeries with the same files: one to kill, one to leave in peace."""
    killed, undisturbed = (Toy("bakery", spark, tmp_path / name) for name in ("a", "b"))
    for toy in (killed, undisturbed):
        toy.land("sales", "1.csv", FIRST_DAYS)
    return killed, undisturbed


def test_a_killed_run_is_completed_by_the_next(twins: tuple[Toy, Toy]) -> None:
    """Killed in bronze, a silver MERGE, gold and training, all tables end as if undisturbed.

    The receipts prove that nothing was lost or doubled: rows kept are the rows of the table.
    """
    killed, undisturbed = twins
    for toy in twins:
        toy.run()
        toy.land("sales", "2.csv", NEXT_DAYS)
    home = killed.settings.home

    run_and_kill(home, home / "lake/bronze/bakery/raw_sales")
    run_and_kill(home, home / "lake/silver/bakery/sales")
    run_and_kill(home, home / "lake/gold/bakery/sales_by_bread")
    run_and_kill(home, home / "mlflow/artifacts")
    killed.run()
    undisturbed.run()

    for table in ("sales", "sales_by_bread", "forecast"):
        assert undisturbed.rows(table) == killed.rows(table), table
    fields = ("day", "bread", "sold")
    assert undisturbed.rows("raw_sales", *fields) == killed.rows("raw_sales", *fields)
    assert undisturbed.quarantined("sales") == killed.quarantined("sales")
    receipts = killed.lake.read_at(killed.storage.receipts, "receipts")
    for table in ("raw_sales", "sales"):
        kept = receipts.where(f"step = 'bakery.{table}'").selectExpr("sum(rows_kept)").collect()
        assert killed.table(table).count() == kept[0][0], table
