"""Commands that pipelines bring, and what a broken one does to the others."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from jobs.cli import app

GOOD = """
import typer

def pick(count: int = 3) -> None:
    '''Pick apples.'''
    typer.echo(f"picked {count}")

COMMANDS = {"pick": pick}
"""
ODD_PARAMETER = "def grow(tree: object) -> None: ...\nCOMMANDS = {'grow': grow}"


def bring(folder: Path, name: str, commands: str) -> None:
    """Write a pipeline with these commands, whose flow nobody reads."""
    (folder / name).mkdir()
    for file, text in {"__init__": "", "flow": "1 / 0", "commands": commands}.items():
        (folder / name / f"{file}.py").write_text(text)


def test_a_pipelines_command_is_one_of_medleys(pipelines_folder: Path) -> None:
    """Help shows it in the pipeline's own panel; calling it reads no flow."""
    bring(pipelines_folder, "orchard", GOOD)

    listed = CliRunner().invoke(app, ["--help"])
    called = CliRunner().invoke(app, ["pick", "--count", "5"])

    panel = listed.stdout.partition("Commands of orchard")[2]
    assert "│ pick " in panel
    assert "Pick apples." in panel
    assert (0, "picked 5\n", "") == (called.exit_code, called.stdout, called.stderr)


@pytest.mark.parametrize(
    ("commands", "message"),
    [
        ("COMMANDS = {", "jobs/torn/commands.py cannot be read: SyntaxError"),
        ("raise SystemExit(7)", "jobs/torn/commands.py cannot be read: SystemExit: 7"),
        ("", "commands.py has no COMMANDS; expected it there."),
        ("COMMANDS = ['a']", "jobs/torn/commands.py has COMMANDS = ['a']; expected a dict"),
        ("COMMANDS = {'sql': print}", "brings sql, which is there already; expected names"),
        (ODD_PARAMETER, "jobs/torn/commands.py brings commands that cannot be called"),
    ],
)
def test_broken_commands_are_told_of_and_harm_no_other(
    pipelines_folder: Path, commands: str, message: str
) -> None:
    """Help has all others and one line about these; Medley's own commands do not even look."""
    bring(pipelines_folder, "torn", commands)
    bring(pipelines_folder, "wood", GOOD)

    listed = CliRunner().invoke(app, ["--help"])
    called = CliRunner().invoke(app, ["pick"])
    own = CliRunner().invoke(app, ["sql", "--help"])

    assert (0, 1) == (listed.exit_code, listed.stderr.count("\n"))
    assert message in listed.stderr
    assert "│ demo " in listed.stdout
    assert "│ pick " in listed.stdout
    assert (0, "picked 3\n") == (called.exit_code, called.stdout)
    assert (0, "") == (own.exit_code, own.stderr)
