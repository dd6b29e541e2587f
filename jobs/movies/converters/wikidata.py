"""Turns the SQLite file of Wikidata's films into JSON documents."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from jobs.errors import SourceError
from jobs.sources import json_lines

# The columns of `tomatoes` that are NULL in every row are left out.
_FILMS = """
    SELECT omdb.*,
        tomatoes.Rating AS tomatoRating,
        tomatoes.Meter AS tomatoMeter,
        tomatoes.Reviews AS tomatoReviews,
        tomatoes.Fresh AS tomatoFresh,
        tomatoes.Rotten AS tomatoRotten,
        tomatoes.BoxOffice AS BoxOffice,
        tomatoes.Production AS Production
    FROM omdb
    LEFT JOIN tomatoes ON tomatoes.ID = omdb.ID
    ORDER BY omdb.ID
"""


def convert_films(members: Sequence[Path], target: Path) -> None:
    """Write one document per film from the database's tables `omdb` and `tomatoes`.

    Values stay as they are, and NULL is null. Critics' figures are called `tomato…`, since both
    tables have a `Rating`.

    Raises SourceError when the file is no such database.
    """
    (database,) = members
    try:
        json_lines.write(_films(database), target)
    except sqlite3.Error as error:
        raise SourceError(
            f"{database.name} is not the film database that was expected ({error}): an SQLite "
            "file with the tables omdb and tomatoes. Check the package's version."
        ) from error


def _films(database: Path) -> Iterator[dict[str, object]]:
    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        for film in connection.execute(_FILMS):
            yield dict(film)
