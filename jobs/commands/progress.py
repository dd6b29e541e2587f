"""Shows a run as it goes: a line for each step, and on a terminal what is under way."""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from jobs.commands.screen import screen
from jobs.lakehouse.declare.table import Step

if TYPE_CHECKING:
    from jobs.lakehouse.steps.runner import Outcome

_COUNTS = {"rows_read": 10, "rows_kept": 10, "rows_merged": 8, "rows_quarantined": 9}
"""What is shown of receipts, and how wide: lines with names of 25 letters fit 80 columns."""


class RunProgress:
    """What `application.run` tells, on the screen; use it as a context."""

    def __init__(self, steps: list[Step]) -> None:
        self._name_width = max([len(step.name) for step in steps], default=0)
        self._console = screen()
        self._live = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=not sys.stdout.isatty(),
        )
        self._tasks: dict[Step, TaskID] = {}
        self._preparing: TaskID | None = None
        self._has_heading = False
        self._begun = time.monotonic()

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self._begun

    def tell(self, text: str) -> None:
        """Show what is waited for before the first step."""
        if self._live.disable:
            self._print(text)
        elif self._preparing is None:
            self._preparing = self._live.add_task(text)
        else:
            self._live.update(self._preparing, description=text)

    def watch(self, step: Step, outcome: "Outcome | None") -> None:
        """Show that a step begins, or what became of it."""
        if not self._has_heading:
            self._begin_steps()
        if outcome is None:
            self._tasks[step] = self._live.add_task(step.name)
            if self._live.disable:
                self._print(f"{step.name:{self._name_width}} begins")
            return
        self._live.remove_task(self._tasks.pop(step))
        self._print_outcome(outcome)

    def _begin_steps(self) -> None:
        self._has_heading = True
        if self._preparing is not None:
            self._live.remove_task(self._preparing)
        self._print(
            f"{'step':{self._name_width}} {'status':<9}"
            f"{'read':>10}{'kept':>10}{'merged':>8}{'rejected':>9}{'seconds':>8}",
            "bold",
        )

    def _print_outcome(self, outcome: "Outcome") -> None:
        numbers = "".join(
            f"{sum(getattr(receipt, count) for receipt in outcome.receipts):>{width},}"
            if outcome.receipts
            else " " * width
            for count, width in _COUNTS.items()
        )
        status = "done" if outcome.receipts else "unchanged"
        self._print(
            f"{outcome.step.name:{self._name_width}} {status:<9}{numbers}{outcome.seconds:>8.1f}",
            None if outcome.receipts else "dim",
        )

    def _print(self, text: str, style: str | None = None) -> None:
        self._console.print(Text(text, style=style or ""), soft_wrap=True)
