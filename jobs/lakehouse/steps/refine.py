"""Silver from a stream: types new rows, judges them, merges the good, quarantines the bad."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pyspark.sql import DataFrame, Observation, Window
from pyspark.sql import functions as F

from jobs.errors import StepError
from jobs.lakehouse.declare.table import Silver
from jobs.lakehouse.steps import quality
from jobs.lakehouse.steps.quality import SOURCE
from jobs.lakehouse.steps.receipts import Receipt
from jobs.lakehouse.steps.run_context import RunContext
from jobs.lakehouse.steps.step import begin, function_of
from jobs.lakehouse.steps.stream import catch_up, has_caught_up, note_caught_up
from jobs.lakehouse.store import commits
from jobs.lakehouse.store.commits import Commit, Memo
from jobs.lakehouse.store.lake import Definition, Lake


def refine(table: Silver, run: RunContext) -> list[Receipt]:
    """Make the new rows of the table that is read first, and again those since `run.since`.

    The first batch of a checkpoint replaces the table, so that a full refresh is nothing but a
    deleted checkpoint.
    """
    lake = run.lake
    checkpoint = lake.storage.checkpoint(table)
    if run.full_refresh:
        lake.files.delete(checkpoint)
    definition = Definition.of(table)
    newest = lake.newest_commit(table)
    if newest is None or newest.memo.fingerprint != definition.digest:
        lake.ensure(table, definition, may_replace=not lake.files.exists(checkpoint))
    versions = {read.name: lake.version(read) or 0 for read in table.upstream}
    refinery = _Refinery(table, run, versions, definition.digest)
    # Before the stream begins: what comes meanwhile is for the next run to notice.
    version = versions[table.reads[0].name]
    if not has_caught_up(lake.files, checkpoint, version):
        catch_up(lake.stream(table.reads[0]), checkpoint, refinery.take_batch)
        note_caught_up(lake.files, checkpoint, version)
    if run.since:
        refinery.replay()
    return refinery.done


@dataclass(frozen=True)
class _Refinery:
    """One table's refinement in one run."""

    table: Silver
    run: RunContext
    versions: Mapping[str, int]
    fingerprint: str
    done: list[Receipt] = field(default_factory=list)

    @property
    def lake(self) -> Lake:
        return self.run.lake

    def take_batch(self, rows: DataFrame, stream: str, number: int) -> None:
        """Make and merge a batch of the stream; the first one replaces the table."""
        memo = replace(self._begin("batch"), application=stream, number=number)
        judged, memo = self._make(rows, memo)
        good = self._latest_of_each_key(judged)
        if number == 0:
            commit = self.lake.overwrite(self.lake.storage.table(self.table), good, memo)
        else:
            commit = self.lake.merge(self.table, good, memo)
        self._quarantine(judged, memo, replacing="true" if number == 0 else None)
        self._note(commit)

    def replay(self) -> None:
        """Make once more the rows that were taken in since a day; the same rows stay the same."""
        memo = self._begin("replay")
        first = self.table.reads[0]
        since = F.col("_ingested_at") >= F.lit(self.run.since)
        rows = self.lake.read(first).where(since)
        judged, memo = self._make(rows, memo)
        commit = self.lake.merge(self.table, self._latest_of_each_key(judged), memo)
        self._quarantine(judged, memo, replacing=f"ingested_at >= TIMESTAMP '{self.run.since}'")
        self._note(commit)

    def _begin(self, kind: str) -> Memo:
        return begin(
            self.table,
            self.run,
            kind,
            input_versions=self.versions,
            fingerprint=self.fingerprint,
        )

    def _note(self, commit: Commit | None) -> None:
        if commit is not None:
            self.done.append(Receipt.of(self.table, commit))

    def _make(self, rows: DataFrame, memo: Memo) -> tuple[DataFrame, Memo]:
        """Call the table's function on raw rows, judge what comes back, and note the counts."""
        looked_up = {read.name: self.lake.read(read) for read in self.table.upstream[1:]}
        read = Observation()
        fields = [column for column in rows.columns if not column.startswith("_")]
        raw = F.struct(*fields, "_rescued", "_malformed")
        source = F.struct(
            F.col("_file").alias("file"),
            F.col("_ingested_at").alias("ingested_at"),
            raw.alias("raw"),
        )
        made = function_of(self.table)(
            rows.withColumn(SOURCE, source).observe(read, F.count("*").alias("rows")),
            *(looked_up[step.name] for step in self.table.inputs[1:]),
        )
        declared = quality.declared_columns(made, self.table, with_source=True)
        judged = quality.judge(declared, self.table, looked_up)
        verdict = quality.reach_verdict(judged, self.table)
        self._refuse_lost_rows(read.get["rows"], verdict.rows)
        return judged, replace(
            memo,
            rows_read=verdict.rows,
            rows_quarantined=verdict.quarantined,
            broken=verdict.broken,
        )

    def _refuse_lost_rows(self, read: int, made: int) -> None:
        is_complete = made >= read if self.table.nested else made == read
        if not is_complete:
            expected = "at least one" if self.table.nested else "one"
            raise StepError(
                f"{self.table.short_name}() in jobs/{self.table.pipeline}/silver.py made "
                f"{made} rows of {read}; expected {expected} of each. Let it keep every row, and "
                "let rules reject the bad ones."
            )

    def _latest_of_each_key(self, judged: DataFrame) -> DataFrame:
        """The accepted rows, the latest one for each key."""
        columns = [column for column in judged.columns if column not in {SOURCE, quality.BROKEN}]
        order = [
            *([F.desc(self.table.latest_by)] if self.table.latest_by else []),
            F.desc(f"{SOURCE}.ingested_at"),
            F.desc(f"{SOURCE}.file"),
            # Of rows that came together any may win, but always the same one.
            *(F.desc(column) for column in columns),
        ]
        latest_first = Window.partitionBy(*self.table.key).orderBy(*order)
        return (
            judged.where(~quality.is_rejected(self.table))
            .withColumn("_place", F.row_number().over(latest_first))
            .where("_place = 1")
            .select(*columns)
        )

    def _quarantine(self, judged: DataFrame, memo: Memo, replacing: str | None) -> None:
        """Keep rejected rows with their reasons and raw form.

        With `replacing` they take the place of the quarantined rows that meet that condition.
        """
        path = self.lake.storage.quarantine(self.table)
        rejected = quality.rejected_rows(judged, self.table)
        if replacing and commits.latest_version(self.lake.files, path) is not None:
            self.lake.overwrite(path, rejected, memo, where=replacing)
        elif memo.rows_quarantined:
            self.lake.append(path, rejected, memo)
