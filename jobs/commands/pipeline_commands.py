"""The commands that pipelines bring: `COMMANDS` in the `commands.py` of their folders.

They are looked for only when help lists all commands, or when a name is none of Medley's own: so
nothing in a pipeline's folder slows down or breaks another command.
"""

from collections.abc import Callable, Mapping
from typing import Any

import typer
from typer.core import TyperGroup

from jobs.commands.screen import Command, flowing, tell_of
from jobs.errors import DeclarationError
from jobs.lakehouse.declare import discovery

Commands = Mapping[str, Callable[..., None]]
"""Functions with a docstring for their help, by what the user types."""


def add_commands(app: typer.Typer, panel: str, commands: Commands) -> None:
    """Let an app have commands, which help shows in a panel of their own."""
    for name, command in commands.items():
        described = flowing(command.__doc__ or "")
        app.command(name, cls=Command, help=described, rich_help_panel=panel)(command)


class CommandGroup(TyperGroup):
    """Medley's own commands, and those of pipelines as soon as they are wanted."""

    _is_complete = False

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401  typer has no public type
        """All commands, in the order of their panels."""
        self._complete()
        return super().list_commands(ctx)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401  as above
        """The command of that name; None when nobody brings it."""
        if cmd_name not in self.commands:
            self._complete()
        return super().get_command(ctx, cmd_name)

    def _complete(self) -> None:
        """Add the pipelines' commands; tells of those that cannot be had."""
        if self._is_complete:
            return
        self._is_complete = True
        for pipeline, exported in discovery.exports("commands", "COMMANDS").items():
            try:
                self._add(pipeline, _checked(pipeline, exported))
            except DeclarationError as error:
                tell_of(error)

    def _add(self, pipeline: str, commands: Commands) -> None:
        taken = sorted(set(commands) & set(self.commands))
        if taken:
            raise DeclarationError(
                f"jobs/{pipeline}/commands.py brings {', '.join(taken)}, which is there already; "
                "expected names that no other command has. Choose others."
            )
        app = typer.Typer()
        add_commands(app, f"Commands of {pipeline}", commands)
        try:
            self.commands.update(typer.main.get_group(app).commands)
        # Typer raises whatever its version likes for parameters that it cannot ask for.
        except Exception as error:
            raise DeclarationError(
                f"jobs/{pipeline}/commands.py brings commands that cannot be called: {error}. "
                "Expected functions as `typer` takes them."
            ) from error


def _checked(pipeline: str, exported: object) -> Commands:
    """What a pipeline exports, if it is commands; raises DeclarationError."""
    if isinstance(exported, DeclarationError):
        raise exported
    if isinstance(exported, Mapping) and all(map(callable, exported.values())):
        return exported
    raise DeclarationError(
        f"jobs/{pipeline}/commands.py has COMMANDS = {exported!r}; expected a dict of functions "
        "by the names that users type."
    )
