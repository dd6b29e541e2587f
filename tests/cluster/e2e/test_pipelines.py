"""Pipelines that are disturbed: on Kubernetes and on YARN, their tables come out the same."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from jobs.settings import Settings
from jobs.sources import documents
from tests.cluster.access import Cluster
from tests.cluster.deliveries import Movies
from tests.cluster.faults import Fault, kill_resource_manager
from tests.cluster.runs import applications_made, await_idle, running_there
from tests.cluster.tables import differing_receipts, differing_tables
from tests.cluster.twins import Twin

pytestmark = pytest.mark.cluster

_FAULTS = [
    Fault("bronze", "movies.raw_ratings", "postgresql-0"),
    Fault("silver", "movies.ratings", "hadoop-namenode-0"),
    Fault("gold", "movies.movie_stats", "minio-0"),
    Fault("serve", "movies.recommendations", None),
]
_AIRFLOW_ITSELF = Fault(
    "together",
    "artist_catalogue.raw_artists",
    "--selector=app.kubernetes.io/name=airflow,app.kubernetes.io/component=scheduler",
)
_RESTART_SECONDS = 600
_RENAMED = 10


@pytest.fixture(scope="module")
def artists(twin_of: Callable[[str], Twin]) -> Twin:
    """The artist catalogue on this machine."""
    return twin_of("artist_catalogue")


@pytest.fixture(scope="module")
def charts(twin_of: Callable[[str], Twin]) -> Twin:
    """The music charts on this machine."""
    return twin_of("music_charts")


def test_a_run_outlives_whatever_is_killed_in_it(movies: Movies) -> None:
    """PostgreSQL, NameNode, MinIO and a driver die, each in a layer; no row is lost or doubled.

    Without PostgreSQL Airflow knows nothing; the application goes on, and no second one is made.
    """
    movies.deliver(range(111, 201), "third")

    with (
        movies.twin.catching_up(),
        applications_made(movies.cluster) as made,
        running_there("movies", "k8s", together="no") as run,
    ):
        struck = {fault.layer: fault.strike(movies.cluster, run) for fault in _FAULTS}

    assert [] == differing_tables("movies", movies.twin.settings, movies.cluster)
    assert {struck["bronze"]} == {name for name in made if name.startswith("movies-bronze-")}


def test_two_pipelines_run_side_by_side(
    movies: Movies, artists: Twin, packaged: Callable[[str], Path], cluster: Cluster
) -> None:
    """Movies goes on, on YARN, while the catalogue takes documents out of the store, here files.

    Airflow's scheduler dies with both at work, and its next one takes up the application that
    still runs: no second one is made. Then YARN's ResourceManager dies and forgets what runs: the
    layer is tried anew. The new ratings are too few to train on.
    """
    movies.deliver(range(206, 211), "fourth")
    _crawl_again(packaged("artist_catalogue"), artists, cluster)

    with (
        movies.twin.catching_up(),
        artists.catching_up(),
        applications_made(cluster) as made,
        running_there("movies", "yarn", together="no") as on_yarn,
        running_there("artist_catalogue", "k8s", together="yes") as on_kubernetes,
    ):
        struck = _AIRFLOW_ITSELF.strike(cluster, on_kubernetes)
        kill_resource_manager(cluster, "movies-silver-", on_yarn)

    assert {struck} == made
    assert re.search(r"silver +success in \d+ s, try [2-9]", on_yarn.said)
    for pipeline, twin in (("movies", movies.twin), ("artist_catalogue", artists)):
        assert [] == differing_tables(pipeline, twin.settings, cluster)
        assert set() == differing_receipts(pipeline, twin.settings, cluster)


def test_the_charts_are_the_same_on_yarn(charts: Twin, cluster: Cluster) -> None:
    """Four sources, matched songs, what moves each week, and a model, in one YARN application."""
    charts.give({}, _fetch_nothing)

    with charts.catching_up(), running_there("music_charts", "yarn", together="yes"):
        pass

    assert [] == differing_tables("music_charts", charts.settings, cluster)


def test_no_data_is_lost_when_every_store_restarts(
    movies: Movies, artists: Twin, charts: Twin, cluster: Cluster
) -> None:
    """Tables and their registration in Trino outlast the pods that keep them."""
    cluster.kubectl("rollout", "restart", "statefulset")
    cluster.kubectl("rollout", "status", "statefulset", f"--timeout={_RESTART_SECONDS}s")

    for pipeline, twin in (
        ("movies", movies.twin),
        ("artist_catalogue", artists),
        ("music_charts", charts),
    ):
        assert [] == differing_tables(pipeline, twin.settings, cluster)


def _fetch_nothing(name: str, _target: Path) -> None:
    raise AssertionError(f"nobody delivered {name}")


def _crawl_again(packaged: Path, twin: Twin, cluster: Cluster) -> None:
    """Put a later crawl's artists into a file here, and into the document store there."""
    await_idle("artist_catalogue", cluster)
    renamed = list(_renamed(packaged / "artists" / "artists.jsonl"))
    lines = "".join(f"{json.dumps(artist)}\n" for artist in renamed)
    twin.give(
        {"artist_catalogue/artists/artists-2.jsonl": sha256(lines.encode()).hexdigest()},
        lambda _, target: target.write_text(lines, encoding="utf-8"),
    )
    with cluster.forwarded("ferretdb", 27017) as port:
        store = replace(
            Settings.from_environment(), documents_uri=f"mongodb://localhost:{port}/medley"
        )
        documents.put("artist_catalogue.artists", "artists-2", renamed, store)


def _renamed(artists: Path) -> Iterator[dict[str, object]]:
    """A few of the artists as a later crawl may find them: under other names."""
    with artists.open(encoding="utf-8") as lines:
        for _, line in zip(range(_RENAMED), lines, strict=False):
            artist = json.loads(line)
            yield artist | {
                "name": f"{artist['name']} & Friends",
                "crawled_at": "2022-10-29T00:00:00Z",
            }
