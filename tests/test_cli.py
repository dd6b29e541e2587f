"""The commands as people type them: what they print, and how they end."""

import csv
import json
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from typer import Context
from typer.main import get_group
from typer.testing import CliRunner, Result

import model_registry
from jobs import application
from jobs.application import RunRequest
from jobs.cli import app
from jobs.commands.run import next_commands
from jobs.commands.screen import flowing
from jobs.errors import LakeError
from jobs.lakehouse.declare import discovery
from jobs.lakehouse.declare.columns import columns_of
from jobs.lakehouse.declare.table import Table
from jobs.lakehouse.steps.receipts import Receipt
from jobs.lakehouse.steps.runner import Outcome, Watcher
from jobs.settings import Settings
from model_registry import Origin, RegisteredModel

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
Medley = Callable[..., Result]
DASH = "\N{EN DASH}"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lake with 1,200 genres, of which a run rejected two rows."""
    monkeypatch.setenv("MEDLEY_HOME", str(tmp_path))
    for variable in ("MEDLEY_LAKE", "MEDLEY_LANDING", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(variable, raising=False)
    ids = [f"genre-{number}" for number in range(1200)]
    genres = {"genre_id": ids, "name": ["[bold]"] * 1200, "movie_count": [2000] * 1200}
    write_deltalake(tmp_path / "lake/silver/movies/genres", pa.table(genres))
    rejected = {
        "reasons": [["rating_in_range"], ["rating_in_range", "user_id_in_users"]],
        "raw": ['{"rating": "9"}', '{"rating": "0"}'],
        "file": ["file:/landing/a.csv", "file:/landing/b.csv"],
        "ingested_at": [NOON, NOON],
    }
    write_deltalake(tmp_path / "lake/quarantine/movies/ratings", pa.table(rejected))
    counts = ("rows_read", "rows_kept", "rows_merged", "rows_quarantined", "rows_updated")
    receipts = {
        "step": ["movies.genres", "movies.ratings"],
        "kind": ["rebuild", "batch"],
        "started_at": [NOON, NOON.replace(hour=13)],
        "seconds": [1.25, 2.0],
        **{count: [1200, 10] for count in counts},
        "version": [1, 2],
    }
    write_deltalake(tmp_path / "lake/medley/receipts", pa.table(receipts))
    return tmp_path


@pytest.fixture
def medley(home: Path) -> Medley:  # noqa: ARG001  the lake is found through MEDLEY_HOME
    """Runs a command on that lake."""
    return lambda *words: CliRunner().invoke(app, words)


def receipt(step: str, *, read: int, kept: int, quarantined: int) -> Receipt:
    """What a step did."""
    return Receipt(
        run_id="run",
        step=step,
        layer="silver",
        kind="batch",
        started_at=NOON,
        seconds=1.0,
        rows_read=read,
        rows_kept=kept,
        rows_merged=read - kept - quarantined,
        rows_quarantined=quarantined,
        rows_updated=0,
        version=1,
        input_versions={},
        broken={},
    )


def lines_of(text: str) -> list[str]:
    """The lines that say something, with single blanks."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


# ── Help ─────────────────────────────────────────────────────────────────────────────────────

COMMANDS = [
    *("demo", "plan", "run", "list", "describe", "models", "sql", "quarantine", "receipts"),
    *("accept", "drop", "release", "land", "publish", "maintain", "promote", "doctor", "ui", "new"),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_examples(medley: Medley, command: str) -> None:
    """They begin with what the user types."""
    result = medley(command, "--help")

    assert 0 == result.exit_code
    assert re.search(rf"Examples:\s+medley {command}\b", result.output)


def test_without_a_command_all_are_listed(medley: Medley) -> None:
    """In groups, with a line each; then those that pipelines bring."""
    own, _, _ = medley("--help").output.partition("Commands of ")

    assert COMMANDS == re.findall(r"^│ ([a-z]+) ", own, re.MULTILINE)


def test_help_flows_and_keeps_examples() -> None:
    """Lines of the source are joined, brackets are no markup, examples stay lines."""
    doc = """Do it
    now [soon].

    Examples:
      medley a
      medley b
    """

    assert (
        "Do it now \\[soon].\n\nExamples:\n[cyan]  medley a[/cyan]\n[cyan]  medley b[/cyan]"
        == flowing(doc)
    )


# ── Look ─────────────────────────────────────────────────────────────────────────────────────


def test_list_shows_layers_rows_and_grain(medley: Medley) -> None:
    """What is not made yet has a dash; a pipe gets whole lines."""
    lines = lines_of(medley("list").stdout)

    assert "silver movies.genres 1,200 0 One row per genre." in lines
    assert any(line.startswith(f"silver movies.ratings {DASH} 2 One row") for line in lines)
    assert any(line.startswith(f"train movies.ranker {DASH} {DASH}") for line in lines)


def test_describe_shows_the_declaration_and_the_state(medley: Medley, home: Path) -> None:
    """Columns, key, rules, references, place, version and rows."""
    made = lines_of(medley("describe", "movies.genres").stdout)
    declared = lines_of(medley("describe", "movies.ratings").stdout)

    assert "rows 1,200" in made
    assert f"location {home}/lake/silver/movies/genres" in made
    assert any(line.startswith("Delta version 0, written 20") for line in made)
    assert "key user_id, movie_id" in declared
    assert "rating DOUBLE never Stars, 1 to 5" in declared
    assert "rating_in_range rating BETWEEN 1 AND 5 quarantine" in declared
    assert "user_id_in_users user_id is a user_id of movies.users quarantine" in declared
    assert "rows not made yet: `medley run movies`" in declared


def test_describe_knows_bronze_and_models(medley: Medley) -> None:
    """Bronze names the file's fields, a model its metric."""
    bronze = lines_of(medley("describe", "movies.raw_ratings").stdout)
    model = lines_of(medley("describe", "movies.rating_model").stdout)

    assert "user_id STRING user_id:token" in bronze
    assert "metric rmse, lower is better" in model


def test_models_shows_the_metric_against_baselines(
    medley: Medley, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The baselines of the deciding metric alone, and not the champion that was beaten."""
    (home / "mlflow").mkdir()
    (home / "mlflow/mlflow.db").touch()
    champion = RegisteredModel(
        name="movies.rating_model",
        alias="champion",
        version=3,
        created_at_ms=int(NOON.timestamp() * 1000),
        metrics={"rmse": 0.85, "mae": 0.67, "bias_rmse": 0.91, "champion_rmse": 0.86},
        params={"rank": "24"},
        origin=Origin({"movies.ratings": 4}, rows=10, fingerprint="x"),
        decision="rmse 0.8500 beats 0.8600 of version 2",
    )
    served = replace(champion, name="movies.ranker", metrics={}, baseline="popularity")
    monkeypatch.setattr(model_registry, "registered_models", lambda _: [champion, served])

    table = lines_of(medley("models").stdout)
    document, baseline = json.loads(medley("models", "--json").stdout)

    assert table[2].startswith("movies.rating_model champion 3 rmse 0.85 bias 0.9100 model ")
    assert " baseline: popularity " in table[3]
    assert "movies.rating_model 3: rmse 0.8500 beats 0.8600 of version 2" == table[4]
    assert [None, "popularity"] == [document["baseline"], baseline["baseline"]]
    assert {"bias": 0.91} == document["baselines"]
    assert {"movies.ratings": 4} == document["input_versions"]
    assert "2026-01-31T12:00:00+00:00" == document["created_at"]


def test_looking_at_no_models_makes_no_registry(medley: Medley, home: Path) -> None:
    """A lake that is only read stays as it is."""
    assert "No model is registered yet" in medley("models").stdout
    assert "[]\n" == medley("models", "--json").stdout
    assert "The model registry is empty" in medley("ui").stdout
    assert not (home / "mlflow").exists()


# ── Ask ──────────────────────────────────────────────────────────────────────────────────────


def test_sql_prints_a_table_that_ends_in_time(medley: Medley) -> None:
    """A hundred rows for people, and how to get all; what looks like markup is none."""
    lines = lines_of(medley("sql", "FROM movies.genres").stdout)

    assert "genre_id name movie_count" == lines[0]
    assert lines[2].endswith(" [bold] 2000")
    assert "100 of 1,200 rows; `--output csv` or `json` prints all." == lines[-1]


def test_sql_prints_all_rows_as_csv_and_json(medley: Medley) -> None:
    """For other programs: every row, NULL empty, nested values as JSON, times in UTC."""
    query = "SELECT [1, 2] AS list, NULL AS nothing, true AS yes, 'a,b' AS text, 0.5::DOUBLE AS d"

    written = medley("sql", query, "--output", "csv").stdout
    documents = json.loads(medley("sql", query, "-o", "json").stdout)
    rows = json.loads(medley("sql", "FROM movies.genres", "-o", "json").stdout)

    assert [
        ["list", "nothing", "yes", "text", "d"],
        ["[1, 2]", "", "true", "a,b", "0.5"],
    ] == list(csv.reader(StringIO(written)))
    assert [{"list": [1, 2], "nothing": None, "yes": True, "text": "a,b", "d": 0.5}] == documents
    assert 1200 == len(rows)


def test_an_answer_without_rows_is_valid_json(medley: Medley) -> None:
    """An empty array, and an empty table with its headings."""
    query = "FROM movies.genres WHERE false"

    assert [] == json.loads(medley("sql", query, "-o", "json").stdout)
    heading, _rule, end = lines_of(medley("sql", query).stdout)
    assert ("genre_id name movie_count", "0 rows") == (heading, end)


def test_quarantine_counts_reasons_and_shows_raw_rows(medley: Medley) -> None:
    """A row with two reasons counts for both; the file is named without its folder."""
    lines = lines_of(medley("quarantine", "movies.ratings", "--limit", "1").stdout)

    assert "movies.ratings has rejected 2 rows." == lines[0]
    assert "rating_in_range 2 rating BETWEEN 1 AND 5" in lines
    assert "user_id_in_users 1" in lines
    assert 'rating_in_range, user_id_in_users {"rating": "0"} b.csv' in lines
    assert "1 of 2 rows; `--limit` shows more." == lines[-1]


def test_quarantine_of_a_table_without_rejects_says_so(medley: Medley) -> None:
    """Rejecting nothing is no error."""
    result = medley("quarantine", "movies.genres")

    assert (0, "movies.genres has rejected no row.\n") == (result.exit_code, result.stdout)


def test_receipts_come_newest_first_and_can_be_chosen(medley: Medley) -> None:
    """By step or pipeline, as a table or for programs."""
    lines = lines_of(medley("receipts").stdout)
    chosen = json.loads(medley("receipts", "--step", "movies.genres", "-o", "json").stdout)

    assert ["movies.ratings", "movies.genres"] == [line.split()[2] for line in lines[2:]]
    assert [("movies.genres", 1200)] == [(row["step"], row["read"]) for row in chosen]
    assert "There is no pipeline 'films'" in medley("receipts", "--pipeline", "films").stderr


# ── Make ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[RunRequest]:
    """What would be run; each run does the first step, and finds nothing to do in the second."""
    given: list[RunRequest] = []

    def run(
        _: Settings, request: RunRequest, watch: Watcher, tell: Callable[[str], None]
    ) -> list[Outcome]:
        given.append(request)
        tell("starting Spark")
        done, idle, *_rest = request.pipelines[0].steps
        receipts = [receipt(done.name, read=1012, kept=1000, quarantined=2)]
        outcomes = [Outcome(done, receipts, 1.5), Outcome(idle, [], 0.5)]
        for outcome in outcomes:
            watch(outcome.step, None)
            watch(outcome.step, outcome)
        return outcomes

    monkeypatch.setattr(application, "run", run)
    return given


def test_run_shows_each_step_and_sums_up(medley: Medley, requests: list[RunRequest]) -> None:
    """Rows read, kept, merged and quarantined; what was unchanged; where to look next."""
    result = medley("run", "movies")

    lines = lines_of(result.stdout)
    assert 0 == result.exit_code
    assert "starting Spark" == lines[0]
    assert "movies.raw_ratings done 1,012 1,000 10 2 1.5" in lines
    assert "movies.raw_users unchanged 0.5" in lines
    assert lines[-2].startswith("1 of 2 steps had something to do; ")
    assert "`medley quarantine movies.raw_ratings`" in result.stdout
    assert ["movies"] == [pipeline.name for pipeline in requests[0].pipelines]


def test_run_hands_on_what_was_asked(medley: Medley, requests: list[RunRequest]) -> None:
    """Steps by either name, the last layer, the day, the full refresh."""
    medley("run", "movies", "--only", "users", "--only", "movies.ratings", "--full-refresh")
    medley("run", "movies", "--until", "bronze", "--since", "2026-01-31")

    assert ["users", "ratings"] == [step.short_name for step in requests[0].pipelines[0].steps]
    assert requests[0].options.full_refresh
    assert {"bronze"} == {step.layer for step in requests[1].pipelines[0].steps}
    assert NOON.date() == requests[1].options.since


def test_demo_sums_up_and_names_what_to_try(medley: Medley, requests: list[RunRequest]) -> None:
    """All pipelines are run; then come their tables, the models and commands."""
    result = medley("demo")

    assert 0 == result.exit_code
    assert list(discovery.pipelines()) == [pipeline.name for pipeline in requests[0].pipelines]
    assert "One row per genre." in result.stdout
    assert "What to try next:" in result.stdout
    assert '  medley sql "SELECT decade, title' in result.stdout


def test_the_commands_to_try_fit_the_flows() -> None:
    """Each names a command, each table is declared, and each column that a query names exists."""
    commands = next_commands(list(discovery.pipelines().values()))

    tables = {t.name: t for p in discovery.pipelines().values() for t in p.tables}
    group = get_group(app)
    known = group.list_commands(Context(group))
    assert set() == {command.split()[0] for command in commands} - set(known)
    for query in [command for command in commands if command.startswith("sql")]:
        table = tables[re.findall(r"FROM (\S+)", query)[0]]
        assert isinstance(table, Table)
        named = re.findall(r"[a-z_]+", re.sub(r"FROM \S+|'.*?'|sql", "", query))
        assert set(named) <= {column.name for column in columns_of(table)}


# ── Errors ───────────────────────────────────────────────────────────────────────────────────


def test_an_error_is_one_line(medley: Medley) -> None:
    """On stderr, with near names; nothing on stdout."""
    result = medley("describe", "movies.rating")

    assert (3, "") == (result.exit_code, result.stdout)
    assert result.stderr.startswith(
        "medley: There is no table or model 'movies.rating'. Did you mean movies.ratings"
    )
    assert 1 == result.stderr.count("\n")


def test_an_unexpected_error_is_one_line_too(
    medley: Medley, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its type, its message, and how to see more; with --debug the trace."""

    def fail(*_: object) -> None:
        raise KeyError("a\nb")

    monkeypatch.setattr(application, "run", fail)

    short, long = medley("run", "movies"), medley("--debug", "run", "movies")

    expected = "medley: KeyError: 'a\\nb' (`medley --debug …` shows the whole trace)\n"
    assert (3, expected) == (short.exit_code, short.stderr)
    assert 3 == long.exit_code
    assert "Traceback" in long.stderr


def test_ctrl_c_ends_with_130(medley: Medley, monkeypatch: pytest.MonkeyPatch) -> None:
    """As shells expect it, and without a trace."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(application, "run", interrupt)

    result = medley("run", "movies")

    assert (130, "medley: stopped; what was finished is kept.\n") == (
        result.exit_code,
        result.stderr,
    )


@pytest.mark.parametrize(
    "line",
    [
        "runn",
        "run",
        "run movies --until platinum",
        "run movies --since yesterday",
        "sql x --output xml",
    ],
)
def test_wrong_usage_ends_with_2(medley: Medley, line: str) -> None:
    """Nothing is run."""
    assert 2 == medley(*line.split()).exit_code


def test_a_wrong_setting_is_told(medley: Medley, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings are read inside the command, so their errors are lines like all others."""
    monkeypatch.setenv("MEDLEY_SPARK_MEMORY_MIB", "lots")

    assert medley("list").stderr.startswith("medley: MEDLEY_SPARK_MEMORY_MIB is 'lots'; expected")


def test_a_lake_error_of_a_run_is_told(medley: Medley, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines of the progress stay, the error follows."""

    def locked(*_: object) -> None:
        raise LakeError("Another run is writing.")

    monkeypatch.setattr(application, "run", locked)

    result = medley("run", "movies")

    assert (1, "medley: Another run is writing.\n") == (result.exit_code, result.stderr)


# ── This machine ─────────────────────────────────────────────────────────────────────────────


def test_ui_names_a_servers_own_page(medley: Medley, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tracking server needs no second page."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://mlflow:5000")

    assert "http://mlflow:5000" in medley("ui").stdout


def test_ui_refuses_a_port_in_use(medley: Medley, home: Path) -> None:
    """Before MLflow starts and says so in many lines."""
    (home / "mlflow").mkdir()
    (home / "mlflow/mlflow.db").touch()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        result = medley("ui", "--port", str(port))

    assert (3, f"medley: Port {port} is in use; choose another, or leave out --port.\n") == (
        result.exit_code,
        result.stderr,
    )


def test_doctor_marks_each_line(medley: Medley, monkeypatch: pytest.MonkeyPatch) -> None:
    """One wrong finding makes the exit code 1, and has its advice below."""
    monkeypatch.setenv("MEDLEY_FREE_DISK_MIB", str(10**9))

    result = medley("doctor")

    assert 1 == result.exit_code
    assert any(line.startswith("ok Python ") for line in lines_of(result.stdout))
    assert any(line.startswith("wrong disk ") for line in lines_of(result.stdout))
    assert "set MEDLEY_HOME to a larger disk" in result.stdout


def test_the_command_line_loads_nothing_heavy() -> None:
    """Help, errors and queries do not wait for Spark or MLflow; nor do pipelines' commands."""
    heavy = "{'pyspark', 'mlflow', 'duckdb', 'deltalake', 'pyarrow', 'pandas'}"
    code = (
        "import sys\n"
        "from typer.main import get_group\n"
        "from jobs.cli import app\n"
        "get_group(app).list_commands(None)\n"
        f"print({heavy} & sys.modules.keys())"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "set()\n" == done.stdout


def test_a_query_is_a_process_that_ends_well_or_with_a_line(home: Path) -> None:  # noqa: ARG001
    """The whole program, as a shell calls it."""

    def call(query: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "jobs.cli", "sql", query, "-o", "csv"]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    well, badly = call("SELECT count(*) AS n FROM movies.genres"), call("FROM movies.nothing")

    assert (0, "n\n1200\n", "") == (well.returncode, well.stdout, well.stderr)
    assert (3, "", 1) == (badly.returncode, badly.stdout, badly.stderr.count("\n"))
