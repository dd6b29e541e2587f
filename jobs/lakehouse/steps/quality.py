"""Judges rows by what their table declares: columns, rules and references."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.errors import QualityError, StepError
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
FEW_ROWS = 100
"""Below this many rows a high share of bad ones says nothing about the source."""


@dataclass(frozen=True)
class Verdict:
    """How many rows were judged, how many are rejected, and how many break each rule."""

    rows: int
    quarantined: int
    broken: Mapping[str, int]
    keys: int | None = None
    """How many keys the accepted rows have; only counted for tables that are made whole."""
    bad_files: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Files of which too many rows are rejected: how many, and of how many rows."""


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
    marks = {reference: f"_points_at_{reference.column}" for reference in _references(table)}
    for reference, mark in marks.items():
        keys = looked_up[reference.table.name].select(F.col(reference.table.key[0]).alias(mark))
        rows = rows.join(keys, F.col(reference.column) == F.col(mark), how="left")
    checks = {
        **_unreadable(rows),
        **{_missing(name): F.col(name).isNull() for name in _required(table)},
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


def reach_verdict(
    judged: DataFrame,
    table: Table,
    *,
    unreadable: Sequence[str] = (),
    accepted_files: Collection[str] = (),
) -> Verdict:
    """Count what judged rows break.

    Args:
        judged: Rows with `_broken`.
        table: The declaration.
        unreadable: The automatic warnings that a row's `_source.unreadable` may hold.
        accepted_files: Files that a person has accepted, however many of their rows are rejected.

    Raises QualityError when a rule that must hold is broken, when so many rows of a file are
    rejected that the source must have changed, or when two rows of a table that is made whole
    share a key.
    """
    names = [
        MALFORMED_LINE,
        BROKEN_UTF8,
        *map(_missing, _required(table)),
        *(rule.name for rule in table.rules),
        *(reference.rule_name for reference in _references(table)),
    ]
    counts = {
        "rows": F.count("*"),
        "quarantined": F.count_if(is_rejected(table)),
        **{name: F.count_if(F.array_contains(BROKEN, name)) for name in names},
        **{name: F.count_if(F.array_contains(f"{SOURCE}.unreadable", name)) for name in unreadable},
    }
    if SOURCE in judged.columns:
        found = _counts_of_files(judged, table, counts)
    else:
        key = F.count_distinct(F.when(~is_rejected(table), F.struct(*table.key)))
        counted = judged.agg(*(count.alias(n) for n, count in counts.items()), key.alias("keys"))
        row = counted.head()
        found = row.asDict() if row is not None else {}
    verdict = Verdict(
        rows=found["rows"] or 0,
        quarantined=found["quarantined"] or 0,
        broken={name: found[name] for name in (*names, *unreadable) if found[name]},
        keys=found.get("keys"),
        bad_files={
            bad["file"]: (bad["quarantined"], bad["rows"])
            for bad in found.get("bad_files") or ()
            if bad["file"] not in accepted_files
        },
    )
    _refuse_broken_rules(verdict, table)
    _refuse_changed_source(verdict, table)
    if verdict.keys is not None and verdict.keys < verdict.rows - verdict.quarantined:
        _refuse_duplicates(judged, table)
    return verdict


def _counts_of_files(
    judged: DataFrame, table: Table, counts: Mapping[str, Column]
) -> dict[str, Any]:
    """The counts in all, and of those files that are bad: file, rows, quarantined."""
    tolerance = table.tolerance if isinstance(table, Silver) else 1.0
    by_file = judged.groupBy(F.col(f"{SOURCE}.file").alias("file")).agg(
        *(count.alias(name) for name, count in counts.items())
    )
    is_bad = (F.col("rows") >= FEW_ROWS) & (F.col("quarantined") > tolerance * F.col("rows"))
    bad = F.collect_list(F.when(is_bad, F.struct("file", "quarantined", "rows")))
    row = by_file.agg(*(F.sum(name).alias(name) for name in counts), bad.alias("bad_files")).head()
    return row.asDict() if row is not None else {}


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


def _refuse_broken_rules(verdict: Verdict, table: Table) -> None:
    must_hold = {rule.name: rule.condition for rule in table.rules if rule.on_fail == "fail"}
    if not isinstance(table, Silver):
        # Gold and served tables are made by our own code: there is no source to blame.
        must_hold |= {_missing(name): f"{name} IS NOT NULL" for name in _required(table)}
    for name, condition in must_hold.items():
        if name in verdict.broken:
            raise QualityError(
                f"{verdict.broken[name]} of {verdict.rows} rows for '{table.name}' break the rule "
                f"{name}; expected {condition}. Nothing was written; mend the input, or the "
                f"declaration in jobs/{table.pipeline}/flow.py."
            )


def _refuse_changed_source(verdict: Verdict, table: Table) -> None:
    if not isinstance(table, Silver) or not verdict.bad_files:
        return
    name, (quarantined, rows) = max(verdict.bad_files.items(), key=lambda bad: bad[1])
    rejecting = {k: n for k, n in verdict.broken.items() if not k.startswith(UNREADABLE)}
    worst = max(rejecting, key=lambda reason: rejecting[reason])
    more = len(verdict.bad_files) - 1
    raw = table.reads[0].name
    raise QualityError(
        f"{quarantined} of {rows} rows of {name} for '{table.name}' would be quarantined, most of "
        f"them for {worst}{f'; so it is with {more} more files' if more else ''}: the source has "
        "changed. Nothing was written. Mend the file under its name and run again, or the "
        f"declaration in jobs/{table.pipeline}/flow.py; or say what becomes of it: `medley accept "
        f"{raw} {name}` takes its good rows, `medley drop {raw} {name}` leaves it out."
    )


def _refuse_duplicates(judged: DataFrame, table: Table) -> None:
    """Name one of the keys that several accepted rows share."""
    accepted = judged.where(~is_rejected(table))
    twice = accepted.groupBy(*table.key).count().where("count > 1").head()
    if twice is not None:
        key = ", ".join(f"{column}={twice[column]!r}" for column in table.key)
        raise QualityError(
            f"'{table.name}' would have {twice['count']} rows with the key {key}; expected one. "
            f"Nothing was written; mend {table.short_name}() in "
            f"jobs/{table.pipeline}/{table.module}.py."
        )


def _unreadable(rows: DataFrame) -> dict[str, Column]:
    """What bronze could not read: lines without the right fields, bytes that are no UTF-8."""
    if SOURCE not in rows.columns:
        return {}
    malformed = F.col(f"{SOURCE}.raw._malformed")
    not_utf8 = malformed.contains("\N{REPLACEMENT CHARACTER}")
    return {MALFORMED_LINE: malformed.isNotNull() & ~not_utf8, BROKEN_UTF8: not_utf8}


def _required(table: Table) -> list[str]:
    """The columns declared NOT NULL."""
    return [column.name for column in struct_of(table.schema) if not column.nullable]


def _missing(column: str) -> str:
    """The reason of a row that lacks a required value."""
    return f"{column}_missing"


def _references(table: Table) -> tuple[Reference, ...]:
    return tuple(table.references) if isinstance(table, Silver) else ()
