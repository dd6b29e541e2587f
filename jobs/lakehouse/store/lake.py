"""The only place that reads and writes Delta."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from delta.tables import DeltaTable
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

from jobs.errors import LakeError
from jobs.lakehouse.declare.table import Silver, Step, Table
from jobs.lakehouse.store import commits
from jobs.lakehouse.store.commits import Commit, Memo
from jobs.lakehouse.store.files import Files
from jobs.lakehouse.store.storage import Storage

DEFINITION = "medley.definition"
"""The table property that tells whether a table still has the declared columns and checks."""


def struct_of(ddl: str) -> StructType:
    """The columns that a schema in DDL declares."""
    schema = StructType.fromDDL(ddl)
    assert isinstance(schema, StructType)  # noqa: S101  what fromDDL gives for several columns
    return schema


@dataclass(frozen=True)
class Definition:
    """What Delta is told of a table when it makes it."""

    schema: StructType
    doc: str
    key: Sequence[str] = ()
    checks: Mapping[str, str] = field(default_factory=dict)
    cluster_by: Sequence[str] = ()
    partition_by: str | None = None

    @classmethod
    def of(cls, table: Table) -> "Definition":
        """The definition that follows from a declaration."""
        checks = {rule.name: rule.condition for rule in table.rules if rule.holds_in_table}
        layout = table.cluster_by, table.partition_by
        return cls(struct_of(table.schema), table.doc, table.key, checks, *layout)

    @property
    def digest(self) -> str:
        """A short text that differs when rows may have to look different."""
        parts = [
            *(f"{c.name} {c.dataType.simpleString()} {c.nullable}" for c in self.schema),
            *(f"{name}: {condition}" for name, condition in sorted(self.checks.items())),
            *self.key,
            *self.cluster_by,
            *([f"partitioned by {self.partition_by}"] if self.partition_by else []),
        ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Lake:
    """Delta tables by their declarations."""

    spark: SparkSession
    storage: Storage

    @cached_property
    def files(self) -> Files:
        """The stores that the tables lie on."""
        return Files(self.spark)

    def version(self, step: Step) -> int | None:
        """The table's version that a run wrote last; None when there is no table yet.

        Upkeep makes newer ones, but no other rows.
        """
        newest = self.newest_commit(step)
        if newest is not None:
            return newest.version
        return commits.latest_version(self.files, self.storage.table(step))

    def newest_commit(self, step: Step) -> Commit | None:
        """The newest commit of ours in the table; None when there is none."""
        return commits.newest_commit(self.files, self.storage.table(step))

    def read(self, step: Step) -> DataFrame:
        """The table as it stands; raises LakeError when it has never been made."""
        return self.read_at(self.storage.table(step), step.name)

    def read_at(self, path: str, name: str) -> DataFrame:
        """The table at a location; raises LakeError when there is none."""
        if commits.latest_version(self.files, path) is None:
            raise LakeError(
                f"Table '{name}' does not exist yet: nothing at {path}. "
                f"`medley run {name.partition('.')[0]}` makes it."
            )
        return self.spark.read.format("delta").load(path)

    def stream(self, step: Step) -> DataFrame:
        """The rows appended to a table, as a stream."""
        return self.spark.readStream.format("delta").load(self.storage.table(step))

    def ensure(self, step: Step, definition: Definition, *, may_replace: bool) -> None:
        """Make a step's table as it is defined, if it is not there.

        A table of another definition is replaced by an empty one if that is allowed.
        Raises LakeError when it is not.
        """
        path = self.storage.table(step)
        if commits.latest_version(self.files, path) is not None:
            detail = DeltaTable.forPath(self.spark, path).detail().select("properties").head()
            if detail and detail["properties"].get(DEFINITION) == definition.digest:
                return
            if not may_replace:
                raise LakeError(
                    f"The flow now declares other columns or rules for '{step.name}' than the "
                    f"table at {path} has. `medley run {step.pipeline} --only "
                    f"{step.short_name} --full-refresh` rebuilds it from bronze."
                )
        else:
            # Without a log nothing was ever committed: these are files of a killed first write.
            self.files.delete(path)
        builder = (
            DeltaTable.createOrReplace(self.spark)
            .location(path)
            .comment(definition.doc)
            .addColumns(definition.schema)
            .property(DEFINITION, definition.digest)
            .property("medley.key", ", ".join(definition.key))
        )
        for name, condition in definition.checks.items():
            # SQL's CHECK lets NULL pass, Delta's does not.
            builder = builder.property(f"delta.constraints.{name}", f"({condition}) IS NOT FALSE")
        if definition.cluster_by:
            builder = builder.clusterBy(*definition.cluster_by)
        if definition.partition_by:
            builder = builder.partitionedBy(definition.partition_by)
        builder.execute()

    def append(self, path: str, rows: DataFrame, memo: Memo) -> Commit | None:
        """Add rows to the table at a location, once for each memo."""
        _once(rows.write.format("delta").mode("append"), memo).save(path)
        return commits.commit_of(self.files, path, memo)

    def overwrite(
        self, path: str, rows: DataFrame, memo: Memo, where: str | None = None
    ) -> Commit | None:
        """Put rows in place of all rows, or of those that meet a condition, once for each memo."""
        if commits.is_newly_made(self.files, path):
            # Nothing is to be replaced, which Delta would take several jobs to find out.
            return self.append(path, rows, memo)
        writer = _once(rows.write.format("delta").mode("overwrite"), memo)
        if where is not None:
            writer = writer.option("replaceWhere", where)
        writer.save(path)
        return commits.commit_of(self.files, path, memo)

    def merge(self, table: Silver, rows: DataFrame, memo: Memo) -> Commit | None:
        """Insert rows with new keys and update those that differ, once for each memo.

        `rows` has one row for each key. With `latest_by` an older row changes nothing.
        """
        path = self.storage.table(table)
        same_key = " AND ".join(f"old.`{column}` = new.`{column}`" for column in table.key)
        differs = " OR ".join(f"NOT (old.`{name}` <=> new.`{name}`)" for name in rows.columns)
        if table.latest_by:
            differs = f"new.`{table.latest_by}` >= old.`{table.latest_by}` AND ({differs})"
        with _merging_once(rows.sparkSession, memo):
            (
                DeltaTable.forPath(rows.sparkSession, path)
                .alias("old")
                .merge(rows.alias("new"), same_key)
                .whenMatchedUpdateAll(condition=differs)
                .whenNotMatchedInsertAll()
                .execute()
            )
        return commits.commit_of(self.files, path, memo)

    def compact(self, path: str, retention_days: int) -> None:
        """Write many small files as few large ones, and delete those that only old versions have.

        Old versions can still be read for the given number of days.
        """
        table = DeltaTable.forPath(self.spark, path)
        table.optimize().executeCompaction()
        table.vacuum(retention_days * 24)


def _once(writer: Any, memo: Memo) -> Any:  # noqa: ANN401  pyspark has two DataFrameWriters
    """Let a writer skip rows that a write of the same name has written.

    The name is also what makes Delta commit, memo and all, where there are no rows to write.
    """
    return (
        writer.option("txnAppId", memo.application)
        .option("txnVersion", memo.number)
        .option("userMetadata", str(memo))
    )


@contextmanager
def _merging_once(spark: SparkSession, memo: Memo) -> Iterator[None]:
    """As `_once`, for MERGE, which takes no options: the session carries them."""
    settings = {
        "spark.databricks.delta.write.txnAppId": memo.application,
        "spark.databricks.delta.write.txnVersion": str(memo.number),
        "spark.databricks.delta.commitInfo.userMetadata": str(memo),
    }
    for name, value in settings.items():
        spark.conf.set(name, value)
    try:
        yield
    finally:
        for name in settings:
            spark.conf.unset(name)
