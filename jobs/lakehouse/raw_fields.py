"""Reads the strings of raw tables as values; what cannot be read is NULL and never an error.

A text of which a reader makes NULL is counted as a warning: see `noted`.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from pyspark.sql import Column
from pyspark.sql import functions as F

_LAST_SECOND = 253_402_300_799
"""9999-12-31 23:59:59 UTC, where time ends for most programs that read the lake."""
WORD_EDGE = r"(?U:\b)"
r"""Where a word begins or ends, in a pattern of Spark's.

Plain `\b` knows all letters before Java 19 and ASCII's since then, to which "Srđan" begins with the
word "Sr".
"""


_readings: ContextVar[dict[str, Column] | None] = ContextVar("readings", default=None)


@contextmanager
def noted() -> Iterator[dict[str, Column]]:
    """Note which fields are read while a block runs, and when each of them cannot be.

    Gives a dictionary that fills: for a field's name the condition under which it holds text that
    its reader makes NULL of.
    """
    readings: dict[str, Column] = {}
    token = _readings.set(readings)
    try:
        yield readings
    finally:
        _readings.reset(token)


def _note(field: Column, value: Column) -> Column:
    """The value, whose reading is noted if anybody asks."""
    readings = _readings.get()
    name = re.fullmatch(r"Column<'(\w+)'>", str(field))
    # What is no column's own name may be a part of something, or a variable.
    if readings is not None and name is not None:
        condition = (F.trim(field) != "") & value.isNull()
        earlier = readings.get(name[1])
        readings[name[1]] = condition if earlier is None else earlier | condition
    return value


def text(field: Column) -> Column:
    """The text without spaces around it; NULL when none is left."""
    trimmed = F.trim(field)
    return F.when(trimmed != "", trimmed)


def whole_number(field: Column, kind: str = "int") -> Column:
    """A number without a fraction; files write both 12 and 12.0.

    Args:
        field: The string.
        kind: The SQL type; a number that does not fit in it is NULL.
    """
    # Not by way of a DOUBLE, which would change numbers above 2^53.
    exact = field.try_cast("decimal(38, 9)")
    return _note(field, F.when(exact == F.floor(exact), exact).try_cast(kind))


def rounded_number(field: Column) -> Column:
    """The nearest INT."""
    return _note(field, F.round(field.try_cast("double")).try_cast("int"))


def decimal_number(field: Column) -> Column:
    """A finite DOUBLE; NaN and infinity are NULL."""
    value = field.try_cast("double")
    return _note(field, F.when(F.abs(value) < F.lit(float("inf")), value))


def instant(field: Column) -> Column:
    """The time of Unix seconds; NULL before 1970 and after the year 9999."""
    seconds = whole_number(field, "bigint")
    # Cut first: the conversion raises on seconds that no timestamp can hold.
    return _note(field, F.timestamp_seconds(F.when(seconds.between(0, _LAST_SECOND), seconds)))


def iso_date(field: Column) -> Column:
    """A date like 1999-12-31."""
    return _note(field, F.try_to_date(text(field), "yyyy-MM-dd"))


def iso_instant(field: Column) -> Column:
    """A time like 1999-12-31T23:59:59Z; one without a zone is in UTC."""
    return _note(field, F.try_to_timestamp(text(field)))


def json_items(field: Column, item: str, inside: str | None = None) -> Column:
    """The objects of a JSON array: empty without a text, NULL when the text is broken.

    Args:
        field: The JSON text.
        item: The fields of one object, as DDL.
        inside: The field that holds the array, if the text is an object.
    """
    kind = f"ARRAY<STRUCT<{item}>>"
    items = (
        F.from_json(field, f"STRUCT<{inside}: {kind}>").getField(inside)
        if inside
        else F.from_json(field, kind)
    )
    return _note(field, F.when(field.isNull(), F.array().cast(kind)).otherwise(items))


def json_names(field: Column, inside: str | None = None, name: str = "name") -> Column:
    """The names of the objects of a JSON array, each once; see `json_items`."""
    names = F.transform(
        json_items(field, f"{name}: STRING", inside), lambda item: text(item.getField(name))
    )
    return F.array_distinct(F.array_compact(names))
