"""Runs of a toy pipeline in processes of their own, which tests may hurt."""

import subprocess
import sys
from pathlib import Path

from tests.conftest import TOY_PIPELINES, environment_of

_RUN = (
    "import sys, jobs; jobs.__path__.append(sys.argv.pop(1)); "
    "from jobs.cli import main; sys.argv[0] = 'medley'; main()"
)


def start(pipeline: str, home: Path) -> subprocess.Popen[bytes]:
    """A run in a process group of its own, with its JVM and its workers."""
    return subprocess.Popen(
        [sys.executable, "-c", _RUN, str(TOY_PIPELINES), "run", pipeline],
        env=environment_of(home),
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
