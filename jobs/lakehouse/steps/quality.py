"""Judges rows by what their table declares: columns, rules and references."""

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.errors import StepError
from jobs.lakehouse.declare.table import Reference, Silver, Table
from jobs.lakehouse.store.schemas import struct_of

BROKEN = "_broken"
"""The column that judging adds: the names of the rules that a row breaks."""
SOURCE = "_source"
"""The column that carries the raw row through a silver function."""
UNREADABLE = "unreadable_"
"""Begins the automatic warnings of fields that hold text which their reader made NULL of."""
MALFORMED_LINE = "malformed_line"
BROKEN_UTF8 = "broken_utf8"


def declared_columns(rows: DataFrame, table: Table, *, with_source: bool) -> DataFrame:
    """What a function returned, as the flow declares it, in the declared order.

    Raises StepError that lists every column that is missing, unknown or of another type.
    """
    wanted = {column.name: column.dataType.simpleString() for column in struct_of(table.schema)}
    found = {column.name: column.dataType.simpleString() for column in rows.schema}
    if with_source:
        wanted[SOURCE] = found.get(SOURCE, "a struct")
    wrong = [
        *(f"{name} is missing" for name in wanted if name not in found),
        *(f"{name} is not declared" for name in found if name not in wanted),
        *(
            f"{name} is {found[name]} instead of {kind}"
            for name, kind in wanted.items()
            if name in found and found[name] != kind
        ),
    ]
    if wrong:
        raise StepError(
            f"{table.short_name}() in jobs/{table.pipeline}/{table.module}.py returns other "
            f"columns than flow.py declares: {'; '.join(wrong)}."
        )
    return rows.select(*wanted)


def judge(rows: DataFrame, table: Table, looked_up: Mapping[str, DataFrame]) -> DataFrame:
    """Add the column `_broken` with the names of all rules that a row breaks.

    Args:
        rows: Rows with the table's columns, and `_source` if they were made from raw ones.
        table: The declaration.
        looked_up: The tables that references point to, by name.
    """
    marks = {reference: f"_points_at_{reference.column}" for reference in references_of(table)}
    for reference, mark in marks.items():
        keys = looked_up[reference.table.name].select(F.col(reference.table.key[0]).alias(mark))
        rows = rows.join(keys, F.col(reference.column) == F.col(mark), how="left")
    checks = {
        **_unreadable(rows),
        **{missing(name): F.col(name).isNull() for name in required(table)},
        **{rule.name: ~F.expr(rule.condition) for rule in table.rules},
        **{
            reference.rule_name: F.col(reference.column).isNotNull() & F.col(mark).isNull()
            for reference, mark in marks.items()
        },
    }
    broken = F.array_compact(F.array(*(F.when(bad, F.lit(name)) for name, bad in checks.items())))
    return rows.withColumn(BROKEN, broken).drop(*marks.values())


def is_rejected(table: Table) -> Column:
    """Whether a judged row breaks more than rules that only warn."""
    warnings = F.array(*(F.lit(r.name) for r in table.rules if r.on_fail == "warn"))
    return F.size(F.array_except(BROKEN, warnings.cast("array<string>"))) > 0


def rejected_rows(judged: DataFrame, table: Table) -> DataFrame:
    """The rejected rows as quarantine keeps them.

    Columns reasons, raw (JSON), file, ingested_at, delivery and row; the last four are NULL for
    rows that were not made from raw ones.
    """
    made = [column for column in judged.columns if column != BROKEN]
    origin = {"file": "string", "ingested_at": "timestamp", "delivery": "bigint", "row": "bigint"}
    has_source = SOURCE in made
    raw = F.to_json(f"{SOURCE}.raw") if has_source else F.to_json(F.struct(*made))
    return judged.where(is_rejected(table)).select(
        F.col(BROKEN).alias("reasons"),
        raw.alias("raw"),
        *(
            (F.col(f"{SOURCE}.{name}") if has_source else F.lit(None)).cast(kind).alias(name)
            for name, kind in origin.items()
        ),
    )


def _unreadable(rows: DataFrame) -> dict[str, Column]:
    """What bronze could not read: lines without the right fields, bytes that are no UTF-8."""
    if SOURCE not in rows.columns:
        return {}
    malformed = F.col(f"{SOURCE}.raw._malformed")
    not_utf8 = malformed.contains("\N{REPLACEMENT CHARACTER}")
    return {MALFORMED_LINE: malformed.isNotNull() & ~not_utf8, BROKEN_UTF8: not_utf8}


def required(table: Table) -> list[str]:
    """The columns declared NOT NULL."""
    return [column.name for column in struct_of(table.schema) if not column.nullable]


def missing(column: str) -> str:
    """The reason of a row that lacks a required value."""
    return f"{column}_missing"


def references_of(table: Table) -> tuple[Reference, ...]:
    """The references that rows of the table are judged by."""
    return tuple(table.references) if isinstance(table, Silver) else ()
