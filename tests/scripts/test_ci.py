"""What `.ci/run` does on machines of several kinds, with programs made for the test."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Run = Callable[..., "subprocess.CompletedProcess[str]"]
_ENGINE = "docker info"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs `.ci/run` in a folder of its own; `failing` names the command lines that fail."""
    (tmp_path / "repository/.ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci/run", tmp_path / "repository/.ci/run")
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("make", "docker", "kubectl"):
        program = programs / name
        program.write_text(
            f'#!/bin/sh\necho "{name} $*" >>{tmp_path}/called\n'
            f'case "$FAILING" in *"[{name} $*]"*) exit 7;; esac\n'
        )
        program.chmod(0o755)

    def start(*failing: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["/bin/bash", tmp_path / "repository/.ci/run"],
            env={
                "PATH": f"{programs}:/usr/bin:/bin",
                "FAILING": " ".join(f"[{words}]" for words in failing),
                **variables,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    return start


def _phases(done: "subprocess.CompletedProcess[str]") -> dict[str, str]:
    """How each phase of the table ended."""
    rows = done.stdout.partition("phase ")[2].splitlines()[1:-1]
    return {row.split()[0]: " ".join(row.split()[2:]) for row in rows}


def test_a_machine_with_docker_tests_the_platform(run: Run, tmp_path: Path) -> None:
    """In this order, with a cluster of its own that is gone afterwards."""
    done = run(CI="true")

    assert 0 == done.returncode
    expected = dict.fromkeys(["test", "prepare", "cluster-up", "smoke", "cluster-down"], "passed")
    assert expected == _phases(done)
    called = (tmp_path / "called").read_text().splitlines()
    assert [
        "make test",
        "make cluster-down",
        "make PARALLEL=yes --jobs=2 --output-sync=target cluster-up",
        "make smoke",
        "make cluster-down",
    ] == [line for line in called if line.startswith("make")]


def test_ci_without_an_engine_fails(run: Run) -> None:
    """What is not tested must not look as if it had passed."""
    done = run(_ENGINE, CI="true")

    assert 1 == done.returncode
    assert "CI needs Docker, whose engine does not answer" in done.stderr
    assert {"test": "passed", "prepare": "failed (1)"} == _phases(done)


def test_a_developer_without_an_engine_is_told(run: Run) -> None:
    """The tests that need none have passed, and what was left out is said."""
    done = run(_ENGINE)

    assert 0 == done.returncode
    assert "the platform on Kubernetes was left out" in done.stdout


def test_of_a_failure_the_evidence_is_kept(run: Run, tmp_path: Path) -> None:
    """The exit code is the failed phase's; the status is shown, and the cluster goes."""
    done = run("make smoke", CI="true")

    assert 7 == done.returncode
    assert "failed (7)" == _phases(done)["smoke"]
    assert "passed" == _phases(done)["cluster-down"]
    assert (tmp_path / "repository/.cache/ci/status.txt").exists()
    assert f"are in {tmp_path}/repository/.cache/ci" in done.stdout
    assert "kubectl --context kind-medley cluster-info dump" in (tmp_path / "called").read_text()


def test_tests_that_fail_raise_no_cluster(run: Run) -> None:
    """Half an hour earlier somebody knows."""
    done = run("make test", CI="true")

    assert 7 == done.returncode
    assert {"test": "failed (7)"} == _phases(done)
