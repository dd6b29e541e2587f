"""What each step did, as a Delta table, gathered from the memos in the tables' own commits."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from jobs.lakehouse.declare.table import Model, Step
from jobs.lakehouse.store import commits, lease
from jobs.lakehouse.store.commits import Commit
from jobs.lakehouse.store.lake import Lake
from jobs.lakehouse.store.schemas import struct_of
from jobs.lakehouse.store.storage import RECEIPTS

SCHEMA = """
    run_id STRING NOT NULL COMMENT 'The run that the step was part of',
    step STRING NOT NULL COMMENT 'Table or model',
    layer STRING NOT NULL,
    kind STRING NOT NULL COMMENT 'What kind of work it was, as docs/changes.md lists them',
    started_at TIMESTAMP NOT NULL,
    seconds DOUBLE NOT NULL COMMENT 'Until the rows were committed',
    rows_read BIGINT NOT NULL COMMENT 'rows_kept + rows_merged + rows_quarantined',
    rows_kept BIGINT NOT NULL COMMENT 'Rows that are new in the table',
    rows_merged BIGINT NOT NULL COMMENT 'Rows whose key was there already, in the batch or table',
    rows_quarantined BIGINT NOT NULL,
    rows_updated BIGINT NOT NULL COMMENT 'Rows of the table that a merged row changed',
    version BIGINT NOT NULL COMMENT 'Version of the table or model that was made',
    input_versions MAP<STRING, BIGINT> NOT NULL COMMENT 'Version of each table or model read',
    broken MAP<STRING, BIGINT> NOT NULL COMMENT 'Rows that broke each rule'
"""


@dataclass(frozen=True)
class Receipt:
    """What one step did. `rows_read` = `rows_kept` + `rows_merged` + `rows_quarantined`."""

    run_id: str
    step: str
    layer: str
    kind: str
    started_at: datetime
    seconds: float
    rows_read: int
    rows_kept: int
    rows_merged: int
    rows_quarantined: int
    rows_updated: int
    version: int
    input_versions: Mapping[str, int]
    broken: Mapping[str, int]

    @classmethod
    def of(cls, step: Step, commit: Commit) -> "Receipt":
        """The receipt that a commit carries."""
        memo = commit.memo
        read = commit.rows_inserted if memo.rows_read is None else memo.rows_read
        started_at = datetime.fromisoformat(memo.started_at)
        committed_at = datetime.fromtimestamp(commit.committed_at_ms / 1000, UTC)
        return cls(
            run_id=memo.run_id,
            step=step.name,
            layer=step.layer,
            kind=memo.kind,
            started_at=started_at,
            seconds=(committed_at - started_at).total_seconds(),
            rows_read=read,
            rows_kept=commit.rows_inserted,
            rows_merged=read - memo.rows_quarantined - commit.rows_inserted,
            rows_quarantined=memo.rows_quarantined,
            rows_updated=commit.rows_updated,
            version=commit.version,
            input_versions=memo.input_versions,
            broken=memo.broken,
        )


def gather(lake: Lake, steps: Iterable[Step], trained: Iterable[Receipt] = ()) -> None:
    """Add the receipts of all commits that came since the last call, whoever made them.

    The table's own last commit remembers how far it has come with each step, so a run that was
    killed leaves nothing behind but receipts for the next one to gather.

    Args:
        lake: The lake.
        steps: The steps whose tables to look at.
        trained: Receipts of models, which are kept outside the lake.
    """
    with lease.only_writer(lake, [RECEIPTS]):
        gathered = _gathered(lake)
        found = list(trained)
        for step in steps:
            if not isinstance(step, Model):
                found += _new_receipts(lake, step, gathered.get(step.name, -1))
                version = lake.version(step)
                gathered[step.name] = version if version is not None else -1
        if found:
            _append(lake, found, gathered)


def _append(lake: Lake, found: Iterable[Receipt], gathered: Mapping[str, int]) -> None:
    rows = [asdict(receipt) for receipt in sorted(found, key=lambda one: one.started_at)]
    (
        lake.spark.createDataFrame(rows, struct_of(SCHEMA))
        .coalesce(1)
        .write.format("delta")
        .mode("append")
        .option("userMetadata", json.dumps({"gathered": gathered}))
        .save(lake.storage.receipts)
    )


def _new_receipts(lake: Lake, step: Step, seen: int) -> Iterator[Receipt]:
    """The receipts of the commits after a version, the newest first."""
    path = lake.storage.table(step)
    version = lake.version(step)
    if version is not None and version < seen:
        # The table was deleted and has begun anew.
        seen = -1
    for commit in commits.commits(lake.files, path):
        if commit.version <= seen:
            return
        yield Receipt.of(step, commit)


def _gathered(lake: Lake) -> dict[str, int]:
    """How far the receipts have come with each step."""
    path = lake.storage.receipts
    version = commits.latest_version(lake.files, path)
    for number in range(version if version is not None else -1, -1, -1):
        info = commits.commit_info(lake.files, path, number)
        try:
            return dict(json.loads(info["userMetadata"])["gathered"])
        except (KeyError, TypeError, ValueError):
            continue
    return {}
