"""TMDB 5000: from two tables with JSON in their cells to the API's documents."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from jobs.errors import SourceError
from jobs.movies.converters.tmdb import convert_movies

AVATAR = {
    "id": "19995",
    "title": "Avatar",
    "original_title": "Avatar",
    "original_language": "en",
    "overview": "On Pandora,\na marine …",
    "tagline": "Enter the World.",
    "homepage": "",
    "status": "Released",
    "release_date": "2009-12-10",
    "runtime": "162.0",
    "budget": "237000000",
    "revenue": "2787965087",
    "popularity": "150.437577",
    "vote_average": "7.2",
    "vote_count": "11800",
    "genres": '[{"id": 28, "name": "Action"}]',
    "production_companies": '[{"name": "Ingenious", "id": 289}]',
    "production_countries": '[{"iso_3166_1": "US", "name": "United States of America"}]',
    "spoken_languages": '[{"iso_639_1": "es", "name": "Espa\\u00f1ol"}]',
    "keywords": '[{"id": 1463, "name": "culture clash"}]',
}
CREDITS = {
    "movie_id": "19995",
    "title": "Avatar",
    "cast": '[{"character": "Jake Sully", "name": "Sam Worthington", "order": 0}]',
    "crew": '[{"job": "Editor", "name": "Stephen E. Rivkin"}]',
}


def test_a_document_has_the_shape_of_the_api(tmp_path: Path) -> None:
    """Numbers are numbers, unknown texts null, lists nested, keywords and credits as appended."""
    (document,) = _convert(tmp_path, AVATAR)

    assert {
        "id": 19995,
        "title": "Avatar",
        "original_title": "Avatar",
        "original_language": "en",
        "overview": "On Pandora,\na marine …",
        "tagline": "Enter the World.",
        "homepage": None,
        "status": "Released",
        "release_date": "2009-12-10",
        "runtime": 162,
        "budget": 237000000,
        "revenue": 2787965087,
        "popularity": 150.437577,
        "vote_average": 7.2,
        "vote_count": 11800,
        "genres": [{"id": 28, "name": "Action"}],
        "production_companies": [{"name": "Ingenious", "id": 289}],
        "production_countries": [{"iso_3166_1": "US", "name": "United States of America"}],
        "spoken_languages": [{"iso_639_1": "es", "name": "Español"}],
        "keywords": {"keywords": [{"id": 1463, "name": "culture clash"}]},
        "credits": {
            "cast": [{"character": "Jake Sully", "name": "Sam Worthington", "order": 0}],
            "crew": [{"job": "Editor", "name": "Stephen E. Rivkin"}],
        },
    } == document


def test_what_is_unknown_is_null_or_empty_as_in_the_api(tmp_path: Path) -> None:
    """The API writes null for an unknown runtime and an empty string for an unknown date."""
    row = AVATAR | {"id": "2", "runtime": "", "release_date": "", "overview": "", "tagline": ""}

    (document,) = _convert(tmp_path, row)

    assert {"cast": [], "crew": []} == document["credits"]
    assert "" == document["release_date"]
    assert [None] * 3 == [document[field] for field in ("runtime", "overview", "tagline")]


def test_the_same_tables_give_the_same_bytes_in_their_order(tmp_path: Path) -> None:
    """Landing the same package twice gives one file, byte for byte."""
    rows = [AVATAR | {"id": str(number)} for number in (3, 1, 2)]

    written = []
    for _ in range(2):
        assert [3, 1, 2] == [document["id"] for document in _convert(tmp_path, *rows)]
        written.append((tmp_path / "movies.jsonl").read_bytes())

    assert written[0] == written[1]


@pytest.mark.parametrize(
    ("field", "value"), [("budget", "much"), ("genres", "[{"), ("runtime", "two hours")]
)
def test_a_value_of_another_type_is_named(tmp_path: Path, field: str, value: str) -> None:
    """The error says which film and which field."""
    with pytest.raises(SourceError, match=f"film with id '19995' has '{field}'"):
        _convert(tmp_path, AVATAR | {field: value})


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    """A table that has changed shape is refused before the first document."""
    row = {field: value for field, value in AVATAR.items() if field != "budget"}

    with pytest.raises(SourceError, match=r"movies\.csv has no column budget; found id, title"):
        _convert(tmp_path, row)


def _convert(folder: Path, *movies: Mapping[str, str]) -> list[dict[str, object]]:
    """Write the tables, convert them and read the documents."""
    tables: Mapping[str, Sequence[Mapping[str, str]]]
    tables = {"movies.csv": movies, "credits.csv": [CREDITS]}
    for name, rows in tables.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    convert_movies([folder / "movies.csv", folder / "credits.csv"], folder / "movies.jsonl")
    lines = (folder / "movies.jsonl").read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines[:-1]]
