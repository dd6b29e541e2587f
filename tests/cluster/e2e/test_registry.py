"""The model registry, from outside the cluster and from Airflow."""

import time

import mlflow
import pytest
from mlflow import MlflowClient

from scripts.follow import follow
from tests.cluster.access import Cluster
from tests.cluster.runs import airflow_of

pytestmark = pytest.mark.cluster


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


def test_a_person_makes_a_version_the_champion(cluster: Cluster) -> None:
    """The promotion DAG's pod sets the alias, here where the gate's was taken away."""
    model, champion = "movies.ranker", "champion"
    with cluster.forwarded("mlflow", 5000) as mlflow_port, airflow_of(cluster) as airflow:
        registry = MlflowClient(f"http://localhost:{mlflow_port}")
        version = int(registry.get_model_version_by_alias(model, champion).version)
        registry.delete_registered_model_alias(model, champion)

        run = airflow.start("promotion", {"model": model, "version": version})
        *_, state = follow(airflow, "promotion", run, lambda: time.sleep(1))

        assert "success" == state
        assert str(version) == registry.get_model_version_by_alias(model, champion).version
