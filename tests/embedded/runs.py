"""Runs of a toy pipeline in processes of their own, which tests may hurt."""

import resource
import subprocess
import sys
from pathlib import Path

from tests.conftest import TOY_PIPELINES, environment_of

_RUN = (
    "import sys, jobs; jobs.__path__.append(sys.argv.pop(1)); "
    "from jobs.cli import main; sys.argv[0] = 'medley'; main()"
)


def start(pipeline: str, home: Path, largest_file: int | None = None) -> subprocess.Popen[str]:
    """A run in a process group of its own, with its JVM and its workers.

    With `largest_file` the operating system refuses to make any file larger than so many bytes:
    the write fails in the middle, as on a full disk.
    """

    def limit() -> None:
        if largest_file is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

    return subprocess.Popen(
        [sys.executable, "-c", _RUN, str(TOY_PIPELINES), "run", pipeline],
        env=environment_of(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=limit,  # noqa: PLW1509  nothing but a system call, before any thread
    )
