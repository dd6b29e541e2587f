"""One run at a time on a lake of a cluster: an open file on HDFS is the lock.

On one machine `lock` does it. On a cluster the driver may run on any node, so the NameNode keeps
watch: whoever has the file open for appending holds its lease, and a driver that was killed loses
it after a minute.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

from jobs.lakehouse.errors import LakeError
from jobs.lakehouse.files import Files

PATIENCE_SECONDS = 180
"""Three times what the NameNode needs to take the lease from a driver that was killed."""
_PAUSE_SECONDS = 5


@contextmanager
def only_writer(
    files: Files, checkpoint_uri: str, tell: Callable[[str], None] = lambda _: None
) -> Iterator[None]:
    """Hold the lake whose progress lies at `checkpoint_uri`, if that is on HDFS.

    Raises LakeError when another run still holds it after `PATIENCE_SECONDS`.
    """
    if not checkpoint_uri.startswith("hdfs:"):
        yield
        return
    with ExitStack() as lease:
        _take(lease, files, f"{checkpoint_uri}/_writer", tell)
        yield


def _take(lease: ExitStack, files: Files, file: str, tell: Callable[[str], None]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with suppress(BlockingIOError):
            lease.enter_context(files.held(file))
            return
        if time.monotonic() > deadline:
            raise LakeError(
                f"Another run has held {file} for {PATIENCE_SECONDS} seconds: it is writing to "
                "this lake, and one may at a time. Run again when it has ended."
            )
        tell("waiting for another run to end")
        time.sleep(_PAUSE_SECONDS)
