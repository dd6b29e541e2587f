"""Reads the columns out of a declared schema, without Spark."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from jobs.errors import DeclarationError
from jobs.lakehouse.declare.table import Table

_TEXT = r"'(?:[^'\\]|\\.|'')*'"
_PIECE = re.compile(rf"{_TEXT}|[<(]|[>)]|,|[^'<>(),]+")
_COLUMN = re.compile(
    rf"""\s*`?(?P<name>\w+)`?
    \s+(?P<type>.+?)
    (?P<required>\s+NOT\s+NULL)?
    (?:\s+COMMENT\s+(?P<comment>{_TEXT}))?\s*""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class Column:
    """One column as the flow declares it."""

    name: str
    type: str
    nullable: bool
    comment: str


def columns_of(table: Table) -> tuple[Column, ...]:
    """The columns of a table in their order; raises DeclarationError for one that is none."""
    return tuple(_column(text, table) for text in _split(table.schema))


def _split(schema: str) -> Iterator[str]:
    """The parts between the commas, but for those inside types and comments."""
    part, depth = "", 0
    for piece in _PIECE.findall(schema):
        depth += (piece in "<(") - (piece in ">)")
        if piece == "," and depth == 0:
            yield part
            part = ""
        else:
            part += piece
    if part.strip():
        yield part


def _column(text: str, table: Table) -> Column:
    found = _COLUMN.fullmatch(text)
    if found is None:
        raise DeclarationError(
            f"The schema of '{table.name}' has the column '{text.strip()}'; expected "
            "`name TYPE [NOT NULL] [COMMENT '…']`."
        )
    comment = re.sub(r"''|\\(.)", lambda quote: quote[1] or "'", (found["comment"] or "''")[1:-1])
    return Column(
        name=found["name"],
        type=" ".join(found["type"].split()),
        nullable=found["required"] is None,
        comment=comment,
    )
