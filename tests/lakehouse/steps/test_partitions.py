"""A table by partitions: those whose rows differ are written, the others keep their files."""

from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.lakehouse.declare.table import Gold
from jobs.lakehouse.steps.partitions import overwrite_changed
from jobs.lakehouse.store.commits import Commit, Memo
from jobs.lakehouse.store.lake import Lake
from jobs.lakehouse.store.storage import Storage
from jobs.settings import Settings
from tests.conftest import environment_of

SALES = Gold(
    "shop.sales",
    doc="One row per month and article.",
    reads=[],
    schema="month_date DATE NOT NULL, article STRING NOT NULL, count BIGINT",
    key=["month_date", "article"],
    partition_by="month_date",
)
JANUARY, FEBRUARY, MARCH = (date(2026, month, 1) for month in (1, 2, 3))
ROWS = [(JANUARY, "a", 1), (JANUARY, "b", 2), (FEBRUARY, "a", 3), (MARCH, "a", None)]
Row = tuple[date, str, int | None]


class Table:
    """The sales in a lake of their own."""

    def __init__(self, spark: SparkSession, home: Path) -> None:
        """Nothing is there yet."""
        storage = Storage.of(Settings.from_environment(environment_of(home)))
        self.lake = Lake(spark, storage)
        self.path = storage.table(SALES)

    def write(self, rows: list[Row], run: str) -> Commit | None:
        """Make the table these rows."""
        memo = Memo(run, run, "remake", "2026-01-01T00:00:00+00:00")
        frame = self.lake.spark.createDataFrame(rows, SALES.schema)
        if self.lake.version(SALES) is None:
            return self.lake.make(SALES, frame.repartition("month_date"), memo)
        return overwrite_changed(self.path, frame, memo, self.lake, "month_date")

    @property
    def frame(self) -> DataFrame:
        """The table as it stands."""
        return self.lake.read(SALES)

    def rows(self) -> list[Row]:
        """Its rows in their order."""
        return [tuple(row) for row in self.frame.orderBy("month_date", "article").collect()]

    def files(self) -> dict[date, str]:
        """The one file of each month."""
        found = self.frame.select("month_date", F.input_file_name().alias("file")).distinct()
        return {row["month_date"]: row["file"] for row in found.collect()}


@pytest.fixture
def sales(spark: SparkSession, tmp_path: Path) -> Table:
    """The sales of three months."""
    table = Table(spark, tmp_path)
    table.write(ROWS, "first")
    return table


def test_only_what_differs_is_written(sales: Table) -> None:
    """A changed month, a new one and one that is gone; January's file stays as it is.

    March had no count and has one of 0 now, which a hash that skipped NULL would miss.
    """
    before = sales.files()
    changed = [*ROWS[:2], (MARCH, "a", 0), (date(2026, 4, 1), "a", 5)]

    commit = sales.write(changed, "second")

    assert changed == sales.rows()
    assert commit is not None
    assert 2 == commit.rows_inserted
    assert {JANUARY} == {
        month for month, file in before.items() if sales.files().get(month) == file
    }


def test_the_same_rows_are_not_written_again(sales: Table) -> None:
    """Nor in another order; the commit is there all the same, for it says what was read."""
    before = sales.files()

    commit = sales.write(ROWS[::-1], "second")

    assert commit is not None
    assert ("second", 0) == (commit.memo.run_id, commit.rows_inserted)
    assert before == sales.files()
