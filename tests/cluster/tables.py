"""Compares a pipeline's tables on this machine with those that Trino reads."""

import math
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import datetime

from trino.dbapi import connect

from jobs.lakehouse.declare import discovery
from jobs.lakehouse.declare.columns import columns_of
from jobs.lakehouse.declare.table import Bronze, Gold, Served, Silver, Table
from jobs.lakehouse.sql.query import ask
from jobs.settings import Settings
from tests.cluster.access import Cluster

_OF_EACH_LAKE = {"ingested_at"}
"""Columns that tell when a row came to the lake."""
_RECEIPTS = """
    SELECT step, sum(rows_read), sum(rows_kept), sum(rows_merged), sum(rows_quarantined)
    FROM medley.receipts WHERE step IN ({}) GROUP BY step
"""
Row = tuple[object, ...]


def differing_tables(pipeline: str, here: Settings, cluster: Cluster) -> list[str]:
    """The tables whose rows are not the same in both lakes.

    Served tables come from models, whose last digits may differ: they have the same keys.
    """
    with cluster.forwarded("trino", 8080) as port:
        return [
            step.name
            for step in discovery.pipeline(pipeline).steps
            if isinstance(step, Silver | Gold | Served)
            and not _alike(_here(step, here), _there(step, port))
        ]


def differing_receipts(pipeline: str, here: Settings, cluster: Cluster) -> set[Row]:
    """The steps, with their rows in all, whose receipts are not the same in both lakes.

    Only those that take each row once: how often a table is made again as a whole depends on what
    the cluster ran before.
    """
    steps = [
        step.name
        for step in discovery.pipeline(pipeline).steps
        if isinstance(step, Bronze) or (isinstance(step, Silver) and step.refresh == "new_rows")
    ]
    query = _RECEIPTS.format(", ".join(f"'{step}'" for step in steps))
    with cluster.forwarded("trino", 8080) as port:
        return set(_rows_here(query, here)) ^ set(_rows_there(query, port))


def _here(table: Table, settings: Settings) -> list[Row]:
    return _in_order(_rows_here(f"SELECT {_columns(table)} FROM {table.name}", settings))


def _there(table: Table, port: int) -> list[Row]:
    return _in_order(_rows_there(f"SELECT {_columns(table)} FROM {table.name}", port))


def _rows_here(query: str, settings: Settings) -> list[Row]:
    return [tuple(row) for row in ask(query, settings).rows]


def _rows_there(query: str, port: int) -> list[Row]:
    with closing(connect(host="localhost", port=port, user="reader", catalog="lake")) as trino:  # type: ignore[no-untyped-call]  # it has no types
        cursor = trino.cursor()
        cursor.execute(query)
        return [tuple(row) for row in cursor.fetchall()]


def _columns(table: Table) -> str:
    names = [column.name for column in columns_of(table) if column.name not in _OF_EACH_LAKE]
    return ", ".join(table.key if isinstance(table, Served) else names)


def _in_order(rows: Iterable[Iterable[object]]) -> list[Row]:
    """Rows as tuples of plain values, in the order of their texts."""
    plain = [tuple(_plain(value) for value in row) for row in rows]
    return sorted(plain, key=lambda row: [str(v) for v in row if not isinstance(v, float)])


def _plain(value: object) -> object:
    """A value that both engines spell alike: times without a zone, structs and lists as tuples."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
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
        if isinstance(left, list | tuple) and isinstance(right, list | tuple):
            if not _alike(left, right):
                return False
        elif isinstance(left, float) and isinstance(right, float):
            if not math.isclose(left, right, rel_tol=1e-9):
                return False
        elif left != right:
            return False
    return True
