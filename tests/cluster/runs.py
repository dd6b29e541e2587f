"""Runs in the cluster, which Airflow makes."""

import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from scripts.follow import Airflow
from tests.cluster.access import ROOT, Cluster
from tests.leash import leashed

_PATIENCE_SECONDS = 1800


@dataclass
class Run:
    """A run that Airflow makes, followed from here."""

    _process: subprocess.Popen[str]
    said: str = ""
    """What `make run` has printed, once it has ended."""

    @property
    def has_ended(self) -> bool:
        """Whether nobody follows it any more."""
        return self._process.poll() is not None


@contextmanager
def running_there(
    pipeline: str, engine: Literal["k8s", "yarn"], together: Literal["yes", "no"]
) -> Iterator[Run]:
    """Let Airflow run a pipeline, as `make run` does, to its end, which must be a success."""
    with subprocess.Popen(
        leashed(["scripts/run", pipeline, engine, together]),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        run = Run(process)
        with _ended_on_failure(process):
            yield run
            run.said, _ = process.communicate()
        print(run.said)  # noqa: T201  pytest shows it with a failure that comes later
        assert 0 == process.returncode, run.said


def await_idle(pipeline: str, cluster: Cluster) -> None:
    """Wait until Airflow runs a pipeline no more: others' runs must not take part in a test's."""
    until = time.monotonic() + _PATIENCE_SECONDS
    with airflow_of(cluster) as airflow:
        while running := airflow.running(pipeline):
            assert time.monotonic() < until, f"{running} does not end"
            time.sleep(5)


@contextmanager
def applications_made(cluster: Cluster) -> Iterator[set[str]]:
    """The names of the SparkApplications that are made meanwhile; all of them in the end."""
    names: set[str] = set()
    watch = ("get", "sparkapplications", "--watch-only", "--output=name")
    with ThreadPoolExecutor() as pool, cluster.printing(*watch) as lines:
        pool.submit(lambda: names.update(line.strip().rpartition("/")[2] for line in lines))
        yield names


@contextmanager
def airflow_of(cluster: Cluster) -> Iterator[Airflow]:
    """Airflow's REST API, as its administrator."""
    with cluster.forwarded("airflow-api", 8080) as port:
        yield Airflow(
            f"http://localhost:{port}",
            cluster.secret("airflow-admin", "username"),
            cluster.secret("airflow-admin", "password"),
        )


@contextmanager
def _ended_on_failure(process: subprocess.Popen[str]) -> Iterator[None]:
    """Leave no run behind, and wait for none, when a test fails meanwhile."""
    try:
        yield
    except BaseException:
        process.terminate()
        raise
