"""Changes a table in place where its rows meet the new declaration as they are."""

from collections.abc import Sequence

from pyspark.sql import functions as F

from jobs.lakehouse.declare.columns import columns_of
from jobs.lakehouse.declare.definition import Change, checks_of
from jobs.lakehouse.declare.table import Table
from jobs.lakehouse.steps.run_context import RunContext


def alter(table: Table, changes: Sequence[Change], run: RunContext) -> bool:
    """Bring a table's columns, rules and comments in line with its declaration.

    Returns False, and changes nothing, when stored rows break what is declared now. Each change
    is a commit that another call would skip, so that a run which dies between two goes on.
    """
    lake, path = run.lake, run.lake.storage.table(table)
    stored = lake.read(table)
    new = [
        f"`{column.name}` {column.type}"
        for column in columns_of(table)
        if column.name not in stored.columns
    ]
    if any(
        not column.nullable for column in columns_of(table) if column.name not in stored.columns
    ):
        return False
    judged = {change.name for change in changes if change.effect == "judge"}
    broken = [~F.expr(check) for name, check in checks_of(table).items() if name in judged]
    if broken and not stored.where(F.greatest(F.lit(False), *broken)).isEmpty():  # noqa: FBT003
        return False
    if new:
        lake.add_columns(path, new)
    if any(change.effect != "note" for change in changes):
        lake.set_checks(table)
        lake.set_comments(table)
    return True
