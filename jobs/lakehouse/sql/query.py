"""SQL over the lake without Spark: DuckDB over delta-rs, read only."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from jobs.errors import QueryError
from jobs.lakehouse.sql.local_lake import LocalLake
from jobs.settings import Settings

_OWN_SCHEMAS = {"information_schema", "pg_catalog"}
_FETCHED_AT_ONCE = 10_000


@dataclass(frozen=True)
class Answer:
    """What a query returns; its rows are fetched as they are iterated over, once."""

    columns: Sequence[str]
    rows: Iterator[tuple[object, ...]]


def ask(sql: str, settings: Settings) -> Answer:
    """Answer one SELECT over the tables of the lake, in DuckDB's SQL.

    Each table bears its own name, `movies.ratings`; what it rejected is
    `quarantine.movies.ratings`, and `medley.receipts` tells what each run did. Only the tables
    that the query names are opened; one that names none (`SHOW ALL TABLES`) sees all. All
    timestamps are UTC.

    Raises QueryError for anything but one statement that reads, UnknownNameError for a table
    that is not declared, LakeError for one that has not been made yet.
    """
    lake = LocalLake.of(settings)
    try:
        connection = _connect()
        _refuse_all_but_one_read(connection, sql)
        for name in _tables_in(connection, sql) or lake.made():
            _add_view(connection, lake, name)
        connection.execute("SET lock_configuration = true")
        connection.execute(sql)
        columns = [column[0] for column in connection.description or ()]
    except duckdb.Error as error:
        raise _query_error(error) from error
    return Answer(columns, _rows(connection))


def _connect() -> duckdb.DuckDBPyConnection:
    """An empty database in memory that reaches no file, no network and no Python variable."""
    connection = duckdb.connect(":memory:", config={"python_enable_replacements": "false"})
    connection.execute("ATTACH ':memory:' AS quarantine")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_external_access = false")
    return connection


def _refuse_all_but_one_read(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    statements = connection.extract_statements(sql)
    if len(statements) != 1:
        raise QueryError(f"Found {len(statements)} SQL statements; expected one.")
    if statements[0].type != duckdb.StatementType.SELECT:
        raise QueryError(
            f"Found a statement of the kind {statements[0].type.name}; expected SELECT, WITH, "
            "FROM, DESCRIBE, SUMMARIZE or SHOW. The lake is read only here: pipelines "
            "write it, `medley run`."
        )


def _tables_in(connection: duckdb.DuckDBPyConnection, sql: str) -> set[str]:
    """The full names of all tables that the statement reads, but for DuckDB's own."""
    # Only the parser is asked: `get_table_names` also binds, and fails on `USING`.
    parsed = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchall()
    nodes = list(_nodes(json.loads(parsed[0][0])))
    tables = [node for node in nodes if node.get("type") == "BASE_TABLE"]
    with_names = {entry["key"].lower() for node in nodes for entry in _with_clauses(node)}
    named = {
        ".".join(
            node[part].lower()
            for part in ("catalog_name", "schema_name", "table_name")
            if node[part]
        )
        for node in tables
        if node["schema_name"].lower() not in _OWN_SCHEMAS
    }
    return named - with_names


def _nodes(tree: object) -> Iterator[dict[str, Any]]:
    """All objects in a JSON tree."""
    if isinstance(tree, list):
        for child in tree:
            yield from _nodes(child)
    elif isinstance(tree, dict):
        yield tree
        yield from _nodes(list(tree.values()))


def _with_clauses(node: dict[str, Any]) -> Sequence[dict[str, Any]]:
    clauses: Sequence[dict[str, Any]] = node.get("cte_map", {}).get("map", ())
    return clauses


def _add_view(connection: duckdb.DuckDBPyConnection, lake: LocalLake, name: str) -> None:
    rows = lake.open(name)
    schema, _, _ = name.rpartition(".")
    registered = name.replace(".", "_")
    connection.register(registered, rows)
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    connection.execute(f"CREATE VIEW {name} AS FROM temp.{registered}")


def _rows(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[object, ...]]:
    try:
        while rows := connection.fetchmany(_FETCHED_AT_ONCE):
            yield from rows
    except duckdb.Error as error:
        raise _query_error(error) from error
    finally:
        connection.close()


def _query_error(error: duckdb.Error) -> QueryError:
    """DuckDB's message without its drawing of the place."""
    message, _, place = str(error).partition("\n\nLINE ")
    near = place.splitlines()[0].partition(": ")[2].strip() if place else ""
    text = " ".join(message.split())
    return QueryError(f"{text} In: {near}" if near else text)
