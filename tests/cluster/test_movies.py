"""The same job on one machine, on Kubernetes and on YARN: the same tables, row for row."""

import math
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import mlflow
import pytest
from trino.dbapi import connect

from jobs.lakehouse import discovery
from jobs.lakehouse.query import ask
from jobs.lakehouse.table import Gold, Served, Silver, Table
from tests.cluster.conftest import Cluster, Embedded, run_there, send

pytestmark = pytest.mark.cluster

_TABLES = [step for step in discovery.pipeline("movies").steps if isinstance(step, Silver | Gold)]
_SERVED = [step for step in discovery.pipeline("movies").steps if isinstance(step, Served)]


@dataclass(frozen=True)
class Delivery:
    """Some users' ratings, and the engine that takes them in."""

    engine: str
    users: range
    file: str


@pytest.mark.parametrize(
    "delivery",
    [Delivery("k8s", range(1, 301), "first"), Delivery("yarn", range(301, 401), "next")],
    ids=lambda delivery: delivery.engine,
)
def test_a_pipeline_makes_the_same_tables_everywhere(
    delivery: Delivery, cluster: Cluster, embedded: Embedded, whole_landing: Path
) -> None:
    """The first users on Kubernetes, more of them on YARN: rows and sums equal one machine's.

    Served tables come from models, whose last digits may differ: they have the same keys.
    """
    send(embedded.land(whole_landing, delivery.users, delivery.file), embedded, cluster)
    embedded.run()

    run_there("movies", delivery.engine)

    with cluster.forwarded("trino", 8080) as port:
        differing = [
            table.name
            for table in _TABLES
            if not _alike(_here(table, "*", embedded), _there(table, "*", port))
        ]
        assert [] == differing
        for table in _SERVED:
            keys = ", ".join(table.key)
            assert _here(table, keys, embedded) == _there(table, keys, port)


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


def _here(table: Table, columns: str, embedded: Embedded) -> list[tuple[object, ...]]:
    answer = ask(f"SELECT {columns} FROM {table.name}", embedded.settings)
    return _in_order(answer.rows)


def _there(table: Table, columns: str, port: int) -> list[tuple[object, ...]]:
    with closing(connect(host="localhost", port=port, user="reader", catalog="lake")) as trino:  # type: ignore[no-untyped-call]  # it has no types
        cursor = trino.cursor()
        cursor.execute(f"SELECT {columns} FROM {table.name}")
        return _in_order(cursor.fetchall())


def _in_order(rows: object) -> list[tuple[object, ...]]:
    """Rows as tuples of plain values, in the order of their texts."""
    plain = [tuple(_plain(value) for value in row) for row in rows]  # type: ignore[attr-defined]  # any iterable of rows
    return sorted(plain, key=lambda row: [str(v) for v in row if not isinstance(v, float)])


def _plain(value: object) -> object:
    """A value that both engines spell alike: times without a zone, structs and lists as tuples."""
    if hasattr(value, "tzinfo"):
        return value.replace(tzinfo=None)  # type: ignore[attr-defined]  # a datetime
    if isinstance(value, dict):
        return tuple(_plain(inner) for inner in value.values())
    if isinstance(value, list | tuple):
        return tuple(_plain(inner) for inner in value)
    return value


def _alike(one: Sequence[object], other: Sequence[object]) -> bool:
    """Equal, but for the last digits of sums that were added in another order."""
    if len(one) != len(other):
        return False
    for left, right in zip(one, other, strict=True):
        if isinstance(left, tuple) and isinstance(right, tuple):
            if not _alike(left, right):
                return False
        elif isinstance(left, float) and isinstance(right, float):
            if not math.isclose(left, right, rel_tol=1e-9):
                return False
        elif left != right:
            return False
    return True
