"""`make run`'s script, before a cluster that takes its calls and never answers."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "run"
_SECONDS = 60
"""Only what hangs takes so long, on a busy machine too."""
_KUBECTL = """#!{python}
import socket, sys, time
if "port-forward" in sys.argv:
    server = socket.create_server(("127.0.0.1", int(sys.argv[-1].partition(":")[0])))
    print("Forwarding", flush=True)
    time.sleep(600)
print("YWRtaW4=")
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """That of a shell whose kubectl talks to such a cluster."""
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(_KUBECTL.format(python=sys.executable), encoding="utf-8")
    kubectl.chmod(0o755)
    return os.environ | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}


@pytest.fixture
def landing(environment: dict[str, str]) -> Iterator[psutil.Popen]:
    """A run that waits for the object store."""
    with psutil.Popen([SCRIPT, "movies"], env=environment) as run:
        until = time.monotonic() + _SECONDS
        while not any(_lands(child) for child in run.children()):
            assert run.poll() is None, "the run has ended"
            assert time.monotonic() < until, "the run does not land anything"
            time.sleep(0.1)
        yield run


def _lands(process: psutil.Process) -> bool:
    try:
        return "land" in process.cmdline()
    except psutil.Error:  # it has ended meanwhile
        return False


def test_a_run_that_is_ended_leaves_no_program_behind(landing: psutil.Popen) -> None:
    """Neither what it waits for, nor what forwards ports for it."""
    started = landing.children(recursive=True)

    landing.terminate()
    _, left = psutil.wait_procs([landing, *started], timeout=_SECONDS)

    assert 5 <= len(started)
    assert [] == left


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name a pipeline: make run PIPELINE=movies"),
        (["movies", "flink"], "ENGINE is 'flink'; expected k8s or yarn"),
        (["movies", "k8s", "together"], "TOGETHER is 'together'; expected yes, no or nothing"),
    ],
)
def test_wrong_words_are_told_before_anything_is_done(words: list[str], said: str) -> None:
    """With what is expected."""
    run = subprocess.run([SCRIPT, *words], capture_output=True, text=True, check=False)

    assert (1, "", f"run: {said}\n") == (run.returncode, run.stdout, run.stderr)
