"""Prints one JSON document: seconds, rows per second and peak memory, as medians.

Every figure is that of a whole process, `medley …` as a user calls it, on a lake of its own, next
to a yardstick that does the same work by other means in the same go. What is measured of a
pipeline lies beside its tests: `measure` in `tests/jobs/<pipeline>/bench.py`.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from jobs.lakehouse.machine.aot_cache import cache_file_here
from jobs.settings import Settings
from tests.bench.benchmarks import benchmarks, measure_of
from tests.bench.measure import medley_at


def main() -> None:
    """Measure what is asked for and print the document."""
    there = benchmarks()
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--runs", type=int, default=3, help="runs of each figure (default 3)")
    arguments.add_argument("pipelines", nargs="*", help=f"of {', '.join(there)} (default all)")
    asked = arguments.parse_args()
    for unknown in sorted(set(asked.pipelines) - set(there)):
        arguments.error(f"there is no '{unknown}'; expected {', '.join(there)}")
    measures = {pipeline: measure_of(pipeline) for pipeline in asked.pipelines or there}
    _let_java_learn()
    results = {}
    for pipeline, measure in measures.items():
        with tempfile.TemporaryDirectory(prefix="medley-bench-") as folder:
            results[pipeline] = measure(Path(folder), asked.runs)
    json.dump({"cores": os.cpu_count(), "runs": asked.runs, **results}, sys.stdout, indent=2)
    print()  # noqa: T201  the document ends with a line end


def _let_java_learn() -> None:
    """What is measured is a machine that has seen a demo: show it one if it has not."""
    if not cache_file_here(Settings.from_environment()).is_file():
        with tempfile.TemporaryDirectory(prefix="medley-bench-") as folder:
            medley_at(Path(folder) / "home")("demo")


if __name__ == "__main__":
    main()
