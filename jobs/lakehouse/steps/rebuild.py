"""Tables that are made whole: when something that they read has changed, and only then."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pyspark.sql import DataFrame

import model_registry
from jobs.errors import ModelError
from jobs.lakehouse.declare.table import Model, Step, Table
from jobs.lakehouse.steps import quality
from jobs.lakehouse.steps.partitions import overwrite_changed
from jobs.lakehouse.steps.receipts import Receipt
from jobs.lakehouse.steps.run_context import RunContext
from jobs.lakehouse.steps.step import begin, fingerprint_of, function_of
from jobs.lakehouse.store import commits
from jobs.lakehouse.store.commits import Commit, Memo
from jobs.lakehouse.store.lake import Definition, Lake


def rebuild(table: Table, run: RunContext) -> list[Receipt]:
    """Make the whole table afresh if its code, a table or a model that it reads has changed.

    Readers see the old rows until the new ones are complete.
    """
    lake = run.lake
    versions = {read.name: _version(read, run) for read in table.upstream}
    memo = begin(table, run, "rebuild", input_versions=versions, fingerprint=fingerprint_of(table))
    newest = lake.newest_commit(table)
    has_same_code = newest is not None and newest.memo.fingerprint == memo.fingerprint
    has_same_inputs = newest is not None and newest.memo.input_versions == versions
    if has_same_code and has_same_inputs and not run.full_refresh:
        return []
    if not has_same_code:
        lake.ensure(table, Definition.of(table), may_replace=True)
    inputs = {read.name: _read(read, run, versions) for read in table.upstream}
    made = function_of(table)(*(inputs[read.name] for read in table.inputs))
    rows = quality.declared_columns(made, table, with_source=False).persist()
    try:
        commit = _write(table, rows, inputs, memo, lake)
    finally:
        rows.unpersist()
    return [Receipt.of(table, commit)] if commit is not None else []


def _write(
    table: Table, rows: DataFrame, inputs: Mapping[str, DataFrame], memo: Memo, lake: Lake
) -> Commit | None:
    """Judge the rows and put the good ones in place of the table's."""
    judged = quality.judge(rows, table, inputs)
    verdict = quality.reach_verdict(judged, table)
    good = judged.where(~quality.is_rejected(table)).select(*rows.columns)
    memo = replace(
        memo,
        rows_read=verdict.rows,
        rows_quarantined=verdict.quarantined,
        broken=verdict.broken,
    )
    quarantine = lake.storage.quarantine(table)
    if verdict.quarantined or commits.latest_version(lake.files, quarantine) is not None:
        lake.overwrite(quarantine, quality.rejected_rows(judged, table), memo)
    # Last, for the table's commit says that all is done.
    path = lake.storage.table(table)
    if table.partition_by:
        return overwrite_changed(path, good, memo, lake, table.partition_by)
    return lake.overwrite(path, good, memo)


def _version(read: Step, run: RunContext) -> int:
    """The version of a table, or that of a model's champion."""
    if isinstance(read, Model):
        version = model_registry.champion_version(read.name, run.registry)
        if version is None:
            raise ModelError(
                f"'{read.name}' has no champion yet; expected one to serve from. "
                f"`medley run {read.pipeline} --only {read.short_name}` trains it."
            )
        return version
    return run.lake.version(read) or 0


def _read(read: Step, run: RunContext, versions: Mapping[str, int]) -> DataFrame | Any:  # noqa: ANN401
    """A table as a DataFrame, or the model's version seen before as its flavour loads it."""
    if isinstance(read, Model):
        return model_registry.load(read.name, versions[read.name], run.registry)
    return run.lake.read(read)
