"""Runs of a toy pipeline in processes of their own, which tests may hurt."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.conftest import TOY_PIPELINES, environment_of
from tests.leash import leashed

_RUN = (
    "import sys, jobs; jobs.__path__.append(sys.argv.pop(1)); "
    "from jobs.cli import main; sys.argv[0] = 'medley'; main()"
)
_LIMITED = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0})); "
_SECONDS = 300
"""Only a run that hangs takes so long, on a busy machine too."""


def start(
    pipeline: str, home: Path, largest_file_bytes: int | None = None
) -> subprocess.Popen[bytes]:
    """A run in a process group of its own, with its JVM and its workers.

    With `largest_file_bytes` the system lets none of them write more into a file.
    """
    limit = "" if largest_file_bytes is None else _LIMITED.format(largest_file_bytes)
    return subprocess.Popen(
        leashed([sys.executable, "-c", limit + _RUN, str(TOY_PIPELINES), "run", pipeline]),
        env=environment_of(home),
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


def run_and_kill(pipeline: str, home: Path, is_time: Callable[[], bool]) -> bool:
    """Begin a run and kill it with all its processes when it is time.

    Returns whether it was killed: it may have ended well before.
    """
    run = start(pipeline, home)
    until = time.monotonic() + _SECONDS
    while not is_time():
        if run.poll() is not None:
            assert 0 == run.returncode
            return False
        assert time.monotonic() < until, "the run takes too long"
        time.sleep(0.002)
    os.killpg(run.pid, signal.SIGKILL)
    return -signal.SIGKILL == run.wait()
