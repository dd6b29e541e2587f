"""How commands speak: tables, numbers and errors on a terminal or in a pipe."""

import csv
import inspect
import json
import math
import shutil
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text
from typer.core import TyperCommand

from jobs.errors import MedleyError
from jobs.lakehouse.steps.retrying import exit_code

Output = Literal["table", "csv", "json"]
ROWS_SHOWN = 100
"""A table on the screen ends after this many rows; csv and json are always whole."""

_ENDLESS = 100_000
_SMALL = 0.001


class Command(TyperCommand):
    """A command whose errors are one clear line each."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401  typer has no public type for both
        """Run the command; with `--debug` errors show their trace."""
        with clear_errors(debug=bool(ctx.find_root().obj)):
            return super().invoke(ctx)


@contextmanager
def clear_errors(*, debug: bool) -> Iterator[None]:
    """Turn what is raised into one line on stderr and an exit code.

    It is 1 where another try may help, 3 where it is in vain, and 130 after Ctrl-C.
    """
    try:
        yield
    except (typer.Exit, typer.Abort, typer.BadParameter, BrokenPipeError):
        raise
    except KeyboardInterrupt:
        typer.echo("medley: stopped; what was finished is kept.", err=True)
        raise typer.Exit(130) from None
    except Exception as error:
        if debug:
            traceback.print_exc()
        tell_of(error, "" if debug else " (`medley --debug …` shows the whole trace)")
        raise typer.Exit(exit_code(error)) from error


def tell_of(error: Exception, more: str = "") -> None:
    """Print an error as one line on stderr; `more` where it is none that Medley foresees."""
    text = str(error)
    if not isinstance(error, MedleyError):
        text = f"{type(error).__name__}: {text or 'without a message'}{more}"
    typer.echo(f"medley: {' '.join(text.split())}", err=True)


def screen() -> Console:
    """Standard output: as wide as the terminal, or endless so that a pipe gets whole lines."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else _ENDLESS)


def say(text: str = "", style: str | None = None) -> None:
    """Print a line as it is."""
    screen().print(Text(text, style=style or ""))


def flowing(doc: str) -> str:
    """A docstring as help: paragraphs flow with the terminal, examples stay as they stand."""
    paragraphs = []
    for paragraph in inspect.cleandoc(doc).split("\n\n"):
        text, *examples = escape(paragraph).split("\n  ")
        # Blanks before the markup would be taken for a docstring's indentation.
        shown = [f"[cyan]  {example}[/cyan]" for example in examples]
        paragraphs.append("\n".join([" ".join(text.split()), *shown]))
    return "\n\n".join(paragraphs)


def program() -> str:
    """The command as the user can type it here: `medley`, or the path of the one running."""
    running = Path(sys.argv[0]).absolute()
    on_path = shutil.which("medley")
    if running.name != "medley" or (on_path and Path(on_path).absolute() == running):
        return "medley"
    return nearby(running)


def nearby(path: Path) -> str:
    """A path as people type it: from the current folder if it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def number_of(count: int, thing: str) -> str:
    """A number with its noun: `1 row`, `1,200 rows`."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def show(columns: Sequence[str], rows: Iterable[Sequence[object]], *, counts: bool = True) -> None:
    """Print a table: numbers to the right, whole cells in a pipe.

    Args:
        columns: The headings.
        rows: What stands below them.
        counts: Whether whole numbers are amounts, which read better with thousands separators;
            years and identifiers do not.
    """
    by_row = [tuple(row) for row in rows]
    by_column = list(zip(*by_row, strict=True)) if by_row else [()] * len(columns)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    cells = []
    for heading, values in zip(columns, by_column, strict=True):
        is_number = bool(values) and all(v is None or _is_number(v) for v in values)
        table.add_column(Text(heading), justify="right" if is_number else "left", no_wrap=is_number)
        cells.append(_cells(values, counts=counts))
    for row in zip(*cells, strict=True):
        table.add_row(*row)
    _print_table(table)


def show_as(output: Output, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows for people (the first hundred), as CSV or as a JSON array of objects."""
    if output == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_plain(value) for value in row] for row in rows)
    elif output == "json":
        _write_json(columns, rows)
    else:
        _show_first(columns, iter(rows))


def _show_first(columns: Sequence[str], rows: Iterator[Sequence[object]]) -> None:
    shown = list(islice(rows, ROWS_SHOWN))
    show(columns, shown, counts=False)
    more = sum(1 for _ in rows)
    if more:
        say(
            f"{ROWS_SHOWN} of {ROWS_SHOWN + more:,} rows; `--output csv` or `json` prints all.",
            "dim",
        )
    elif len(shown) != 1:
        say(number_of(len(shown), "row"), "dim")


def _write_json(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write one object a line, so that the output of a million rows needs no memory."""
    separator = "["
    for row in rows:
        document = {name: _json_value(value) for name, value in zip(columns, row, strict=True)}
        sys.stdout.write(f"{separator}\n  {json.dumps(document, ensure_ascii=False)}")
        separator = ","
    sys.stdout.write("[]\n" if separator == "[" else "\n]\n")


def _print_table(table: Table) -> None:
    console = screen()
    if console.is_terminal:
        console.print(table)
        return
    with console.capture() as drawn:
        console.print(table)
    # rich fills the last column with blanks, which would only be in the way of other programs.
    sys.stdout.writelines(f"{line.rstrip()}\n" for line in drawn.get().splitlines())


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _cells(values: Sequence[object], *, counts: bool) -> list[Text]:
    """A column's values as people read them, with the same number of places."""
    floats = [value for value in values if isinstance(value, float) and math.isfinite(value)]
    places = max((_places(value) for value in floats), default=0)
    separator = "," if counts else ""
    return [_cell(value, separator, places) for value in values]


def _cell(value: object, separator: str, places: int) -> Text:
    match value:
        case None:
            return Text("\N{EN DASH}", style="dim")
        case int() if not isinstance(value, bool):
            return Text(f"{value:{separator}}")
        case float() if 0 < abs(value) < _SMALL:
            return Text(f"{value:.3e}")
        case float():
            return Text(f"{value:{separator}.{places}f}")
        case _:
            return Text(_plain(value))


def _places(value: float) -> int:
    """How many decimal places show a value; four are enough to compare figures."""
    return len(f"{value:.4f}".rstrip("0").partition(".")[2])


def _plain(value: object) -> str:
    """A value as text that other programs can read."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat(sep=" ").removesuffix("+00:00")
        case list() | tuple() | dict():
            return json.dumps(_json_value(value), ensure_ascii=False)
        case _:
            return str(value)


def _json_value(value: object) -> object:
    """A value as JSON knows it; what it does not know is text."""
    match value:
        case None | bool() | int() | float() | str():
            return None if isinstance(value, float) and not math.isfinite(value) else value
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case datetime() | date() | time():
            return value.isoformat()
        case Mapping():
            return {_plain(key): _json_value(item) for key, item in value.items()}
        case list() | tuple():
            return [_json_value(item) for item in value]
        case _:
            return str(value)
