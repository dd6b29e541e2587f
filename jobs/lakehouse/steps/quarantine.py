"""Rejected rows, in a table beside each table, of which a commit of the table names the version.

So rows and quarantine agree whatever dies between the two writes: what the newest commit of the
table does not name does not count, and the next write puts it right.
"""

from collections.abc import Mapping, Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.lakehouse.declare.table import Table
from jobs.lakehouse.steps import quality
from jobs.lakehouse.steps.verdict import Verdict
from jobs.lakehouse.store import commits
from jobs.lakehouse.store.commits import Memo
from jobs.lakehouse.store.lake import Lake


def quarantined(lake: Lake, table: Table) -> DataFrame | None:
    """The rows that belong to the table as it stands; None when there are none."""
    newest = lake.newest_commit(table)
    if newest is None or newest.memo.quarantine_version is None:
        return None
    path = lake.storage.quarantine(table)
    return lake.read_at(path, f"quarantine.{table.name}", newest.memo.quarantine_version)


def replace_quarantine(
    lake: Lake, table: Table, rejected: DataFrame | None, memo: Memo
) -> int | None:
    """Let some rows be all that are in quarantine; returns the version to name, if there is one."""
    path = lake.storage.quarantine(table)
    is_there = commits.latest_version(lake.files, path) is not None
    if rejected is None:
        before = lake.newest_commit(table)
        if not is_there:
            return None
        if before is not None and not before.memo.waiting:
            return before.memo.quarantine_version
        lake.replace(path, lake.read_at(path, path).limit(0), memo)
    else:
        lake.replace(path, rejected, memo)
    return commits.latest_version(lake.files, path)


def add_to_quarantine(
    lake: Lake, table: Table, rejected: DataFrame | None, memo: Memo
) -> int | None:
    """Add rows to those in quarantine; returns the version to name, if there is one."""
    newest = lake.newest_commit(table)
    named = newest.memo.quarantine_version if newest is not None else None
    if rejected is None:
        return named
    path = lake.storage.quarantine(table)
    latest = commits.latest_version(lake.files, path)
    if named is None:
        return replace_quarantine(lake, table, rejected, memo)
    if latest is not None and commits.rows_version(lake.files, path, named) == latest:
        lake.append(path, rejected, memo)
    else:
        # A run was killed after it had written here: its rows belong to no commit of the table.
        old = lake.read_at(path, path, named)
        lake.replace(path, old.unionByName(rejected), memo)
    return commits.latest_version(lake.files, path)


def still_waiting(lake: Lake, table: Table, reasons: Sequence[str]) -> DataFrame | None:
    """Where the raw rows are that any of these reasons keeps in quarantine: _delivery, _row."""
    rows = quarantined(lake, table)
    if rows is None:
        return None
    wanted = F.array(*map(F.lit, reasons))
    return rows.where(F.arrays_overlap("reasons", wanted)).select(
        F.col("delivery").alias("_delivery"), F.col("row").alias("_row")
    )


def waiting_after(
    verdict: Verdict, table: Table, before: Mapping[str, int] | None = None
) -> dict[str, int]:
    """How many rows are in quarantine for each reason, once a verdict is carried out."""
    warnings = {rule.name for rule in table.rules if rule.on_fail == "warn"}
    found = dict(before or {})
    for name, count in verdict.broken.items():
        if name not in warnings and not name.startswith(quality.UNREADABLE):
            found[name] = found.get(name, 0) + count
    return found
