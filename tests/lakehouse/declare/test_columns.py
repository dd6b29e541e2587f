"""Columns are read out of a declared schema as Spark would read them."""

import pytest

from jobs.errors import DeclarationError
from jobs.lakehouse.declare import discovery
from jobs.lakehouse.declare.columns import Column, columns_of
from jobs.lakehouse.declare.table import Gold, Table


def table(schema: str) -> Table:
    """A table with that schema."""
    return Gold("shop.orders", doc="One row per order.", reads=[], schema=schema, key=["id"])


def test_name_type_null_and_comment_are_told_apart() -> None:
    """In any layout, in any case, with quoted names."""
    schema = """
        id INT NOT NULL,
        `order` string comment 'What was ordered',
        amount DECIMAL(10, 2) not  null COMMENT 'In euros'
    """

    assert (
        Column("id", "INT", nullable=False, comment=""),
        Column("order", "string", nullable=True, comment="What was ordered"),
        Column("amount", "DECIMAL(10, 2)", nullable=False, comment="In euros"),
    ) == columns_of(table(schema))


def test_commas_inside_types_and_comments_part_nothing() -> None:
    """Nor do brackets inside comments count, nor quotes that are escaped."""
    schema = r"""tags MAP<STRING, ARRAY<INT>> COMMENT 'a > b, (', x STRUCT<y: INT, z: INT>,
        note STRING COMMENT 'it''s "so", isn\'t it'"""

    assert (
        Column("tags", "MAP<STRING, ARRAY<INT>>", nullable=True, comment="a > b, ("),
        Column("x", "STRUCT<y: INT, z: INT>", nullable=True, comment=""),
        Column("note", "STRING", nullable=True, comment="it's \"so\", isn't it"),
    ) == columns_of(table(schema))


def test_a_column_without_a_type_is_refused() -> None:
    """The error names the table and quotes the column."""
    with pytest.raises(DeclarationError, match=r"'shop\.orders' has the column 'amount'"):
        columns_of(table("id INT, amount"))


def test_all_declared_schemas_are_read() -> None:
    """Every key is a column, in every flow."""
    tables = [t for p in discovery.pipelines().values() for t in p.tables if isinstance(t, Table)]

    without = {t.name: set(t.key) - {column.name for column in columns_of(t)} for t in tables}

    assert {} == {name: missing for name, missing in without.items() if missing}
