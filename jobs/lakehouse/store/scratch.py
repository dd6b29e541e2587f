"""Files that appear whole or not at all."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# The dot hides a scratch folder from Spark, should it ever stand in a folder that Spark reads.
_PREFIX = ".scratch-"
_STALE_SECONDS = 24 * 60 * 60


@contextmanager
def scratch(parent: Path) -> Iterator[Path]:
    """A folder inside `parent` for half-made files, gone when the block ends.

    It is on the file system of `parent`, so what is finished can be renamed into place in one
    step. Folders that killed runs left behind are deleted a day later.
    """
    parent.mkdir(parents=True, exist_ok=True)
    for left_behind in parent.glob(f"{_PREFIX}*"):
        if _age_in_seconds(left_behind) > _STALE_SECONDS:
            shutil.rmtree(left_behind, ignore_errors=True)
    with tempfile.TemporaryDirectory(
        prefix=_PREFIX, dir=parent, ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder)


def _age_in_seconds(path: Path) -> float:
    """How long ago the folder changed; 0 when another run has deleted it meanwhile."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
