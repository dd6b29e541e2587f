"""What Delta's own log says of a table: its version, and the memo that each commit carries."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from jobs.lakehouse.store.files import Files

_COMMIT_FILE = re.compile(r"(\d{20})\.json")
_LOOK_BACK = 50
"""Maintenance commits of its own may stand between two commits of ours, but never many."""


@dataclass(frozen=True)
class Memo:
    """What a commit carries beside its rows, so that both are written or neither is."""

    application: str
    """With `number` it names the write; Delta skips the same one coming again after a crash."""
    number: int
    run_id: str
    kind: str
    """batch, replay or rebuild."""
    started_at: str
    """ISO 8601, UTC."""
    rows_read: int | None = None
    """None if every row is written, so that Delta's own count tells."""
    rows_quarantined: int = 0
    broken: Mapping[str, int] = field(default_factory=dict)
    input_versions: Mapping[str, int] = field(default_factory=dict)
    fingerprint: str = ""

    def __str__(self) -> str:
        """The text in the commit."""
        return json.dumps({"medley": asdict(self)})


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
    log = f"{table}/_delta_log"
    if not files.exists(log):
        return None
    found = (_COMMIT_FILE.search(path) for path, _ in files.sizes(log))
    return max((int(match[1]) for match in found if match), default=None)


def commits(files: Files, table: str) -> Iterator[Commit]:
    """The commits of ours, the newest first, as far back as Delta's log is kept."""
    latest = latest_version(files, table)
    for version in range(latest if latest is not None else -1, -1, -1):
        commit = _read(version, commit_info(files, table, version))
        if commit is not None:
            yield commit


def commit_info(files: Files, table: str, version: int) -> Mapping[str, Any]:
    """What one commit says of itself; empty when Delta's upkeep has removed it."""
    file = f"{table}/_delta_log/{version:020}.json"
    if not files.exists(file):
        return {}
    # Spark writes `commitInfo` as the first action of a commit.
    found: Mapping[str, Any] = json.loads(files.first_line(file)).get("commitInfo", {})
    return found


def is_newly_made(files: Files, table: str) -> bool:
    """Whether nothing was written to a table since it was made or replaced by an empty one."""
    latest = latest_version(files, table)
    if latest is None:
        return False
    made = {"CREATE TABLE", "CREATE OR REPLACE TABLE"}
    return commit_info(files, table, latest).get("operation") in made


def newest_commit(files: Files, table: str) -> Commit | None:
    """The newest commit of ours."""
    return next(commits(files, table), None)


def commit_of(files: Files, table: str, memo: Memo) -> Commit | None:
    """The commit of one write, whether it was made now or before a crash."""
    latest = latest_version(files, table) or 0
    for commit in commits(files, table):
        if (commit.memo.application, commit.memo.number) == (memo.application, memo.number):
            return commit
        if commit.version < latest - _LOOK_BACK:
            break
    return None


def _read(version: int, info: Mapping[str, Any]) -> Commit | None:
    """A commit from its `commitInfo`; None when another program or Delta's upkeep made it."""
    try:
        memo = Memo(**json.loads(info["userMetadata"])["medley"])
    except (KeyError, TypeError, ValueError):
        return None
    metrics = info.get("operationMetrics", {})
    inserted = metrics.get("numTargetRowsInserted", metrics.get("numOutputRows", 0))
    return Commit(
        version=version,
        committed_at_ms=info["timestamp"],
        memo=memo,
        rows_inserted=int(inserted),
        rows_updated=int(metrics.get("numTargetRowsUpdated", 0)),
    )
