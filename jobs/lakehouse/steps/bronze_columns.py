"""Bronze gains columns: declared fields are read out of what earlier rows rescued of them."""

from dataclasses import replace

from pyspark.sql import functions as F

from jobs.lakehouse.declare.definition import fields_of
from jobs.lakehouse.declare.table import Bronze
from jobs.lakehouse.steps.decision import Decision
from jobs.lakehouse.steps.parsing import RESCUED, path_columns, schema_of
from jobs.lakehouse.steps.receipts import Receipt
from jobs.lakehouse.steps.run_context import RunContext
from jobs.lakehouse.steps.step import begin
from jobs.lakehouse.store.ledger import Delivery, Event, Ledger, write_copy


def bring_in_line(table: Bronze, decision: Decision, run: RunContext) -> list[Receipt]:
    """Add the columns that a source declares and a table lacks, and fill them for the rows it has.

    Each write can be repeated, and the last one notes that all are done.
    """
    lake, path = run.lake, run.lake.storage.table(table)
    stored = set(lake.read(table).columns)
    fields = fields_of(table.source)
    wanted = [*fields.values(), *path_columns(table.source)]
    missing = [column for column in wanted if column not in stored]
    if missing:
        lake.add_columns(path, [f"`{column}` STRING" for column in missing])
    newest = lake.newest_commit(table)
    before = newest.memo.definition["fields"] if newest is not None else {}
    for field, column in fields.items():
        old = before.get(field)
        if old == column:
            continue
        key = f"'{field}'".replace("\\", "\\\\")
        values = {
            column: f"{RESCUED}[{key}]",
            RESCUED: (
                f"if(size({RESCUED}) > 1, map_filter({RESCUED}, (name, value) -> name <> {key}), "
                "NULL)"
            ),
        }
        lake.update(path, values, f"`{column}` IS NULL AND map_contains_key({RESCUED}, {key})")
        if old is not None and old in stored:
            lake.update(path, {column: f"`{old}`"}, f"`{column}` IS NULL AND `{old}` IS NOT NULL")
    for column, told in path_columns(table.source).items():
        lake.update(path, {column: told}, f"`{column}` IS NULL")
    commit = lake.note(path, begin(table, run, "change", reasons=decision.reasons))
    return [Receipt.of(table, commit)] if commit is not None else []


def adopt(table: Bronze, run: RunContext) -> None:
    """Take over a table of an earlier Medley, whose rows have no delivery, in one commit."""
    lake, path = run.lake, run.lake.storage.table(table)
    rows = lake.read(table)
    folder = lake.storage.landing(table.source).rpartition(":")[2].lstrip("/")
    name = F.url_decode(F.replace(F.col("_file"), F.lit("+"), F.lit("%2B")))
    added = {
        "_file": F.substring_index(name, f"{folder}/", -1),
        "_delivery": F.lit(1).cast("bigint"),
        "_row": F.monotonically_increasing_id(),
    }
    taken = rows.withColumns(added)
    times = taken.groupBy("_file").agg(F.max("_file_modified_at").alias("at")).collect()
    taken_at_ms = {row["_file"]: int(row["at"].timestamp() * 1000) for row in times if row["at"]}
    files = {
        file.name: Delivery(file.size, file.modified_at_ms, "", 1)
        for file in lake.files.tree(lake.storage.landing(table.source))
        if taken_at_ms.get(file.name) == file.modified_at_ms
    }
    memo = begin(table, run, "change", reasons=["it is of an earlier Medley"])
    event = Event(memo.write_id, 1, memo.started_at, files)
    columns = schema_of(table).fieldNames()
    commit = lake.replace(path, taken.select(*columns), replace(memo, deliveries=event.as_memo()))
    if commit is not None:
        write_copy(lake.files, path, commit.version, Ledger((event,)))
