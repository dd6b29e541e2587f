"""Upkeep of a pipeline's tables: fewer files to read, and old ones deleted in time."""

import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from jobs.lakehouse.declare.pipeline import Pipeline
from jobs.lakehouse.store import commits, lease
from jobs.lakehouse.store.lake import Lake, struct_of
from jobs.lakehouse.store.storage import UPKEEP

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
    """Compact each table of a pipeline and delete files past its retention.

    The figures are added to the table `medley.upkeep`, one row per table and upkeep.
    """
    paths = {table: lake.storage.table(table) for table in pipeline.tables}
    done = [
        _maintain(lake, table.name, path, table.retention_days)
        for table, path in paths.items()
        if commits.latest_version(lake.files, path) is not None
    ]
    if done:
        rows = lake.spark.createDataFrame([asdict(one) for one in done], struct_of(SCHEMA))
        with lease.only_writer(lake, [UPKEEP]):
            rows.coalesce(1).write.format("delta").mode("append").save(lake.storage.upkeep)
    return done


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
