"""Commands that make tables and models: run, demo."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer

from jobs.commands.listing import show_tables
from jobs.commands.models import show_models
from jobs.commands.screen import number_of, program, say, tell_of
from jobs.errors import DeclarationError
from jobs.lakehouse.declare import discovery
from jobs.lakehouse.declare.pipeline import Pipeline
from jobs.lakehouse.declare.table import Gold, Layer, Served
from jobs.lakehouse.steps.decision import RunOptions
from jobs.settings import Settings


def run(  # noqa: PLR0913  each is an option of the command
    pipeline: Annotated[str, typer.Argument(help="The pipeline to run.", show_default=False)],
    *,
    only: Annotated[
        list[str] | None,
        typer.Option(help="Run this table or model alone; may be given several times."),
    ] = None,
    until: Annotated[Layer | None, typer.Option(help="The last layer to run.")] = None,
    layer: Annotated[Layer | None, typer.Option(help="The one layer to run.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="YYYY-MM-DD",
            help="Make tables again of which rows were taken in since this day (UTC).",
        ),
    ] = None,
    full_refresh: Annotated[
        bool,
        typer.Option("--full-refresh", help="Make silver and all that follows anew from bronze."),
    ] = False,
    forward_only: Annotated[
        bool,
        typer.Option("--forward-only", help="Take changed code for new rows only."),
    ] = False,
) -> None:
    """Bring a pipeline up to date: only what is new is read, made, trained and served.

    Examples:
      medley run movies
      medley run movies --until silver
      medley run movies --layer gold
      medley run movies --only movie_stats --only top_movies
      medley run movies --since 2026-01-31
      medley run movies --only ratings --full-refresh
    """
    part = discovery.pipeline(pipeline).select(only or (), until, layer)
    day = since.date() if since else None
    options = RunOptions(since=day, full_refresh=full_refresh, forward_only=forward_only)
    run_parts(Settings.from_environment(), [part], options)


def demo() -> None:
    """Make everything: all pipelines from their packaged data to what the models say.

    The first time takes some minutes, for libraries and data are downloaded. Later ones only
    take in what is new.

    Examples:
      medley demo
    """
    from jobs.lakehouse.machine.aot_cache import learning  # noqa: PLC0415  as in `run_parts`

    settings = Settings.from_environment()
    pipelines = list(discovery.pipelines().values())
    with learning(settings, say) as taught:
        run_parts(taught, pipelines)
    for pipeline in pipelines:
        show_tables(pipeline, settings)
    show_models(settings)
    say("\nWhat to try next:\n", "bold")
    for command in next_commands(pipelines):
        say(f"  {program()} {command}")


def next_commands(pipelines: Sequence[Pipeline]) -> list[str]:
    """Commands that answer something once everything is made."""
    exported = discovery.exports("examples", "EXAMPLES")
    answers = [name for pipeline in pipelines for name in _answers_of(pipeline)]
    return [
        *(
            command
            for pipeline in pipelines
            for command in _examples_of(pipeline, exported.get(pipeline.name))
        ),
        "list",
        *(f"describe {name}" for name in answers[:1]),
        "models",
        "receipts --limit 10",
        "ui",
    ]


def _examples_of(pipeline: Pipeline, exported: object) -> Sequence[str]:
    """The pipeline's own examples, or a look at its first answer if it has none."""
    generic = [f'sql "FROM {name} LIMIT 10"' for name in _answers_of(pipeline)[:1]]
    match exported:
        case None:
            return generic
        case tuple() if all(isinstance(command, str) for command in exported):
            return exported
        case DeclarationError():
            tell_of(exported)
        case _:
            tell_of(
                DeclarationError(
                    f"jobs/{pipeline.name}/examples.py has EXAMPLES = {exported!r}; expected a "
                    "tuple of texts, each a command without its `medley`."
                )
            )
    return generic


def _answers_of(pipeline: Pipeline) -> list[str]:
    return [table.name for table in pipeline.tables if isinstance(table, Gold | Served)]


def run_parts(
    settings: Settings, pipelines: Sequence[Pipeline], options: RunOptions | None = None
) -> None:
    """Run with progress and end with a line that sums up."""
    # Commands that only answer need none of it, and answer sooner.
    from jobs import application  # noqa: PLC0415
    from jobs.commands.progress import RunProgress  # noqa: PLC0415

    request = application.RunRequest(pipelines, options or RunOptions())
    with RunProgress([step for pipeline in pipelines for step in pipeline.steps]) as progress:
        outcomes = application.run(settings, request, progress.watch, progress.tell)
    done = sum(1 for outcome in outcomes if outcome.receipts)
    say(
        f"\n{done} of {len(outcomes)} steps had something to do; "
        f"{progress.seconds:.1f} seconds in all.",
        "bold",
    )
    for outcome in outcomes:
        rejected = sum(receipt.rows_quarantined for receipt in outcome.receipts)
        if rejected:
            name = outcome.step.name
            say(
                f"{name} rejected {number_of(rejected, 'row')}: "
                f"`{program()} quarantine {name}` tells why."
            )
