"""What tests start does not outlive them."""

import shutil
import subprocess
import sys

import psutil
import pytest

from tests.leash import leashed

_PARENT = "import subprocess, sys; print(subprocess.Popen(sys.argv[1:]).pid, flush=True); input()"


@pytest.mark.skipif(not shutil.which("setpriv"), reason="only Linux ends a child with its parent")
def test_a_program_ends_with_a_parent_that_was_killed() -> None:
    """SIGKILL gives the parent no time to end anything itself."""
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT, *leashed(["sleep", "600"])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        assert child.is_running()
        parent.kill()

    _, alive = psutil.wait_procs([child], timeout=30)
    assert [] == alive
