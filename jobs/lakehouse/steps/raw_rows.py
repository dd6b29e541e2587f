"""Raw rows as a silver function takes them: with their origin, and with what cannot be read."""

from collections.abc import Callable, Sequence
from typing import Any

from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.lakehouse import raw_fields
from jobs.lakehouse.declare.definition import fields_of
from jobs.lakehouse.declare.table import Bronze, Silver, Source
from jobs.lakehouse.steps.quality import SOURCE, UNREADABLE


def with_source(
    raw: DataFrame, table: Silver, function: Callable[..., DataFrame], others: Sequence[Any]
) -> tuple[DataFrame, list[str]]:
    """Raw rows with the column `_source`, and the automatic warnings that it may hold.

    Args:
        raw: Rows of a bronze table.
        table: The table that is made from them.
        function: Its function, which is called once to see which fields it reads as what.
        others: What it takes besides the raw rows.
    """
    first = table.reads[0]
    normal = _as_declared(raw, first.source) if isinstance(first, Bronze) else raw
    origin = _origin(raw)
    plain = normal.withColumn(SOURCE, F.struct(*origin))
    with raw_fields.noted() as readings:
        function(plain, *others)
    unreadable = {
        f"{UNREADABLE}{name}": condition
        for name, condition in readings.items()
        if _can_be_asked(normal, condition)
    }
    marks = F.array_compact(F.array(*(F.when(c, F.lit(n)) for n, c in unreadable.items())))
    marked = normal.withColumn(
        SOURCE, F.struct(*origin, marks.cast("array<string>").alias("unreadable"))
    )
    return marked, list(unreadable)


def _origin(raw: DataFrame) -> list[Column]:
    """Where a raw row is from, and the row as it came."""
    fields = [column for column in raw.columns if not column.startswith("_")]
    kept = [name for name in ("_rescued", "_malformed") if name in raw.columns]
    return [
        F.col("_file").alias("file"),
        F.col("_ingested_at").alias("ingested_at"),
        F.col("_delivery").alias("delivery"),
        F.col("_row").alias("row"),
        F.struct(*fields, *kept).alias("raw"),
    ]


def _as_declared(raw: DataFrame, source: Source) -> DataFrame:
    """Numbers and dates in the form that readers of raw fields know."""
    columns = fields_of(source)
    changed = {
        columns[field]: F.translate(F.replace(columns[field], F.lit("."), F.lit("")), ",", ".")
        for field in source.decimal_commas
    }
    for field, form in source.date_formats.items():
        found = F.date_format(F.try_to_date(F.trim(columns[field]), form), "yyyy-MM-dd")
        # What is no such date stays as it is, to be told as unreadable.
        changed[columns[field]] = F.coalesce(found, columns[field])
    return raw.withColumns(changed) if changed else raw


def _can_be_asked(raw: DataFrame, condition: Column) -> bool:
    """Whether a condition is about raw fields alone; others a function has made on its way."""
    try:
        raw.select(condition)
    except AnalysisException:
        return False
    return True
