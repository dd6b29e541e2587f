"""The same job on one machine, on Kubernetes and on YARN: the same tables, row for row."""

from dataclasses import dataclass
from pathlib import Path

import mlflow
import pytest

from tests.cluster.conftest import Cluster, Embedded, deliver, run_there
from tests.cluster.tables import differing_tables

pytestmark = pytest.mark.cluster


@dataclass(frozen=True)
class Delivery:
    """Some users' ratings, and the engine that takes them in."""

    engine: str
    users: range
    file: str | None


@pytest.mark.parametrize(
    "delivery",
    [Delivery("k8s", range(1, 301), None), Delivery("yarn", range(301, 401), "next")],
    ids=lambda delivery: delivery.engine,
)
def test_a_pipeline_makes_the_same_tables_everywhere(
    delivery: Delivery, cluster: Cluster, embedded: Embedded, whole_landing: Path
) -> None:
    """The first users on Kubernetes, more of them on YARN: the rows equal one machine's."""
    deliver(delivery.users, delivery.file, whole_landing, embedded, cluster)

    with embedded.running():
        run_there("movies", delivery.engine)

    with cluster.forwarded("trino", 8080) as port:
        assert [] == differing_tables("movies", embedded.settings, port)


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
