"""A run that is killed at any point leaves nothing that the next run does not put right."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from tests.conftest import TOY_PIPELINES, Toy

FIRST_DAYS = "day,bread,sold\n2026-01-01,rye,10\n2026-01-01,bun,x\n2026-01-02,rye,14\n"
NEXT_DAYS = "day,bread,sold\n2026-01-02,rye,15\n2026-01-03,bun,7\n2026-01-03,rye,-1\n"
RUN = (
    "import sys, jobs; jobs.__path__.append(sys.argv.pop(1)); "
    "from jobs.cli import main; sys.argv[0] = 'medley'; main()"
)
SECONDS = 120


def start(home: Path) -> subprocess.Popen[bytes]:
    """A run of the bakery in a process group of its own, with its JVM and its workers."""
    return subprocess.Popen(
        [sys.executable, "-c", RUN, str(TOY_PIPELINES), "run", "bakery"],
        env={**os.environ, "MEDLEY_HOME": str(home), "MEDLEY_SPARK_MEMORY_MIB": "1024"},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


def run_and_kill(home: Path, is_in_the_middle: Callable[[], bool]) -> None:
    """Begin a run and kill it with all its processes as soon as a sign shows where it is."""
    run = start(home)
    until = time.monotonic() + SECONDS
    while not is_in_the_middle():
        assert run.poll() is None, "the run ended before the sign showed"
        assert time.monotonic() < until, "the sign never showed"
        time.sleep(0.002)
    os.killpg(run.pid, signal.SIGKILL)
    assert -signal.SIGKILL == run.wait()


def run_to_the_end(home: Path) -> None:
    """A run that nobody disturbs."""
    assert start(home).wait(SECONDS) == 0


def data_files(home: Path, table: str) -> int:
    """How many data files a table's folder holds, committed or not."""
    return len(list((home / "lake" / table).glob("*.parquet")))


@pytest.fixture
def twins(spark: SparkSession, tmp_path: Path, toy_pipelines: None) -> tuple[Toy, Toy]:  # noqa: ARG001
    """Two bakeries with the same files: one to kill, one to leave in peace."""
    killed, undisturbed = (Toy("bakery", spark, tmp_path / name) for name in ("a", "b"))
    for toy in (killed, undisturbed):
        toy.land("sales", "1.csv", FIRST_DAYS)
    return killed, undisturbed


def test_a_killed_run_is_completed_by_the_next(twins: tuple[Toy, Toy]) -> None:
    """Killed in bronze, gold, training and a silver MERGE, every table ends as if it had not been.

    The receipts prove that nothing was lost or doubled: rows kept are the rows of the table.
    """
    killed, undisturbed = twins
    home = killed.settings.home
    models = home / "mlflow" / "artifacts"

    run_and_kill(home, lambda: data_files(home, "bronze/bakery/raw_sales") > 0)
    run_and_kill(home, lambda: data_files(home, "gold/bakery/sales_by_bread") > 0)
    run_and_kill(home, lambda: models.exists() and any(models.rglob("MLmodel")))
    run_to_the_end(home)
    undisturbed.run()
    for toy in twins:
        toy.land("sales", "2.csv", NEXT_DAYS)
    before = data_files(home, "silver/bakery/sales")
    run_and_kill(home, lambda: data_files(home, "silver/bakery/sales") > before)
    run_to_the_end(home)
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
