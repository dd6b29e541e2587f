"""Commands about what has changed: plan, accept, drop, release."""

import json
from typing import Annotated

import typer

from jobs.commands.run import run_parts
from jobs.commands.screen import number_of, program, say, show
from jobs.errors import UnknownNameError
from jobs.lakehouse.declare import discovery
from jobs.lakehouse.declare.table import Bronze, Silver, Step
from jobs.lakehouse.steps.decision import RunOptions
from jobs.lakehouse.store.ledger import Verdict
from jobs.settings import Settings

_RawTable = Annotated[
    str, typer.Argument(help="The bronze table that took the file in.", show_default=False)
]
_File = Annotated[
    str, typer.Argument(help="Its path below its source's folder.", show_default=False)
]


def plan(
    pipeline: Annotated[
        str | None, typer.Argument(help="The pipeline; all if none is named.", show_default=False)
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Show what a run would do and why, without doing it.

    New and changed files, changed code and declarations, late references, models that are due.
    What steps took the last time stands beside them.

    Examples:
      medley plan
      medley plan movies
      medley plan movies --json
    """
    from jobs.planning import last_seconds, plan_of  # noqa: PLC0415  as `medley run` imports late

    settings = Settings.from_environment()
    wanted = [discovery.pipeline(pipeline)] if pipeline else [*discovery.pipelines().values()]
    planned = plan_of(wanted, settings, RunOptions())
    seconds = last_seconds(settings)
    if as_json:
        steps = [
            {
                "step": one.step.name,
                "action": one.action,
                "reasons": one.reasons,
                "seconds": seconds.get(one.step.name),
            }
            for one in planned
        ]
        typer.echo(json.dumps({"steps": steps}, indent=2))
        return
    due = [one for one in planned if one.action != "nothing"]
    if not due:
        say(f"Nothing to do: all {number_of(len(planned), 'step')} are up to date.")
        return
    show(
        ["step", "what", "why", "seconds last time"],
        [
            (one.step.name, one.action, "; ".join(one.reasons), _seconds(seconds, one.step.name))
            for one in due
        ],
        counts=False,
    )
    say(f"\n{len(due)} of {number_of(len(planned), 'step')} have something to do.", "bold")


def accept(raw_table: _RawTable, file: _File) -> None:
    """Take in a file of which too many rows are rejected: the bad ones go to quarantine.

    Examples:
      medley accept movies.raw_ratings 2026-11.csv
    """
    _decide(raw_table, file, "accept")


def drop(raw_table: _RawTable, file: _File) -> None:
    """Leave a file out: its rows go from all tables, and stay in bronze.

    When it is landed again under its name with another content, it counts again.

    Examples:
      medley drop movies.raw_ratings 2026-11.csv
    """
    _decide(raw_table, file, "drop")


def release(
    table: Annotated[str, typer.Argument(help="A silver table.", show_default=False)],
) -> None:
    """Judge again what a table keeps in quarantine, and let in what meets all rules now.

    A run does it by itself where a rule or a referenced table has changed.

    Examples:
      medley release movies.ratings
    """
    step = discovery.find_step(table)
    if not isinstance(step, Silver) or step.is_made_whole:
        names = [one.name for one in _steps() if isinstance(one, Silver) and not one.is_made_whole]
        raise UnknownNameError("table made of new rows", table, names)
    part = discovery.pipeline(step.pipeline).select([step.name])
    run_parts(Settings.from_environment(), [part], RunOptions(release=True))


def _decide(raw_table: str, file: str, verdict: Verdict) -> None:
    from jobs.application import decide_delivery  # noqa: PLC0415  needs Spark

    step = discovery.find_step(raw_table)
    if not isinstance(step, Bronze):
        names = [one.name for one in _steps() if isinstance(one, Bronze)]
        raise UnknownNameError("bronze table", raw_table, names)
    decide_delivery(Settings.from_environment(), step, file, verdict, say)
    done = "counts from now on, whatever is wrong with it" if verdict == "accept" else "is left out"
    say(f"{file} of {step.name} {done}: `{program()} run {step.pipeline}` brings it into line.")


def _steps() -> list[Step]:
    return [step for found in discovery.pipelines().values() for step in found.steps]


def _seconds(seconds: dict[str, float], step: str) -> str:
    return f"{seconds[step]:.0f}" if step in seconds else ""
