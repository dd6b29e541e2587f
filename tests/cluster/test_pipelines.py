"""The same jobs on one machine, on Kubernetes and on YARN: the same tables, row for row."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient

from jobs.lakehouse import discovery
from jobs.sources import documents
from jobs.sources.zone import bring_all
from scripts.follow import follow
from tests.cluster.conftest import Cluster, Embedded, airflow_of, deliver, running_there
from tests.cluster.faults import Fault
from tests.cluster.tables import differing_receipts, differing_tables

pytestmark = pytest.mark.cluster

_FAULTS = [
    Fault("bronze", "movies.raw_ratings", None),
    Fault("silver", "movies.ratings", "hadoop-namenode-0"),
    Fault("gold", "movies.movie_stats", "minio-0"),
]
_RESTART_SECONDS = 600
_RENAMED = 10


def test_kubernetes_makes_the_same_tables_though_pods_are_killed(
    cluster: Cluster, embedded: Embedded, whole_landing: Path
) -> None:
    """Driver, NameNode and MinIO die in one run, and no row is lost or doubled."""
    deliver(range(1, 301), None, whole_landing, embedded, cluster)

    with embedded.running("movies"), running_there("movies", "k8s") as run:
        for fault in _FAULTS:
            fault.strike(cluster, run)

    assert [] == differing_tables("movies", embedded.settings, cluster)


def test_two_pipelines_run_side_by_side(
    cluster: Cluster, embedded: Embedded, whole_landing: Path
) -> None:
    """Movies goes on, on YARN, while the catalogue takes documents out of the store, here files.

    The new ratings are too few to train on, so that each model has one receipt.
    """
    deliver(range(303, 312), "next", whole_landing, embedded, cluster)
    _crawl_artists_again(embedded, cluster)

    with (
        embedded.running("movies", "artist_catalogue"),
        running_there("movies", "yarn"),
        running_there("artist_catalogue", "k8s"),
    ):
        pass

    assert [] == differing_tables("movies", embedded.settings, cluster)
    assert [] == differing_tables("artist_catalogue", embedded.settings, cluster)
    assert set() == differing_receipts(embedded.settings, cluster)


def test_the_charts_are_the_same_on_yarn(cluster: Cluster, embedded: Embedded) -> None:
    """Four sources, matched songs, what moves each week, and a model that YARN trains."""
    with embedded.running("music_charts"), running_there("music_charts", "yarn"):
        pass

    assert [] == differing_tables("music_charts", embedded.settings, cluster)


def test_no_data_is_lost_when_every_store_restarts(cluster: Cluster, embedded: Embedded) -> None:
    """Tables and their registration in Trino outlast the pods that keep them."""
    cluster.kubectl("rollout", "restart", "statefulset")
    cluster.kubectl("rollout", "status", "statefulset", f"--timeout={_RESTART_SECONDS}s")

    for pipeline in ("movies", "artist_catalogue", "music_charts"):
        assert [] == differing_tables(pipeline, embedded.settings, cluster)


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


def _crawl_artists_again(embedded: Embedded, cluster: Cluster) -> None:
    """Put a later crawl's artists into a file here, and into the document store there."""
    source = "artist_catalogue.artists"
    bring_all(discovery.pipeline("artist_catalogue").sources, embedded.settings, lambda _: None)
    renamed = list(_renamed(embedded.landing / "artist_catalogue" / "artists" / "artists.jsonl"))
    documents.put(source, "artists-2.jsonl", renamed, embedded.settings)
    with cluster.forwarded("ferretdb", 27017) as port:
        store = f"mongodb://localhost:{port}/medley"
        documents.put(source, "artists-2", renamed, replace(embedded.settings, documents_uri=store))


def _renamed(artists: Path) -> Iterator[dict[str, object]]:
    """A few of the artists as a later crawl may find them: under other names."""
    with artists.open(encoding="utf-8") as lines:
        for _, line in zip(range(_RENAMED), lines, strict=False):
            artist = json.loads(line)
            yield artist | {
                "name": f"{artist['name']} & Friends",
                "crawled_at": "2022-10-29T00:00:00Z",
            }
