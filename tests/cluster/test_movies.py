"""The same job on one machine, on Kubernetes and on YARN: the same tables, row for row."""

from pathlib import Path

import mlflow
import pytest

from tests.cluster.conftest import Cluster, Embedded, deliver, running_there
from tests.cluster.faults import Fault
from tests.cluster.tables import differing_tables

pytestmark = pytest.mark.cluster

_FAULTS = [
    Fault("bronze", "movies.raw_ratings", "hadoop-namenode-0"),
    Fault("silver", "movies.ratings", None),
    Fault("gold", "movies.movie_stats", "minio-0"),
]
_RESTART_SECONDS = 600


def test_kubernetes_makes_the_same_tables_though_pods_are_killed(
    cluster: Cluster, embedded: Embedded, whole_landing: Path
) -> None:
    """NameNode, driver and MinIO die in one run, and no row is lost or doubled."""
    deliver(range(1, 301), None, whole_landing, embedded, cluster)

    with embedded.running("movies"), running_there("movies", "k8s") as run:
        for fault in _FAULTS:
            fault.strike(cluster, run)

    assert [] == differing_tables("movies", embedded.settings, cluster)


def test_yarn_goes_on_where_kubernetes_ended(
    cluster: Cluster, embedded: Embedded, whole_landing: Path
) -> None:
    """More users' ratings, too few to train on; the charts train on YARN."""
    deliver(range(301, 311), "next", whole_landing, embedded, cluster)

    with embedded.running("movies"), running_there("movies", "yarn"):
        pass

    assert [] == differing_tables("movies", embedded.settings, cluster)


def test_no_data_is_lost_when_every_store_restarts(cluster: Cluster, embedded: Embedded) -> None:
    """Tables and their registration in Trino outlast the pods that keep them."""
    cluster.kubectl("rollout", "restart", "statefulset")
    cluster.kubectl("rollout", "status", "statefulset", f"--timeout={_RESTART_SECONDS}s")

    assert [] == differing_tables("movies", embedded.settings, cluster)


def test_the_champion_is_in_the_registry_and_loads(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through the tracking server alone: whoever loads a model needs no key of the store."""
    # Else the client follows a signed link to the store itself, which only pods reach.
    monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD", "false")
    with cluster.forwarded("mlflow", 5000) as port:
        mlflow.set_tracking_uri(f"http://localhost:{port}")
        model = mlflow.pyfunc.load_model("models:/movies.ranker@champion").unwrap_python_model()

    assert "Toy Story (1995)" in model.ranker.movie_ids
