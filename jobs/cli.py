"""`medley`: runs pipelines on this machine and answers questions about the lake."""

from collections.abc import Callable
from typing import Annotated

import typer

import jobs
from jobs.commands import ask, listing, machine, maintenance, models, recommend, run
from jobs.commands.screen import Command, flowing

app = typer.Typer(
    name="medley",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

_GROUPS: dict[str, dict[str, Callable[..., None]]] = {
    "Make": {"demo": run.demo, "run": run.run},
    "Look": {"list": listing.show_all, "describe": listing.describe, "models": models.models},
    "Ask": {
        "sql": ask.sql,
        "recommend": recommend.recommend,
        "quarantine": ask.quarantine,
        "receipts": ask.receipts,
    },
    "Maintain": {
        "land": maintenance.land,
        "publish": maintenance.publish,
        "maintain": maintenance.maintain,
        "promote": maintenance.promote,
    },
    "This machine": {"doctor": machine.doctor, "ui": machine.ui, "new": machine.new},
}
for _group, _commands in _GROUPS.items():
    for _name, _command in _commands.items():
        _help = flowing(_command.__doc__ or "")
        app.command(_name, cls=Command, help=_help, rich_help_panel=_group)(_command)


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
