"""What breaks in the middle of a run: it is tried again, and nothing is lost or doubled."""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cluster.conftest import ROOT, Cluster, Embedded, deliver
from tests.cluster.tables import differing_tables

pytestmark = pytest.mark.cluster

_PATIENCE_SECONDS = 300


@dataclass(frozen=True)
class Fault:
    """A pod that is killed when the driver of a layer says that a step begins."""

    layer: str
    step: str
    pod: str | None
    """None for the driver itself."""


_FAULTS = [
    Fault("bronze", "movies.raw_ratings", "hadoop-namenode-0"),
    Fault("silver", "movies.ratings", None),
    Fault("gold", "movies.movie_stats", "minio-0"),
]


def test_killed_pods_neither_lose_nor_double_rows(
    cluster: Cluster, embedded: Embedded, whole_landing: Path
) -> None:
    """NameNode, driver and MinIO die in one run; its tables equal an undisturbed machine's."""
    deliver(range(401, 411), "last", whole_landing, embedded, cluster)

    with (
        embedded.running(),
        subprocess.Popen(
            ["scripts/run", "movies", "k8s"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as run,
    ):
        for fault in _FAULTS:
            driver = _driver(cluster, fault.layer)
            _await_line(cluster, driver, f"{fault.step} ")
            cluster.kubectl(
                "delete", "pod", fault.pod or driver, "--grace-period=0", "--force", "--wait=false"
            )
        said, _ = run.communicate()

    assert 0 == run.returncode, said
    with cluster.forwarded("trino", 8080) as port:
        assert [] == differing_tables("movies", embedded.settings, port)


def test_no_data_is_lost_when_every_store_restarts(cluster: Cluster, embedded: Embedded) -> None:
    """Tables and their registration in Trino outlast the pods that keep them."""
    cluster.kubectl("rollout", "restart", "statefulset")
    cluster.kubectl("rollout", "status", "statefulset", f"--timeout={_PATIENCE_SECONDS}s")

    with cluster.forwarded("trino", 8080) as port:
        assert [] == differing_tables("movies", embedded.settings, port)


def _driver(cluster: Cluster, layer: str) -> str:
    """The running driver of a layer, as soon as there is one."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        for pod in cluster.get("pods", "--selector=spark-role=driver")["items"]:
            name = str(pod["metadata"]["name"])
            if name.startswith(f"movies-{layer}-") and pod["status"]["phase"] == "Running":
                return name
        assert time.monotonic() < until, f"no driver of {layer} runs"
        time.sleep(1)


def _await_line(cluster: Cluster, pod: str, beginning: str) -> None:
    """Follow a pod's log until a line begins so."""
    with cluster.following(pod) as lines:
        assert any(line.startswith(beginning) for line in lines), f"{pod} ended without it"
