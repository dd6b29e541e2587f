"""Two bakeries with the same files: one to kill, one to leave in peace."""

from pathlib import Path

from pyspark.sql import SparkSession

from tests.conftest import Toy


def two_bakeries(spark: SparkSession, folder: Path) -> tuple[Toy, Toy]:
    """The one to kill, and the other, each with an empty lake."""
    return Toy("bakery", spark, folder / "killed"), Toy("bakery", spark, folder / "undisturbed")


def assert_alike(killed: Toy, undisturbed: Toy) -> None:
    """Compare all tables of two bakeries.

    The receipts prove that nothing was lost or doubled: rows kept are the rows of the table.
    """
    for table in ("sales", "sales_by_bread", "forecast"):
        assert undisturbed.rows(table) == killed.rows(table), table
    fields = ("day", "bread", "sold")
    assert undisturbed.rows("raw_sales", *fields) == killed.rows("raw_sales", *fields)
    assert undisturbed.quarantined("sales") == killed.quarantined("sales")
    receipts = killed.lake.read_at(killed.storage.receipts, "receipts")
    for table in ("raw_sales", "sales"):
        kept = receipts.where(f"step = 'bakery.{table}'").selectExpr("sum(rows_kept)").collect()
        assert killed.table(table).count() == kept[0][0], table
