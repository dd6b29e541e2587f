"""Movies on Kubernetes and on one machine: the same tables, row for row."""

import pytest

from tests.cluster.deliveries import Movies
from tests.cluster.faults import Fault
from tests.cluster.runs import running_there
from tests.cluster.tables import differing_tables

pytestmark = pytest.mark.cluster


def test_one_application_makes_all_layers(movies: Movies) -> None:
    """Airflow makes one SparkApplication, in which all tables come out as on one machine."""
    movies.deliver(range(1, 101), None)

    with movies.twin.catching_up(), running_there("movies", "k8s", together="yes"):
        pass

    assert [] == differing_tables("movies", movies.twin.settings, movies.cluster)


def test_a_layer_whose_driver_is_killed_goes_on_where_it_was(movies: Movies) -> None:
    """Ten users more, an application for each layer: no row is lost or doubled in silver."""
    movies.deliver(range(101, 111), "more")
    killed = Fault("silver", "movies.ratings", None)

    with movies.twin.catching_up(), running_there("movies", "k8s", together="no") as run:
        killed.strike(movies.cluster, run)

    assert [] == differing_tables("movies", movies.twin.settings, movies.cluster)
