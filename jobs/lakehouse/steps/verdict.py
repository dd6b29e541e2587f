"""Counts what judged rows break, and stops a step where that must not come in."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.errors import QualityError
from jobs.lakehouse.declare.table import Silver, Table
from jobs.lakehouse.steps import quality

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
        quality.MALFORMED_LINE,
        quality.BROKEN_UTF8,
        *map(quality.missing, quality.required(table)),
        *(rule.name for rule in table.rules),
        *(reference.rule_name for reference in quality.references_of(table)),
    ]
    counts = {
        "rows": F.count("*"),
        "quarantined": F.count_if(quality.is_rejected(table)),
        **{name: F.count_if(F.array_contains(quality.BROKEN, name)) for name in names},
        **{
            name: F.count_if(F.array_contains(f"{quality.SOURCE}.unreadable", name))
            for name in unreadable
        },
    }
    if quality.SOURCE in judged.columns:
        found = _counts_of_files(judged, table, counts)
    else:
        key = F.when(~quality.is_rejected(table), F.struct(*table.key))
        keys = F.count_distinct(key) if table.is_made_whole else F.lit(None)
        found = _first(judged.agg(*_named(counts), keys.alias("keys")))
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
    by_file = judged.groupBy(F.col(f"{quality.SOURCE}.file").alias("file")).agg(*_named(counts))
    is_bad = (F.col("rows") >= FEW_ROWS) & (F.col("quarantined") > tolerance * F.col("rows"))
    bad = F.collect_list(F.when(is_bad, F.struct("file", "quarantined", "rows")))
    return _first(by_file.agg(*(F.sum(n).alias(n) for n in counts), bad.alias("bad_files")))


def _named(counts: Mapping[str, Column]) -> list[Column]:
    return [count.alias(name) for name, count in counts.items()]


def _first(counted: DataFrame) -> dict[str, Any]:
    row = counted.head()
    return row.asDict() if row is not None else {}


def _refuse_broken_rules(verdict: Verdict, table: Table) -> None:
    must_hold = {rule.name: rule.condition for rule in table.rules if rule.on_fail == "fail"}
    if not isinstance(table, Silver):
        # Gold and served tables are made by our own code: there is no source to blame.
        must_hold |= {
            quality.missing(name): f"{name} IS NOT NULL" for name in quality.required(table)
        }
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
    rejecting = {k: n for k, n in verdict.broken.items() if not k.startswith(quality.UNREADABLE)}
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
    accepted = judged.where(~quality.is_rejected(table))
    twice = accepted.groupBy(*table.key).count().where("count > 1").head()
    if twice is not None:
        key = ", ".join(f"{column}={twice[column]!r}" for column in table.key)
        raise QualityError(
            f"'{table.name}' would have {twice['count']} rows with the key {key}; expected one. "
            f"Nothing was written; mend {table.short_name}() in "
            f"jobs/{table.pipeline}/{table.module}.py."
        )
