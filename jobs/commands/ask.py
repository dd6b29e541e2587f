"""Commands that read rows: sql, quarantine, receipts."""

from typing import Annotated

import typer

from jobs.commands.screen import Output, number_of, program, say, show, show_as
from jobs.errors import UnknownNameError
from jobs.lakehouse.declare import discovery
from jobs.lakehouse.declare.table import Table
from jobs.settings import Settings

OutputOption = Annotated[Output, typer.Option("--output", "-o", help="How to print the rows.")]


def sql(
    query: Annotated[str, typer.Argument(help="One statement that reads.", show_default=False)],
    *,
    output: OutputOption = "table",
) -> None:
    """Answer a SQL query over the tables of the lake, at once and without Spark.

    Every table bears its own name, as `medley list` shows it. What a table rejected is
    `quarantine.PIPELINE.TABLE`; `medley.receipts` tells what each run did. The SQL is DuckDB's,
    all timestamps are UTC, and nothing can be written.

    Examples:
      medley sql "SELECT title, mean_rating FROM movies.movie_stats LIMIT 5"
      medley sql "DESCRIBE movies.movies"
      medley sql "FROM movies.genres" --output csv
    """
    from jobs.lakehouse.sql.query import ask  # noqa: PLC0415

    answer = ask(query, Settings.from_environment())
    show_as(output, answer.columns, answer.rows)


def quarantine(
    table: Annotated[str, typer.Argument(help="A silver, gold or served table.")],
    *,
    limit: Annotated[int, typer.Option(min=0, help="How many rejected rows to show.")] = 20,
) -> None:
    """Show the rows that a table rejected: why, as they came, and in which file.

    Examples:
      medley quarantine movies.ratings
      medley quarantine movies.ratings --limit 100
    """
    step = discovery.find_step(table)
    if not isinstance(step, Table):
        names = [t.name for p in discovery.pipelines().values() for t in p.tables]
        raise UnknownNameError("table with rules", table, names)
    from jobs.lakehouse.sql.local_lake import LocalLake  # noqa: PLC0415
    from jobs.lakehouse.sql.query import ask  # noqa: PLC0415

    settings = Settings.from_environment()
    lake = LocalLake.of(settings)
    name = f"quarantine.{step.name}"
    state = lake.state(name)
    if state is None or state.rows == 0:
        made = lake.is_made(step.name)
        say(
            f"{step.name} has rejected no row."
            if made
            else f"{step.name} has not been made yet: `{program()} run {step.pipeline}`."
        )
        return
    say(f"{step.name} has rejected {number_of(state.rows, 'row')}.\n", "bold")
    rules = {rule.name: rule.condition for rule in step.rules}
    reasons = ask(
        f"SELECT unnest(reasons) AS reason, count(*) AS n FROM {name} "  # noqa: S608  declared name
        "GROUP BY reason ORDER BY n DESC, reason",
        settings,
    )
    show(
        ["reason", "rows", "expected"],
        [(reason, n, rules.get(str(reason), "")) for reason, n in reasons.rows],
    )
    if limit:
        rows = ask(
            f"SELECT array_to_string(reasons, ', '), raw, regexp_extract(file, '[^/]*$') "  # noqa: S608
            f"FROM {name} ORDER BY ingested_at DESC, raw LIMIT {limit}",
            settings,
        )
        say()
        show(["reasons", "raw row", "file"], rows.rows, counts=False)
    if state.rows > limit:
        say(f"\n{limit} of {state.rows:,} rows; `--limit` shows more.", "dim")


def receipts(
    *,
    pipeline: Annotated[str | None, typer.Option(help="Only this pipeline's steps.")] = None,
    step: Annotated[str | None, typer.Option(help="Only this table or model.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many receipts to show.")] = 20,
    output: OutputOption = "table",
) -> None:
    """Show what the steps of past runs did to the rows they were given, the newest first.

    Rows read = kept + merged + quarantined, for every receipt.

    Examples:
      medley receipts
      medley receipts --pipeline movies --limit 50
      medley receipts --step movies.ratings --output json
    """
    conditions = ["true"]
    if pipeline is not None:
        conditions.append(f"starts_with(step, '{discovery.pipeline(pipeline).name}.')")
    if step is not None:
        conditions.append(f"step = '{discovery.find_step(step).name}'")
    from jobs.lakehouse.sql.query import ask  # noqa: PLC0415

    answer = ask(
        "SELECT date_trunc('second', started_at) AS started_at, step, kind, rows_read AS read, "  # noqa: S608
        "rows_kept AS kept, rows_merged AS merged, rows_quarantined AS quarantined, "
        "rows_updated AS updated, round(seconds, 1) AS seconds, version "
        f"FROM medley.receipts WHERE {' AND '.join(conditions)} "
        f"ORDER BY medley.receipts.started_at DESC LIMIT {limit}",
        Settings.from_environment(),
    )
    if output == "table":
        show(answer.columns, answer.rows)
    else:
        show_as(output, answer.columns, answer.rows)
