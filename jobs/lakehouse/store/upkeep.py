"""Upkeep of a pipeline's tables: fewer files to read, and old ones deleted in time."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from jobs.lakehouse.declare.pipeline import Pipeline
from jobs.lakehouse.declare.table import Table
from jobs.lakehouse.store import commits, lease
from jobs.lakehouse.store.lake import Lake
from jobs.lakehouse.store.schemas import struct_of
from jobs.lakehouse.store.storage import RECEIPTS, UPKEEP

_SHARED_DAYS = 7
"""How long old versions of the tables stay to which all pipelines add."""
SCHEMA = """
    table_name STRING NOT NULL,
    maintained_at TIMESTAMP NOT NULL COMMENT 'When upkeep began',
    seconds DOUBLE NOT NULL,
    files_before BIGINT NOT NULL COMMENT 'Of all versions that can still be read, and of the log',
    files_after BIGINT NOT NULL,
    bytes_before BIGINT NOT NULL,
    bytes_after BIGINT NOT NULL"""


@dataclass(frozen=True)
class Upkeep:
    """What upkeep found and left at one table."""

    table_name: str
    maintained_at: datetime
    seconds: float
    files_before: int
    files_after: int
    bytes_before: int
    bytes_after: int


def maintain(lake: Lake, pipeline: Pipeline) -> list[Upkeep]:
    """Compact each table of a pipeline and its quarantine, and delete files past their retention.

    So it is done with the tables that all pipelines add to. The figures are added to one of these,
    `medley.upkeep`, one row per table and upkeep.
    """
    done = list(_maintain_all(lake, _tables_of(lake, pipeline)))
    with lease.only_writer(lake, [RECEIPTS]):
        done += _maintain_all(lake, {RECEIPTS: (lake.storage.receipts, _SHARED_DAYS)})
    with lease.only_writer(lake, [UPKEEP]):
        done += _maintain_all(lake, {UPKEEP: (lake.storage.upkeep, _SHARED_DAYS)})
        if done:
            rows = lake.spark.createDataFrame([asdict(one) for one in done], struct_of(SCHEMA))
            rows.coalesce(1).write.format("delta").mode("append").save(lake.storage.upkeep)
    return done


def _tables_of(lake: Lake, pipeline: Pipeline) -> dict[str, tuple[str, int]]:
    """Where a pipeline's tables are, and how many days old versions of them stay."""
    found = {}
    for table in pipeline.tables:
        found[table.name] = lake.storage.table(table), table.retention_days
        if isinstance(table, Table):
            path = lake.storage.quarantine(table)
            found[f"quarantine.{table.name}"] = path, table.retention_days
    return found


def _maintain_all(lake: Lake, tables: Mapping[str, tuple[str, int]]) -> Iterator[Upkeep]:
    for name, (path, retention_days) in tables.items():
        if commits.latest_version(lake.files, path) is not None:
            yield _maintain(lake, name, path, retention_days)


def _maintain(lake: Lake, name: str, path: str, retention_days: int) -> Upkeep:
    maintained_at, begun = datetime.now(UTC), time.monotonic()
    files_before, bytes_before = lake.files.usage(path)
    lake.compact(path, retention_days)
    files_after, bytes_after = lake.files.usage(path)
    return Upkeep(
        table_name=name,
        maintained_at=maintained_at,
        seconds=time.monotonic() - begun,
        files_before=files_before,
        files_after=files_after,
        bytes_before=bytes_before,
        bytes_after=bytes_after,
    )
