"""What Delta's own log says of a table: its version, and the memo that each commit carries."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from jobs.lakehouse.store.files import Files

_COMMIT_FILE = re.compile(r"(\d{20})\.json")


@dataclass(frozen=True)
class Memo:
    """What a commit carries beside its rows, so that both are written or neither is."""

    write_id: str
    """Tells this write from all others."""
    run_id: str
    kind: str
    """batch, remake, change, forward, release, accept or drop; see docs/changes.md."""
    started_at: str
    """ISO 8601, UTC."""
    rows_read: int | None = None
    """None if every row is written, so that Delta's own count tells."""
    rows_quarantined: int = 0
    broken: Mapping[str, int] = field(default_factory=dict)
    input_versions: Mapping[str, int] = field(default_factory=dict)
    code: Mapping[str, str] = field(default_factory=dict)
    """A digest of each function and constant that the rows were made by; see `code_digest`."""
    definition: Mapping[str, Any] = field(default_factory=dict)
    """The declaration that the table meets since then; see `definition`."""
    deliveries: Mapping[str, Any] = field(default_factory=dict)
    """Of a bronze table: what arrived, or was decided about it; see `ledger`."""
    taken: str = ""
    """Of a table of new rows: the last delivery that it has taken, as `Ledger.mark` names it."""
    waiting: Mapping[str, int] = field(default_factory=dict)
    """How many rows are in quarantine for each reason after this write."""
    quarantine_version: int | None = None
    """The version of the quarantine that belongs to these rows; None when there is none."""
    reasons: Sequence[str] = ()
    """Why there was something to do."""

    def __str__(self) -> str:
        """The text in the commit."""
        return json.dumps({"medley": {k: v for k, v in asdict(self).items() if v not in ({}, [])}})


@dataclass(frozen=True)
class Commit:
    """One commit of ours in a table's log."""

    version: int
    committed_at_ms: int
    memo: Memo
    rows_inserted: int
    rows_updated: int


def latest_version(files: Files, table: str) -> int | None:
    """The newest version of the Delta table at a location; None when there is no table."""
    found = map(_COMMIT_FILE.fullmatch, files.names(f"{table}/_delta_log"))
    return max((int(match[1]) for match in found if match), default=None)


def commits(files: Files, table: str) -> Iterator[Commit]:
    """The commits of ours that the table's rows come from, the newest first.

    They go back as far as Delta's log is kept. What a RESTORE has undone is passed over.
    """
    version = latest_version(files, table)
    while version is not None and version >= 0:
        info = commit_info(files, table, version)
        commit = _read(version, info)
        if commit is not None:
            yield commit
        version = _restored_version(info) if info.get("operation") == "RESTORE" else version - 1


def commit_info(files: Files, table: str, version: int) -> Mapping[str, Any]:
    """What one commit says of itself; empty when Delta's upkeep has removed it."""
    file = f"{table}/_delta_log/{version:020}.json"
    if not files.exists(file):
        return {}
    # Spark writes `commitInfo` as the first action of a commit.
    found: Mapping[str, Any] = json.loads(files.first_line(file)).get("commitInfo", {})
    return found


def newest_commit(files: Files, table: str) -> Commit | None:
    """The newest commit of ours."""
    return next(commits(files, table), None)


def rows_version(files: Files, table: str, wanted: int) -> int:
    """The newest version that holds the same rows as the wanted one.

    That is a later one where upkeep has compacted the files, which would be missing in the wanted
    one some day.
    """
    version = latest_version(files, table) or wanted
    while version > wanted and _read(version, commit_info(files, table, version)) is None:
        version -= 1
    return latest_version(files, table) or wanted if version == wanted else wanted


def commit_of(files: Files, table: str, memo: Memo) -> Commit | None:
    """The commit of one write; None when it wrote nothing."""
    newest = newest_commit(files, table)
    return newest if newest is not None and newest.memo.write_id == memo.write_id else None


def _restored_version(info: Mapping[str, Any]) -> int | None:
    version = info.get("operationParameters", {}).get("version")
    return int(version) if version is not None else None


def _read(version: int, info: Mapping[str, Any]) -> Commit | None:
    """A commit from its `commitInfo`; None when another program or Delta's upkeep made it."""
    try:
        memo = Memo(**json.loads(info["userMetadata"])["medley"])
    except (KeyError, TypeError, ValueError):
        return None
    metrics = info.get("operationMetrics", {})
    inserted = metrics.get("numTargetRowsInserted", metrics.get("numOutputRows", 0))
    if info.get("operation") == "UPDATE":
        inserted = 0
    return Commit(
        version=version,
        committed_at_ms=info["timestamp"],
        memo=memo,
        rows_inserted=int(inserted),
        rows_updated=int(metrics.get("numTargetRowsUpdated", metrics.get("numUpdatedRows", 0))),
    )
