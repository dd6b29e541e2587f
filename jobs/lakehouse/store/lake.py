"""The only place that reads and writes Delta."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from delta.tables import DeltaTable
from pyspark.sql import Column, DataFrame, SparkSession

from jobs.errors import LakeError
from jobs.lakehouse.declare.definition import checks_of
from jobs.lakehouse.declare.table import Silver, Step, Table
from jobs.lakehouse.store import commits
from jobs.lakehouse.store.commits import Commit, Memo
from jobs.lakehouse.store.files import Files
from jobs.lakehouse.store.schemas import struct_of
from jobs.lakehouse.store.storage import Storage

_MEMO = "spark.databricks.delta.commitInfo.userMetadata"
_ROWS = "medley_rows"
DELETED = "_is_deleted"
"""Marks rows of a merge whose keys are to go."""


@dataclass(frozen=True)
class Lake:
    """Delta tables by their declarations."""

    spark: SparkSession
    storage: Storage

    @cached_property
    def files(self) -> Files:
        """The stores that the tables lie on."""
        return Files(self.spark)

    def in_own_session(self) -> "Lake":
        """The same lake, with settings and names of views that nobody else shares."""
        return Lake(self.spark.newSession(), self.storage)

    def version(self, step: Step) -> int | None:
        """The table's version that a run wrote last; None when there is no table yet.

        Upkeep makes newer ones, but no other rows.
        """
        newest = self.newest_commit(step)
        return newest.version if newest is not None else None

    def newest_commit(self, step: Step) -> Commit | None:
        """The newest commit of ours in the table; None when there is none."""
        return commits.newest_commit(self.files, self.storage.table(step))

    def read(self, step: Step, version: int | None = None) -> DataFrame:
        """The rows of a table's version, by default the newest, whatever is written meanwhile.

        Raises LakeError when the table has never been made.
        """
        return self.read_at(self.storage.table(step), step.name, version)

    def read_at(self, path: str, name: str, version: int | None = None) -> DataFrame:
        """The rows of a version of the table at a location; raises LakeError without a table."""
        if version is None:
            newest = commits.latest_version(self.files, path)
        else:
            newest = commits.rows_version(self.files, path, version)
        if newest is None or commits.latest_version(self.files, path) is None:
            raise LakeError(
                f"Table '{name}' does not exist yet: nothing at {path}. "
                f"`medley run {name.partition('.')[0]}` makes it."
            )
        return self.spark.read.format("delta").option("versionAsOf", newest).load(path)

    def make(self, table: Table, rows: DataFrame, memo: Memo) -> Commit | None:
        """Make a table, or make it again, as it is declared: all rows and all rules in one commit.

        Readers see the old rows until then.
        """
        path = self.storage.table(table)
        self._clear_unfinished(path)
        layout = f"CLUSTER BY ({_names(table.cluster_by)})" if table.cluster_by else ""
        if table.partition_by:
            layout = f"PARTITIONED BY (`{table.partition_by}`)"
        properties = {
            "medley.key": ", ".join(table.key),
            **{f"delta.constraints.{name}": check for name, check in checks_of(table).items()},
        }
        told = ", ".join(f"{_text(name)} = {_text(value)}" for name, value in properties.items())
        comments = {column.name: column.metadata for column in struct_of(table.schema)}
        described = rows.select(
            *(rows[name].alias(name, metadata=comments[name]) for name in comments)
        )
        described.createOrReplaceTempView(_ROWS)
        with self._noting(memo):
            self.spark.sql(
                f"CREATE OR REPLACE TABLE delta.`{path}` USING delta {layout} "  # noqa: S608  the flow's own names
                f"COMMENT {_text(table.doc)} TBLPROPERTIES ({told}) "
                f"AS SELECT * FROM {_ROWS}"
            )
        return commits.commit_of(self.files, path, memo)

    def append(self, path: str, rows: DataFrame, memo: Memo) -> Commit | None:
        """Add rows to the table at a location, which is made if it is not there."""
        self._clear_unfinished(path)
        with self._noting(memo):
            rows.write.format("delta").mode("append").option("mergeSchema", "true").save(path)
        return commits.commit_of(self.files, path, memo)

    def overwrite(
        self, path: str, rows: DataFrame, memo: Memo, where: str | None = None
    ) -> Commit | None:
        """Put rows in place of all rows, or of those that meet a condition."""
        self._clear_unfinished(path)
        writer = rows.write.format("delta").mode("overwrite")
        if where is not None:
            writer = writer.option("replaceWhere", where)
        with self._noting(memo):
            writer.save(path)
        return commits.commit_of(self.files, path, memo)

    def replace(self, path: str, rows: DataFrame, memo: Memo) -> Commit | None:
        """Put rows of any columns in place of all rows of a table that no flow declares."""
        self._clear_unfinished(path)
        writer = rows.write.format("delta").mode("overwrite").option("overwriteSchema", "true")
        with self._noting(memo):
            writer.save(path)
        return commits.commit_of(self.files, path, memo)

    def merge(self, table: Silver, rows: DataFrame, memo: Memo) -> Commit | None:
        """Insert rows with new keys and update those that differ.

        `rows` has one row for each key. With `latest_by` an older row changes nothing. Where there
        is a column `_is_deleted`, the keys that it marks go.
        """
        path = self.storage.table(table)
        columns = [name for name in rows.columns if name != DELETED]
        same_key = " AND ".join(f"old.`{column}` = new.`{column}`" for column in table.key)
        differs = " OR ".join(f"NOT (old.`{name}` <=> new.`{name}`)" for name in columns)
        if table.latest_by:
            differs = f"new.`{table.latest_by}` >= old.`{table.latest_by}` AND ({differs})"
        target = DeltaTable.forPath(rows.sparkSession, path).alias("old")
        merging = target.merge(rows.alias("new"), same_key)
        if DELETED in rows.columns:
            merging = merging.whenMatchedDelete(condition=f"new.`{DELETED}`")
        values: dict[str, str | Column] = {name: f"new.`{name}`" for name in columns}
        with self._noting(memo):
            merging.whenMatchedUpdate(condition=differs, set=values).whenNotMatchedInsert(
                values=values
            ).execute()
        return commits.commit_of(self.files, path, memo)

    def note(self, path: str, memo: Memo) -> Commit | None:
        """A commit that changes no row, for what its memo says."""
        nothing = self.spark.read.format("delta").load(path).limit(0)
        with self._noting(memo):
            nothing.write.format("delta").mode("append").save(path)
        return commits.commit_of(self.files, path, memo)

    def update(self, path: str, values: Mapping[str, str | Column], where: str) -> None:
        """Set columns of the rows that meet a condition; texts are SQL expressions."""
        DeltaTable.forPath(self.spark, path).update(condition=where, set=dict(values))

    def add_columns(self, path: str, columns: Sequence[str]) -> None:
        """Add columns, each as DDL, to the end of a table."""
        self.spark.sql(f"ALTER TABLE delta.`{path}` ADD COLUMNS ({', '.join(columns)})")

    def set_checks(self, table: Table) -> None:
        """Give a table the rules that are declared for it; its rows have to meet them.

        Each is a commit of its own: whatever dies in between, the next call goes on.
        """
        path = self.storage.table(table)
        wanted = {name.lower(): check for name, check in checks_of(table).items()}
        prefix = "delta.constraints."
        for name, check in self._properties(path).items():
            found = name.lower().removeprefix(prefix)
            if name.lower().startswith(prefix) and wanted.get(found) != check:
                self.spark.sql(f"ALTER TABLE delta.`{path}` DROP CONSTRAINT `{found}`")
        kept = {name.lower().removeprefix(prefix) for name in self._properties(path)}
        for name, check in wanted.items():
            if name not in kept:
                self.spark.sql(
                    f"ALTER TABLE delta.`{path}` ADD CONSTRAINT `{name}` CHECK ({check})"
                )

    def set_comments(self, table: Table) -> None:
        """Give a table's columns the comments that are declared for them."""
        path = self.storage.table(table)
        for column in struct_of(table.schema):
            comment = _text(column.metadata.get("comment", ""))
            self.spark.sql(
                f"ALTER TABLE delta.`{path}` ALTER COLUMN `{column.name}` COMMENT {comment}"
            )

    def compact(self, path: str, retention_days: int) -> None:
        """Write many small files as few large ones, and delete those that only old versions have.

        Old versions can still be read for the given number of days.
        """
        table = DeltaTable.forPath(self.spark, path)
        table.optimize().executeCompaction()
        table.vacuum(retention_days * 24)

    def _properties(self, path: str) -> dict[str, str]:
        detail = DeltaTable.forPath(self.spark, path).detail().select("properties").head()
        return dict(detail["properties"]) if detail is not None else {}

    def _clear_unfinished(self, path: str) -> None:
        # Without a log nothing was ever committed: these are files of a killed first write.
        if commits.latest_version(self.files, path) is None:
            self.files.delete(path)

    @contextmanager
    def _noting(self, memo: Memo) -> Iterator[None]:
        """Let the commits of a block carry a memo; the session carries it for all ways to write."""
        self.spark.conf.set(_MEMO, str(memo))
        try:
            yield
        finally:
            self.spark.conf.unset(_MEMO)


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f"`{column}`" for column in columns)


def _text(value: str) -> str:
    """A text as a literal of Spark's SQL."""
    return json.dumps(value, ensure_ascii=False)
