"""Tables that are made whole: when something that they read has changed, and only then."""

from dataclasses import replace

from pyspark.sql import DataFrame

from jobs.lakehouse.declare.table import Table
from jobs.lakehouse.steps import quality, quarantine
from jobs.lakehouse.steps.alter import alter
from jobs.lakehouse.steps.deciding import decide_table
from jobs.lakehouse.steps.decision import Decision
from jobs.lakehouse.steps.inputs import Inputs, pinned_versions
from jobs.lakehouse.steps.partitions import overwrite_changed
from jobs.lakehouse.steps.receipts import Receipt
from jobs.lakehouse.steps.run_context import RunContext
from jobs.lakehouse.steps.step import begin, function_of
from jobs.lakehouse.steps.verdict import reach_verdict
from jobs.lakehouse.store.commits import Commit, Memo


def rebuild(table: Table, run: RunContext) -> list[Receipt]:
    """Make the whole table afresh if its code, a table or a model that it reads has changed.

    Readers see the old rows until the new ones are complete.
    """
    versions = pinned_versions(table, run)
    decision = decide_table(table, run.standing, versions, run.options, run.steps)
    if not decision.is_due:
        return []
    kind = "change" if decision.action == "change in place" else "remake"
    memo = begin(table, run, kind, input_versions=versions, reasons=decision.reasons)
    if kind == "change" and alter(table, decision.changes, run):
        commit = _note(table, run, memo)
    else:
        commit = _make(table, run, memo, decision)
    return [Receipt.of(table, commit)] if commit is not None else []


def _note(table: Table, run: RunContext, memo: Memo) -> Commit | None:
    """A commit without rows, which leaves rows and quarantine as they are."""
    before = run.lake.newest_commit(table)
    if before is not None:
        version, waiting = before.memo.quarantine_version, before.memo.waiting
        memo = replace(memo, rows_read=0, quarantine_version=version, waiting=waiting)
    return run.lake.note(run.lake.storage.table(table), memo)


def _make(table: Table, run: RunContext, memo: Memo, decision: Decision) -> Commit | None:
    inputs = Inputs(table, run, memo.input_versions).all()
    made = function_of(table)(*(inputs[read.name] for read in table.inputs))
    rows = quality.declared_columns(made, table, with_source=False).persist()
    try:
        judged = quality.judge(rows, table, inputs)
        return _write(table, run, judged, memo, decision)
    finally:
        rows.unpersist()


def _write(
    table: Table, run: RunContext, judged: DataFrame, memo: Memo, decision: Decision
) -> Commit | None:
    """Put the accepted rows in place of the table's, and the others in place of its quarantine."""
    lake, path = run.lake, run.lake.storage.table(table)
    verdict = reach_verdict(judged, table)
    good = judged.where(~quality.is_rejected(table)).drop(quality.BROKEN)
    rejected = quality.rejected_rows(judged, table) if verdict.quarantined else None
    memo = replace(
        memo,
        rows_read=verdict.rows,
        rows_quarantined=verdict.quarantined,
        broken=verdict.broken,
        waiting=quarantine.waiting_after(verdict, table),
        quarantine_version=quarantine.replace_quarantine(lake, table, rejected, memo),
    )
    if decision.action == "make" or decision.changes:
        if table.partition_by:
            # One file for each partition.
            good = good.repartition(table.partition_by)
        return lake.make(table, good, memo)
    if table.partition_by:
        return overwrite_changed(path, good, memo, lake, table.partition_by)
    return lake.overwrite(path, good, memo)
