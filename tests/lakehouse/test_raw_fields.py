"""Strings become values, or NULL; nothing that a file may hold raises."""

from collections.abc import Callable
from datetime import UTC, date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

from jobs.lakehouse.raw_fields import (
    decimal_number,
    instant,
    iso_date,
    json_names,
    rounded_number,
    text,
    whole_number,
)
from jobs.lakehouse.testing import rows_of

BROKEN = ["", " ", "abc", "12d", "1_000", "0x1F", "NaN", "1e400", "--1", "1,5", "\N{BULLET}", None]


def read(
    spark: SparkSession, expression: Callable[[Column], Column], *fields: str | None
) -> dict[str | None, object]:
    """What an expression reads from each field."""
    frame = spark.createDataFrame([(field,) for field in fields], "field STRING")
    found = rows_of(frame.select("field", expression(F.col("field")).alias("value")))
    return {row["field"]: row["value"] for row in found}


def test_texts_lose_spaces_around_them(spark: SparkSession) -> None:
    """A blank text is none."""
    expected = {" a b ": "a b", "": None, "  ": None, None: None}

    assert expected == read(spark, text, *expected)


def test_whole_numbers(spark: SparkSession) -> None:
    """12 and 12.0 are the same; fractions and what does not fit are NULL."""
    expected = {
        "12": 12,
        " 12.0 ": 12,
        "1e3": 1000,
        "-1": -1,
        "2147483647": 2147483647,
        "2147483648": None,
        "12.5": None,
        "9" * 60: None,
        "Infinity": None,
        **dict.fromkeys(BROKEN),
    }

    assert expected == read(spark, whole_number, *expected)


def test_long_whole_numbers_stay_exact(spark: SparkSession) -> None:
    """A BIGINT has more digits than a DOUBLE, and keeps them all."""
    expected = {"9007199254740993": 9007199254740993, "9223372036854775808": None}

    assert expected == read(spark, lambda field: whole_number(field, "bigint"), *expected)


def test_decimal_and_rounded_numbers(spark: SparkSession) -> None:
    """Only finite numbers are numbers."""
    fields = ["4.5", "90.6", "-Infinity", "NaN", "abc", None]

    assert {"4.5": 4.5, "90.6": 90.6, "-Infinity": None, "NaN": None, "abc": None, None: None} == (
        read(spark, decimal_number, *fields)
    )
    assert {"4.5": 5, "90.6": 91, "-Infinity": None, "NaN": None, "abc": None, None: None} == (
        read(spark, rounded_number, *fields)
    )


def test_instants_are_unix_seconds_in_utc(spark: SparkSession) -> None:
    """Absurd seconds are NULL: the conversion alone would raise and end the step."""
    expected = {
        "978300760": datetime(2000, 12, 31, 22, 12, 40, tzinfo=UTC),
        "978300760.0": datetime(2000, 12, 31, 22, 12, 40, tzinfo=UTC),
        "0": datetime(1970, 1, 1, tzinfo=UTC),
        "-1": None,
        "253402300800": None,
        "9223372036854775807": None,
        "1e18": None,
        **dict.fromkeys(BROKEN),
    }

    assert expected == read(spark, instant, *expected)


def test_dates_are_iso_dates(spark: SparkSession) -> None:
    """Days that do not exist, years alone and other orders are NULL."""
    expected = {
        "1999-12-31": date(1999, 12, 31),
        " 2000-02-29 ": date(2000, 2, 29),
        "1999-02-29": None,
        "1999": None,
        "31/12/1999": None,
        **dict.fromkeys(BROKEN),
    }

    assert expected == read(spark, iso_date, *expected)


def test_names_in_json_arrays(spark: SparkSession) -> None:
    """Each name once; no text is an empty list, and a broken one NULL."""
    expected = {
        '[{"id": 1, "name": "Drama"}, {"name": " Drama "}, {"id": 2}]': ["Drama"],
        '[{"name": "Léon"}, {"name": ""}, {"name": 5}]': ["Léon", "5"],
        "[]": [],
        None: [],
        '[{"name": "Dra': None,
        "Drama": None,
        "": None,
    }

    assert expected == read(spark, json_names, *expected)


def test_names_in_nested_json_arrays(spark: SparkSession) -> None:
    """The array may be a field of an object, as TMDB's keywords are."""
    expected = {
        '{"keywords": [{"id": 1, "name": "space"}]}': ["space"],
        '{"keywords": []}': [],
        None: [],
        "{}": None,
        '{"keywords": "space"}': None,
        '{"keywords": [{"na': None,
    }

    assert expected == read(spark, lambda field: json_names(field, "keywords"), *expected)


@settings(max_examples=8, deadline=None)
@given(fields=st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=40))
def test_no_text_raises(spark: SparkSession, fields: list[str]) -> None:
    """Every reader takes any text."""
    frame = spark.createDataFrame([(field,) for field in fields], "field STRING")
    readers = [text, whole_number, rounded_number, decimal_number, instant, iso_date, json_names]

    found = frame.select(*(reader(F.col("field")) for reader in readers)).collect()

    assert len(fields) == len(found)
