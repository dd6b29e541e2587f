"""Runs of a toy pipeline in processes of their own, which tests may hurt."""

import subprocess
import sys
from pathlib import Path

from tests.conftest import TOY_PIPELINES, environment_of

_RUN = (
    "import sys, jobs; jobs.__path__.append(sys.argv.pop(1)); "
    "from jobs.cli import main; sys.argv[0] = 'medley'; main()"
)
_LIMITED = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0})); "


def start(
    pipeline: str, home: Path, largest_file_bytes: int | None = None
) -> subprocess.Popen[bytes]:
    """A run in a process group of its own, with its JVM and its workers.

    With `largest_file_bytes` the system lets none of them write more into a file.
    """
    limit = "" if largest_file_bytes is None else _LIMITED.format(largest_file_bytes)
    return subprocess.Popen(
        [sys.executable, "-c", limit + _RUN, str(TOY_PIPELINES), "run", pipeline],
        env=environment_of(home),
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
