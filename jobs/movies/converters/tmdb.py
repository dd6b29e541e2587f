"""Turns the TMDB 5000 tables into documents as the TMDB API gives them."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from jobs.errors import SourceError
from jobs.sources import json_lines

Row = Mapping[str, str]


def convert_movies(members: Sequence[Path], target: Path) -> None:
    """Write one document per film from `movies.csv` and `credits.csv`, given in that order.

    Each has the shape of the API's movie document with `append_to_response=keywords,credits`,
    as far as the tables know it; the films keep the order of `movies.csv`.

    Raises SourceError when a table lacks a column, or a value has another type.
    """
    movies, credit_rows = members
    credit_of = {row["movie_id"]: row for row in _rows(credit_rows, _CREDIT_COLUMNS)}
    documents = (_document(row, credit_of) for row in _rows(movies, _FIELDS))
    json_lines.write(documents, target)


def _rows(table: Path, columns: Mapping[str, object] | Sequence[str]) -> Iterator[Row]:
    """The lines of a table that has all these columns."""
    with table.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        missing = sorted(set(columns) - set(reader.fieldnames or ()))
        if missing:
            raise SourceError(
                f"{table.name} has no column {', '.join(missing)}; found "
                f"{', '.join(reader.fieldnames or ('none',))}. Check the package's version."
            )
        yield from reader


def _document(row: Row, credit_of: Mapping[str, Row]) -> dict[str, object]:
    """One film with its credits; raises SourceError for a value that cannot be read."""
    field = "id"
    document: dict[str, object] = {}
    try:
        for field, convert in _FIELDS.items():
            document[field] = convert(row[field])
        field = "credits"
        credit = credit_of.get(row["id"], {"cast": "[]", "crew": "[]"})
        document["credits"] = {part: json.loads(credit[part]) for part in ("cast", "crew")}
    except (TypeError, ValueError) as error:
        raise SourceError(
            f"The TMDB film with id '{row['id']}' has '{field}' in a form that cannot be read "
            f"({error}). Check the package's version."
        ) from error
    return document


def _keywords(text: str) -> dict[str, object]:
    """The API nests the list in an object of the same name."""
    return {"keywords": json.loads(text)}


def _text_or_null(text: str) -> str | None:
    return text or None


def _minutes(text: str) -> int | None:
    """Whole minutes; the table writes some as 90.0, and unknown ones not at all."""
    return int(float(text)) if text else None


# What the API's document holds of each field of movies.csv. `release_date` is a string there,
# empty when unknown.
_FIELDS: Mapping[str, Callable[[str], object]] = {
    "id": int,
    "title": str,
    "original_title": str,
    "original_language": str,
    "overview": _text_or_null,
    "tagline": _text_or_null,
    "homepage": _text_or_null,
    "status": str,
    "release_date": str,
    "runtime": _minutes,
    "budget": int,
    "revenue": int,
    "popularity": float,
    "vote_average": float,
    "vote_count": int,
    "genres": json.loads,
    "production_companies": json.loads,
    "production_countries": json.loads,
    "spoken_languages": json.loads,
    "keywords": _keywords,
}
_CREDIT_COLUMNS = ("movie_id", "cast", "crew")
