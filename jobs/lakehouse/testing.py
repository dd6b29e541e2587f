"""Small DataFrames for tests, and their rows as plain Python."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import ArrayType, StructField, StructType

from jobs.lakehouse.declare.definition import fields_of
from jobs.lakehouse.declare.table import Bronze, Table
from jobs.lakehouse.store.schemas import struct_of

_FILE = "file:/landing/test"
_INGESTED_AT = datetime(2026, 1, 1, tzinfo=UTC)


def frame(spark: SparkSession, table: Table, *rows: Mapping[str, object]) -> DataFrame:
    """Rows of a declared table; a column that a row leaves out is NULL, or empty if an array.

    NOT NULL is not enforced, so that a test names only the columns that matter to it.
    """
    declared = struct_of(table.schema)
    schema = StructType([StructField(column.name, column.dataType) for column in declared])
    left_out: dict[str, object] = {
        column.name: [] if isinstance(column.dataType, ArrayType) else None for column in schema
    }
    _refuse_unknown(left_out, rows)
    values: list[Any] = [tuple((left_out | dict(row)).values()) for row in rows]
    return spark.createDataFrame(values, schema)


def raw_frame(spark: SparkSession, table: Bronze, *rows: Mapping[str, str | None]) -> DataFrame:
    """Raw rows as a silver function gets them; a field that a row leaves out is NULL."""
    columns = list(fields_of(table.source).values())
    _refuse_unknown(columns, rows)
    fields = ", ".join(f"`{column}` STRING" for column in columns)
    source = f"STRUCT<file: STRING, ingested_at: TIMESTAMP, raw: STRUCT<{fields}>>"
    raw = [tuple(row.get(column) for column in columns) for row in rows]
    values: list[Any] = [(*fields, (_FILE, _INGESTED_AT, fields)) for fields in raw]
    return spark.createDataFrame(values, f"{fields}, _source {source}")


def rows_of(frame: DataFrame, *columns: str) -> list[dict[str, Any]]:
    """All rows, or some columns of them, in the order of their values; times are in UTC."""
    chosen = frame.select(*columns) if columns else frame
    found = [_plain(row.asDict(recursive=True)) for row in chosen.collect()]
    return sorted(found, key=lambda row: [_sortable(value) for value in row.values()])


def row_of(frame: DataFrame, *columns: str) -> dict[str, Any]:
    """The only row; see `rows_of`."""
    (row,) = rows_of(frame, *columns)
    return row


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row whose times are not those of the machine's zone."""
    return {
        name: value.astimezone(UTC) if isinstance(value, datetime) else value
        for name, value in row.items()
    }


def _sortable(value: object) -> tuple[bool, float, str]:
    """NULL comes first; numbers are ordered as numbers, all else as text."""
    number = float(value) if isinstance(value, int | float) else 0.0
    return value is not None, number, str(value)


def _refuse_unknown(known: Collection[str], rows: Iterable[Mapping[str, object]]) -> None:
    unknown = sorted({name for row in rows for name in row} - set(known))
    if unknown:
        raise ValueError(
            f"The table has no column {', '.join(unknown)}; it has {', '.join(known)}."
        )
