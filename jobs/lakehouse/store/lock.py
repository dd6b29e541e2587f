"""One run at a time on a lake, and no run on a lake that a newer Medley has written."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jobs
from jobs.errors import LakeError

FORMAT = 2
"""Raised when a lake's folders change so that an older Medley would misread them."""


@contextmanager
def only_writer(home: Path) -> Iterator[None]:
    """Hold the lake for writing; the operating system lets go of it even after a kill.

    Raises LakeError when another run holds it, or when its format is newer than this program.
    """
    home.mkdir(parents=True, exist_ok=True)
    check_format(home)
    with (home / "lake.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise LakeError(
                f"Another run (process {holder}) is writing to the lake at {home}; "
                "one at a time. Wait for it to end, or set MEDLEY_HOME to another folder."
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        marker = home / "lake.json"
        if not marker.exists() or json.loads(marker.read_text())["format"] < FORMAT:
            draft = marker.with_suffix(".draft")
            draft.write_text(json.dumps({"format": FORMAT, "written_by": jobs.__version__}))
            draft.replace(marker)
        yield


def check_format(home: Path) -> None:
    """Raise LakeError when the lake there is not one that this program can read."""
    marker = home / "lake.json"
    if not marker.exists():
        return
    try:
        found = json.loads(marker.read_text())
        lake_format, written_by = int(found["format"]), found["written_by"]
    except (ValueError, KeyError, TypeError) as error:
        raise LakeError(
            f"{marker} is damaged; expected {{'format': {FORMAT}, 'written_by': '…'}}. Restore "
            "it from a copy, or remove it if this program wrote the lake."
        ) from error
    if lake_format > FORMAT:
        raise LakeError(
            f"The lake at {home} has format {lake_format}, written by Medley {written_by}; this "
            f"is Medley {jobs.__version__}, which knows formats up to {FORMAT}. Install a newer "
            "Medley, or set MEDLEY_HOME to another folder."
        )
