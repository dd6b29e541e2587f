"""Which of several rows with one key is the table's, and which rows go for newer ones."""

from collections.abc import Sequence

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.lakehouse.declare.table import Silver
from jobs.lakehouse.steps import quality
from jobs.lakehouse.steps.quality import SOURCE
from jobs.lakehouse.store.lake import DELETED


def winners(judged: DataFrame, table: Silver) -> DataFrame:
    """The accepted rows, the latest one for each key.

    Of a table with a parent only those of its newest raw row.
    """
    columns = [column for column in judged.columns if column not in {SOURCE, quality.BROKEN}]
    accepted = judged.where(~quality.is_rejected(table))
    if table.parent:
        newness = F.struct(*_newness(table))
        newest = F.max(newness).over(Window.partitionBy(*table.parent))
        accepted = accepted.withColumn("_newest", newest).where(newness == F.col("_newest"))
    latest = [F.desc(table.latest_by)] if table.latest_by else []
    taken_in = [F.desc(f"{SOURCE}.{name}") for name in ("delivery", "file")]
    # Of rows that came together any may win, but always the same one.
    order = [*latest, *taken_in, *(F.desc(column) for column in columns)]
    latest_first = Window.partitionBy(*table.key).orderBy(*order)
    placed = accepted.withColumn("_place", F.row_number().over(latest_first))
    return placed.where("_place = 1").select(*columns)


def with_children_gone(rows: DataFrame, stored: DataFrame, table: Silver) -> DataFrame:
    """New rows, and the keys of stored ones that their parent's newest raw row lacks.

    The latter are marked in the column `_is_deleted`. An older raw row takes nothing away, and
    brings nothing.
    """
    parent, latest = list(table.parent), table.latest_by
    parents = rows.select(*parent).distinct()
    if latest:
        newest = rows.groupBy(*parent).agg(F.max(latest).alias("_new"))
        known = stored.groupBy(*parent).agg(F.max(latest).alias("_old"))
        both = newest.join(known, parent, how="left")
        parents = both.where("_old IS NULL OR _new >= _old").select(*parent)
        rows = rows.join(parents, parent, how="left_semi").select(*rows.columns)
    keys = rows.select(*table.key)
    gone = stored.join(parents, parent, how="left_semi").join(
        keys, list(table.key), how="left_anti"
    )
    is_new, is_gone = F.lit(False), F.lit(True)  # noqa: FBT003  values, not options
    return rows.withColumn(DELETED, is_new).unionByName(gone.withColumn(DELETED, is_gone))


def _newness(table: Silver) -> Sequence[str]:
    """What tells the newest raw row of a parent, the weightiest first."""
    latest = [table.latest_by] if table.latest_by else []
    return [*latest, *(f"{SOURCE}.{name}" for name in ("delivery", "file", "row"))]
