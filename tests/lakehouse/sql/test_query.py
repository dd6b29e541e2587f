"""SQL over the lake: what can be asked, what is refused, and how both are told."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from jobs.errors import LakeError, MedleyError, QueryError, SettingError, UnknownNameError
from jobs.lakehouse.sql.local_lake import LocalLake
from jobs.lakehouse.sql.query import ask
from jobs.settings import Settings

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A lake with a few films and ratings, as a run would have left it."""
    settings = Settings.from_environment({"MEDLEY_HOME": str(tmp_path)})
    genres = {"genre_id": ["drama", "comedy"], "name": ["Drama", "Comedy"], "movie_count": [2, 1]}
    write_deltalake(tmp_path / "lake/silver/movies/genres", pa.table(genres))
    links = {"movie_id": ["A", "B", "B"], "genre_id": ["drama", "drama", "comedy"]}
    write_deltalake(tmp_path / "lake/silver/movies/movie_genres", pa.table(links))
    stats = {"movie_id": ["A", "B"], "mean_rating": [4.5, 3.5], "last_rated_at": [NOON, NOON]}
    write_deltalake(tmp_path / "lake/gold/movies/movie_stats", pa.table(stats))
    rejected = {"reasons": [["rating_in_range"]], "raw": ["{}"]}
    write_deltalake(tmp_path / "lake/quarantine/movies/ratings", pa.table(rejected))
    write_deltalake(tmp_path / "lake/medley/receipts", pa.table({"step": ["movies.genres"]}))
    return settings


def answer(sql: str, settings: Settings) -> list[Sequence[object]]:
    """All rows of an answer."""
    return list(ask(sql, settings).rows)


def test_gold_and_silver_join_under_their_own_names(settings: Settings) -> None:
    """A join and a group over two layers; `USING` and aliases included."""
    sql = """
        SELECT g.name, count(*) AS films, avg(s.mean_rating) AS mean
        FROM movies.movie_stats s
        JOIN movies.movie_genres USING (movie_id)
        JOIN movies.genres AS g USING (genre_id)
        GROUP BY ALL ORDER BY films DESC
    """

    found = ask(sql, settings)

    assert ["name", "films", "mean"] == found.columns
    assert [("Drama", 2, 4.0), ("Comedy", 1, 3.5)] == list(found.rows)


def test_names_are_without_case_and_may_be_quoted(settings: Settings) -> None:
    """As everywhere in SQL."""
    assert [(2,)] == answer('SELECT count(*) FROM Movies."genres"', settings)


def test_a_with_clause_may_bear_any_name(settings: Settings) -> None:
    """Its name is no table of the lake, in subqueries neither."""
    sql = "WITH g AS (FROM movies.genres) SELECT (SELECT max(movie_count) FROM g)"

    assert [(2,)] == answer(sql, settings)


def test_quarantine_and_receipts_are_tables_too(settings: Settings) -> None:
    """What a table rejected bears its name behind `quarantine.`."""
    assert [(["rating_in_range"],)] == answer(
        "SELECT reasons FROM quarantine.movies.ratings", settings
    )
    assert [("movies.genres",)] == answer("SELECT step FROM medley.receipts", settings)


def test_times_are_utc(settings: Settings) -> None:
    """Whatever the zone of the machine."""
    sql = "SELECT max(last_rated_at), max(last_rated_at)::VARCHAR FROM movies.movie_stats"

    assert [(NOON, "2026-01-31 12:00:00+00")] == answer(sql, settings)


def test_the_catalogue_shows_what_is_made(settings: Settings) -> None:
    """A statement that names no table sees all that are there."""
    sql = """
        SELECT table_schema || '.' || table_name FROM information_schema.tables
        WHERE table_catalog <> 'temp' ORDER BY ALL
    """

    assert [
        ("medley.receipts",),
        ("movies.genres",),
        ("movies.movie_genres",),
        ("movies.movie_stats",),
        ("movies.ratings",),
    ] == answer(sql, settings)
    described = [row[0] for row in answer("DESCRIBE movies.genres", settings)]
    assert ["genre_id", "name", "movie_count"] == described


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("INSERT INTO movies.genres VALUES ('x', 'X', 1)", "INSERT"),
        ("DROP TABLE movies.genres", "DROP"),
        ("COPY (FROM movies.genres) TO 'genres.csv'", "COPY"),
        ("ATTACH 'other.db'", "ATTACH"),
        ("SET enable_external_access = true", "SET"),
        ("PRAGMA database_list", "PRAGMA"),
        ("INSTALL httpfs", "LOAD"),
    ],
)
def test_only_reading_is_allowed(settings: Settings, sql: str, kind: str) -> None:
    """Anything else is refused by its kind, with the words that would do."""
    with pytest.raises(QueryError, match=f"of the kind {kind}; expected SELECT, WITH"):
        ask(sql, settings)


@pytest.mark.parametrize(("sql", "count"), [("", 0), ("-- nothing", 0), ("SELECT 1; SELECT 2", 2)])
def test_one_statement_is_expected(settings: Settings, sql: str, count: int) -> None:
    """None and several are refused."""
    with pytest.raises(QueryError, match=f"Found {count} SQL statements; expected one"):
        ask(sql, settings)


@pytest.mark.parametrize("function", ["read_text", "read_csv", "read_parquet", "glob"])
def test_no_file_can_be_read(settings: Settings, tmp_path: Path, function: str) -> None:
    """The lake's tables are all there is, whatever lies on the disk."""
    secret = tmp_path / "secret"
    secret.write_text("password")

    with pytest.raises(QueryError, match="Permission Error"):
        answer(f"SELECT * FROM {function}('{secret}')", settings)  # noqa: S608  a test's own file


def test_an_unknown_table_is_told_with_near_names(settings: Settings) -> None:
    """A file's name in quotes is an unknown table too."""
    with pytest.raises(UnknownNameError, match=r"no table 'movies\.genre'.*movies\.genres"):
        ask("FROM movies.genre", settings)
    with pytest.raises(UnknownNameError, match=r"no table 'genres'.*movies\.genres"):
        ask("FROM genres", settings)
    with pytest.raises(UnknownNameError, match="no table '/etc/passwd'"):
        ask("FROM '/etc/passwd'", settings)


def test_a_table_that_is_not_made_yet_says_how_to_make_it(settings: Settings) -> None:
    """Declared and absent is another thing than unknown."""
    with pytest.raises(LakeError, match=r"'movies\.ratings' has not.*`medley run movies` first"):
        ask("FROM movies.ratings", settings)
    with pytest.raises(LakeError, match=r"Nothing of 'movies\.users' has ever been quarantined"):
        ask("FROM quarantine.movies.users", settings)


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELEC 1", 'Parser Error: syntax error at or near "SELEC" In: SELEC 1'),
        (
            "FROM movies.genres WHERE nome = 1",
            (
                'Binder Error: Referenced column "nome" not found in FROM clause! '
                'Candidate bindings: "name", "movie_count" In: FROM movies.genres WHERE nome = 1'
            ),
        ),
    ],
)
def test_a_faulty_query_is_told_in_one_line(settings: Settings, sql: str, message: str) -> None:
    """DuckDB's message without its drawing."""
    with pytest.raises(QueryError) as raised:
        ask(sql, settings)

    assert message == str(raised.value)


def test_a_fault_in_the_midst_of_the_rows_is_a_query_error(settings: Settings) -> None:
    """Rows are computed as they are fetched, so they can fail late."""
    with pytest.raises(QueryError, match="Conversion Error"):
        answer("SELECT name::INT FROM movies.genres", settings)


def test_a_lake_of_a_newer_medley_is_refused(settings: Settings) -> None:
    """Reading it could be misreading it."""
    (settings.home / "lake.json").write_text(json.dumps({"format": 99, "written_by": "9.0"}))

    with pytest.raises(LakeError, match=r"format 99, written by Medley 9\.0"):
        ask("FROM movies.genres", settings)


def test_a_lake_elsewhere_is_refused() -> None:
    """Trino answers for a cluster's lake."""
    elsewhere = Settings.from_environment({"MEDLEY_LAKE": "hdfs://namenode/lake"})

    with pytest.raises(SettingError, match="not on this machine's disk"):
        ask("FROM movies.genres", elsewhere)


def test_a_damaged_table_is_told(settings: Settings) -> None:
    """The error names the table and its place."""
    (log,) = (settings.home / "lake/silver/movies/genres/_delta_log").glob("*.json")
    log.write_text("no json")

    with pytest.raises(MedleyError, match=r"Delta table 'movies\.genres' at .* cannot be read"):
        ask("FROM movies.genres", settings)


def test_rows_are_counted_by_the_log_alone(settings: Settings) -> None:
    """The state of a table needs none of its files; there is none before the table is made."""
    for file in (settings.home / "lake/silver/movies/genres").glob("*.parquet"):
        file.unlink()
    lake = LocalLake.of(settings)

    state = lake.state("movies.genres")

    assert state is not None
    assert (0, 2) == (state.version, state.rows)
    assert lake.state("movies.users") is None
