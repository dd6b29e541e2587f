"""Finds what is measured: `measure` in `tests/jobs/<pipeline>/bench.py`."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import tests.jobs
from tests.bench.measure import Figures

Measure: TypeAlias = Callable[[Path, int], dict[str, Figures]]
"""Measures a pipeline in an empty folder, each figure so many times."""


def benchmarks() -> list[str]:
    """The pipelines that have a benchmark beside their tests, in alphabetical order."""
    folders = map(Path, tests.jobs.__path__)
    return sorted({file.parent.name for folder in folders for file in folder.glob("*/bench.py")})


def measure_of(pipeline: str) -> Measure:
    """The function that measures a pipeline."""
    measure: Measure = importlib.import_module(f"tests.jobs.{pipeline}.bench").measure
    return measure
