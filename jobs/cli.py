"""`medley`: runs pipelines on this machine and answers questions about the lake."""

from typing import Annotated

import typer

import jobs
from jobs.commands import ask, change, listing, machine, maintenance, models, run
from jobs.commands.pipeline_commands import CommandGroup, Commands, add_commands
from jobs.commands.screen import flowing

app = typer.Typer(
    name="medley",
    cls=CommandGroup,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

_PANELS: dict[str, Commands] = {
    "Make": {"demo": run.demo, "plan": change.plan, "run": run.run},
    "Look": {"list": listing.show_all, "describe": listing.describe, "models": models.models},
    "Ask": {"sql": ask.sql, "quarantine": ask.quarantine, "receipts": ask.receipts},
    "Decide": {"accept": change.accept, "drop": change.drop, "release": change.release},
    "Maintain": {
        "land": maintenance.land,
        "publish": maintenance.publish,
        "maintain": maintenance.maintain,
        "promote": maintenance.promote,
    },
    "This machine": {"doctor": machine.doctor, "ui": machine.ui, "new": machine.new},
}
for _panel, _commands in _PANELS.items():
    add_commands(app, _panel, _commands)


def main() -> None:
    """Run the command line."""
    app()


def _show_version(wanted: bool) -> None:  # noqa: FBT001  typer calls it with the value
    if wanted:
        typer.echo(f"medley {jobs.__version__}")
        raise typer.Exit


def medley(
    context: typer.Context,
    *,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the whole trace of an error.")
    ] = False,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version and exit.", is_eager=True, callback=_show_version
        ),
    ] = False,
) -> None:
    """An open lakehouse: sources, Delta tables, models and what they say.

    The lake lies under MEDLEY_HOME, by default `.medley` in the current folder.

    Start with:
      medley demo
    """
    context.obj = debug


app.callback(help=flowing(medley.__doc__ or ""))(medley)


if __name__ == "__main__":
    main()
