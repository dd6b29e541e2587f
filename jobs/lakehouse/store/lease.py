"""One run at a time on a pipeline of a cluster's lake: an open file on HDFS is the lock.

On one machine `lock` does it, for the whole lake. On a cluster the driver may run on any node, so
the NameNode keeps watch: whoever has the file open for appending holds its lease, and a driver
that was killed loses it after a minute.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress

from jobs.errors import LakeError
from jobs.lakehouse.store.lake import Lake

PATIENCE_SECONDS = 180
"""Three times what the NameNode needs to take the lease from a driver that was killed."""
_PAUSE_SECONDS = 5


@contextmanager
def only_writer(
    lake: Lake, names: Iterable[str], tell: Callable[[str], None] = lambda _: None
) -> Iterator[None]:
    """Hold pipelines, or tables that all pipelines write, if the lake's progress is on HDFS.

    Raises LakeError when another run still holds one of them after `PATIENCE_SECONDS`.
    """
    if not lake.storage.checkpoint_uri.startswith("hdfs:"):
        yield
        return
    with ExitStack() as leases:
        # In the same order everywhere, or two runs may wait for each other.
        for name in sorted(names):
            _take(leases, lake, name, tell)
        yield


def _take(leases: ExitStack, lake: Lake, name: str, tell: Callable[[str], None]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with suppress(BlockingIOError):
            leases.enter_context(lake.files.held(lake.storage.lease(name)))
            return
        if time.monotonic() > deadline:
            raise LakeError(
                f"Another run has held {lake.storage.lease(name)} for {PATIENCE_SECONDS} seconds: "
                f"it is writing to '{name}', and one may at a time. Run again when it has ended."
            )
        tell(f"waiting for another run of {name} to end")
        time.sleep(_PAUSE_SECONDS)
