"""Writes a table that is made whole by its partitions: only those whose rows differ."""

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.lakehouse.store.commits import Commit, Memo
from jobs.lakehouse.store.lake import Lake


def overwrite_changed(
    path: str, rows: DataFrame, memo: Memo, lake: Lake, column: str
) -> Commit | None:
    """Put rows in place of those of the partitions that are new, changed or gone.

    Which they are follows from the rows themselves: no table need know that a new week also
    changes what is said of the week after it.

    Args:
        path: Where the table lies.
        rows: All rows of the table.
        memo: What the commit carries, also one that changes no row.
        lake: The lake.
        column: The DATE column that the table is partitioned by.
    """
    changed = _changed(rows, lake.read_at(path, path), column)
    if not changed:
        return lake.note(path, memo)
    # One file for each partition.
    written = rows.repartition(column).where(F.col(column).isin(changed))
    dates = ", ".join(f"DATE '{value}'" for value in changed)
    return lake.overwrite(path, written, memo, where=f"{column} IN ({dates})")


def _changed(new: DataFrame, old: DataFrame, column: str) -> list[date]:
    """The partitions whose rows are not the same in both tables."""
    fingerprints = [_fingerprints(rows, column) for rows in (new, old)]
    both = fingerprints[0].unionByName(fingerprints[1]).groupBy(column, "rows", "hash").count()
    # A partition that is the same in both has one line that counts two.
    differing = both.where("count = 1").select(column).distinct().orderBy(column)
    return [row[column] for row in differing.collect()]


def _fingerprints(rows: DataFrame, column: str) -> DataFrame:
    """One row per partition: how many rows it has, and a hash of them in any order."""
    columns = sorted(rows.columns)
    return rows.groupBy(column).agg(
        F.count("*").alias("rows"), F.bit_xor(F.xxhash64(*columns)).alias("hash")
    )
