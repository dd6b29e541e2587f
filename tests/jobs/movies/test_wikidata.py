"""Wikidata's films: from two SQLite tables to one document per film."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from jobs.errors import SourceError
from jobs.movies.converters.wikidata import convert_films


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """A database of two films, the second without critics, stored in the reverse order."""
    path = tmp_path / "films #1.db"
    with closing(sqlite3.connect(path)) as database:
        database.executescript("""
            CREATE TABLE omdb (ID INTEGER, Title TEXT, Rating TEXT, Runtime REAL, "Cast" TEXT);
            INSERT INTO omdb VALUES (2, 'Želary', NULL, 142.0, ''), (1, 'Heat', 'R', NULL, 'A, B');
            CREATE TABLE tomatoes (ID INTEGER, Image TEXT, Rating REAL, Meter INTEGER,
                Reviews INTEGER, Fresh INTEGER, Rotten INTEGER, BoxOffice REAL, Production TEXT);
            INSERT INTO tomatoes VALUES (1, NULL, 7.9, 83, 150, 125, 25, 67.5, 'Regency');
        """)
    return path


def test_one_document_per_film_with_values_as_they_are(films: Path, tmp_path: Path) -> None:
    """Types, NULL and empty strings pass unchanged, and both ratings are told apart."""
    convert_films([films], tmp_path / "films.jsonl")

    lines = (tmp_path / "films.jsonl").read_text(encoding="utf-8").splitlines()
    critics = {
        "tomatoRating": 7.9,
        "tomatoMeter": 83,
        "tomatoReviews": 150,
        "tomatoFresh": 125,
        "tomatoRotten": 25,
        "BoxOffice": 67.5,
        "Production": "Regency",
    }
    heat = {"ID": 1, "Title": "Heat", "Rating": "R", "Runtime": None, "Cast": "A, B"}
    zelary = {"ID": 2, "Title": "Želary", "Rating": None, "Runtime": 142.0, "Cast": ""}
    assert [heat | critics, zelary | dict.fromkeys(critics)] == [json.loads(x) for x in lines]
    assert "Želary" in lines[1]


def test_the_same_films_give_the_same_bytes(films: Path, tmp_path: Path) -> None:
    """Landing the same package twice gives one file, byte for byte."""
    for name in ("first", "second"):
        convert_films([films], tmp_path / name)

    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_a_database_without_the_tables_is_refused(tmp_path: Path) -> None:
    """A changed package is an error that names the table, not an empty file."""
    with closing(sqlite3.connect(tmp_path / "empty.db")) as database:
        database.execute("CREATE TABLE other (x)")

    with pytest.raises(SourceError, match=r"empty\.db .*no such table: omdb"):
        convert_films([tmp_path / "empty.db"], tmp_path / "films.jsonl")
