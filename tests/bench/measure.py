"""Runs a program and measures its seconds and the memory of all its processes."""

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import psutil

Figures: TypeAlias = dict[str, float | int]

MEDLEY = str(Path(sys.executable).parent / "medley")
BETWEEN_SAMPLES_SECONDS = 1.0
"""The kernel walks all pages for each sample, while the program waits for its memory: four samples
a second cost a run on two cores some two seconds."""


@dataclass(frozen=True)
class Measured:
    """One run of a program."""

    seconds: float
    peak_memory_mib: float
    """The highest sum of the proportional set sizes of the program and all that it started."""


def run(command: Sequence[str], environment: Mapping[str, str]) -> Measured:
    """Run a program to its end; exits with its message when it fails."""
    begun = time.monotonic()
    program = subprocess.Popen(
        command, env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    peak = _Peak(program.pid)
    peak.start()
    output, _ = program.communicate()
    seconds = time.monotonic() - begun
    peak.ended.set()
    peak.join()
    if program.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{output.decode()}")
    print(f"{seconds:7.1f} s  {' '.join(' '.join(command).split())[-70:]}", file=sys.stderr)  # noqa: T201  progress
    return Measured(seconds, peak.mib)


def medley_at(home: Path) -> Callable[..., Measured]:
    """The command `medley` on a lake of its own."""
    environment = {**os.environ, "MEDLEY_HOME": str(home)}
    return lambda *arguments: run([MEDLEY, *arguments], environment)


def summary(measured: Sequence[Measured], rows: int | None = None) -> Figures:
    """Medians of several runs; rows per second where a run takes in so many rows."""
    seconds = statistics.median(one.seconds for one in measured)
    peak = statistics.median(one.peak_memory_mib for one in measured)
    figures: Figures = {
        "seconds": round(seconds, 2),
        "seconds_min": round(min(one.seconds for one in measured), 2),
        "seconds_max": round(max(one.seconds for one in measured), 2),
        "peak_memory_mib": round(peak),
    }
    if rows is not None:
        figures["rows_per_second"] = round(rows / seconds)
    return figures


class _Peak(threading.Thread):
    """Samples the memory of a process and its descendants until told to end."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.ended = threading.Event()
        self.mib = 0.0
        self._root = psutil.Process(pid)

    def run(self) -> None:
        while not self.ended.wait(BETWEEN_SAMPLES_SECONDS):
            self.mib = max(self.mib, self._sample())

    def _sample(self) -> float:
        total = 0
        try:
            for process in [self._root, *self._root.children(recursive=True)]:
                try:
                    # Pages that Python workers share count once.
                    total += process.memory_full_info().pss
                except psutil.Error:
                    continue
        except psutil.Error:
            return 0.0
        return total / 2**20
