"""A user of Medley: a copy of the checkout to edit, a lake, and the command line."""

import json
import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.second_week.commands import Commands, Ended

NAME = "web_shop"
IMPORTS = "Bronze, Gold, Rule, Silver, Source"
"""What the flow that `medley new` writes imports; where from differs by version."""


@dataclass(frozen=True)
class Ran:
    """A run that has ended, with the receipts that it left."""

    code: int
    out: str
    err: str
    receipts: Sequence[dict[str, Any]]

    @property
    def said(self) -> str:
        """All that it said."""
        return f"{self.out}\n{self.err}"

    @property
    def done(self) -> list[tuple[str, str]]:
        """The tables that it wrote, with the kind of write, in the order of their names."""
        return sorted(
            (receipt["step"].removeprefix(f"{NAME}."), receipt["kind"]) for receipt in self.receipts
        )

    def receipt(self, table: str) -> dict[str, Any]:
        """The one receipt of a table."""
        (found,) = [one for one in self.receipts if one["step"] == f"{NAME}.{table}"]
        return found


class User:
    """Someone who has made the pipeline `web_shop` with `medley new` and goes on from there."""

    def __init__(self, commands: Commands, checkout: Path, home: Path) -> None:
        """Take a copy of a checkout that has the pipeline, and an empty folder for the lake."""
        self._commands = commands
        self.checkout = checkout
        self.home = home
        self.cold = False
        """Whether every command is to be a process of its own."""

    @property
    def code(self) -> Path:
        """The folder of the pipeline's modules."""
        return self.checkout / "jobs" / NAME

    def landing(self, source: str = "visits") -> Path:
        """The folder where files of a source arrive."""
        return self.home / "landing" / NAME / source

    def land(
        self, file: str, content: str | bytes, *, source: str = "visits", days_old: float = 0
    ) -> Path:
        """Put a file into a source's folder, as if last changed some days ago."""
        path = self.landing(source) / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        if days_old:
            changed_at = time.time() - days_old * 86_400
            os.utime(path, (changed_at, changed_at))
        return path

    def edit(self, module: str, old: str, new: str) -> None:
        """Replace a text that a module has once."""
        text = (self.code / module).read_text()
        assert 1 == text.count(old), f"{module} has {old!r} {text.count(old)} times"
        self.write(module, text.replace(old, new))

    def write(self, module: str, text: str) -> None:
        """Write a module of the pipeline."""
        (self.code / module).write_text(text)
        # An edit within the same second, of the same length, would not be seen.
        shutil.rmtree(self.code / "__pycache__", ignore_errors=True)

    def declare(self, declarations: str, names: str = IMPORTS) -> None:
        """Write the flow anew, with names imported from where `medley new` has them."""
        lines = (self.code / "flow.py").read_text().splitlines()
        (place,) = {line.split(" import ")[0] for line in lines if line.startswith("from jobs.")}
        self.write("flow.py", f'"""A shop."""\n\n{place} import {names}\n\n{declarations}')

    def medley(self, *arguments: str) -> Ended:
        """Run a command line to its end."""
        return self._commands.run(self.home, self.checkout, *arguments, cold=self.cold)

    def run(self, *options: str, pipeline: str = NAME) -> Ran:
        """Run the pipeline, or what the options say of it."""
        return self._receipted("run", pipeline, *options)

    def command(self, *arguments: str) -> Ran:
        """Run another command that may write, such as `medley accept`."""
        return self._receipted(*arguments)

    def stop(self) -> None:
        """Let the next command begin in a new process, as after a day: it remembers nothing."""
        self._commands.stop()

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """The rows that a query answers with, as JSON has their values."""
        ended = self.medley("sql", query, "--output", "json")
        assert 0 == ended.code, ended.said
        return [tuple(row.values()) for row in json.loads(ended.out)]

    def rows(self, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
        """The rows of a table of the pipeline, in their order."""
        return self.sql(f"SELECT {columns} FROM {NAME}.{table} ORDER BY ALL")  # noqa: S608

    def quarantine(self, table: str = "visits") -> list[tuple[list[str], dict[str, Any]]]:
        """The reasons and raw fields of the rows that a table rejects, in the rows' order."""
        found = self._sql_if_made(
            f"SELECT reasons, raw FROM quarantine.{NAME}.{table} ORDER BY raw",  # noqa: S608
        )
        return [(row["reasons"], json.loads(row["raw"])) for row in found]

    def rejected(self, table: str = "visits", field: str = "visit_id") -> dict[str, list[str]]:
        """The reasons of the rows that a table rejects, by one of their raw fields."""
        return {raw[field]: reasons for reasons, raw in self.quarantine(table)}

    def receipts(self) -> list[dict[str, Any]]:
        """All receipts, the oldest first."""
        return self._sql_if_made("FROM medley.receipts ORDER BY started_at, step")

    def _sql_if_made(self, query: str) -> list[dict[str, Any]]:
        """The rows of a table that may not be there yet."""
        ended = self.medley("sql", query, "--output", "json")
        if ended.code != 0:
            assert "does not exist" in ended.err or "No run has left" in ended.err, ended.said
            return []
        found: list[dict[str, Any]] = json.loads(ended.out)
        return found

    def _receipted(self, *arguments: str) -> Ran:
        # Not by their times: a run may gather the receipts of one that was killed.
        before = [json.dumps(receipt) for receipt in self.receipts()]
        ended = self.medley(*arguments)
        new = [one for one in self.receipts() if json.dumps(one) not in before]
        return Ran(ended.code, ended.out, ended.err, new)
