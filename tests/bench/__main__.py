"""Prints one JSON document: seconds, rows per second and peak memory, as medians.

Every figure is that of a whole process, `medley …` as a user calls it, on a lake of its own. The
yardstick is the same silver and gold work for ratings written by hand for DuckDB, run in the
same go.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.bench.measure import Measured, run
from tests.bench.neighbours import QUERIES, write_vectors
from tests.bench.new_ratings import write_new_ratings

MEDLEY = str(Path(sys.executable).parent / "medley")
QUERY = """
    SELECT g.genre, count(*) AS films, avg(s.bayesian_mean) AS mean
    FROM movies.movie_stats s JOIN movies.top_movies g USING (movie_id)
    GROUP BY g.genre ORDER BY mean DESC
"""
RATINGS = 1_000_209


def main() -> None:
    """Measure everything and print the document."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--runs", type=int, default=3, help="runs of each figure (default 3)")
    runs = arguments.parse_args().runs
    with tempfile.TemporaryDirectory(prefix="medley-bench-") as folder:
        home = Path(folder) / "home"
        medley = _medley_at(home)
        # Sets everything up that later runs find cached: data, JVM libraries.
        first = [medley("run", "movies")]
        while len(first) < runs:
            shutil.rmtree(home)
            first.append(medley("run", "movies"))
        results = {
            "run_from_nothing": _summary(first, rows=RATINGS),
            "run_with_nothing_new": _summary([medley("run", "movies") for _ in range(runs)]),
            "run_with_10000_new_ratings": _summary(
                [_add_ratings(home, number, medley) for number in range(runs)], rows=10_000
            ),
            "sql_join_and_group": _summary([medley("sql", QUERY) for _ in range(runs)]),
            "yardstick_duckdb_ratings_to_gold": _summary(
                [_yardstick(home, Path(folder)) for _ in range(runs)], rows=RATINGS
            ),
            **_neighbours(Path(folder), runs),
        }
    json.dump({"cores": os.cpu_count(), "runs": runs, **results}, sys.stdout, indent=2)
    print()  # noqa: T201  the document ends with a line end


def _medley_at(home: Path) -> Callable[..., Measured]:
    environment = {**os.environ, "MEDLEY_HOME": str(home)}
    return lambda *arguments: run([MEDLEY, *arguments], environment)


def _add_ratings(home: Path, number: int, medley: Callable[..., Measured]) -> Measured:
    write_new_ratings(home / "landing" / "movies" / "ratings", 10_000, seed=number)
    return medley("run", "movies")


def _yardstick(home: Path, folder: Path) -> Measured:
    landing, target = str(home / "landing" / "movies"), str(folder / "yardstick")
    return run([sys.executable, "-m", "tests.bench.yardstick", landing, target], dict(os.environ))


def _neighbours(folder: Path, runs: int) -> dict[str, dict[str, float | int]]:
    """The twenty nearest of a million tracks, by Medley and by NumPy alone, turn about."""
    vectors = folder / "vectors.npy"
    write_vectors(vectors)
    environment = {**os.environ, "MEDLEY_HOME": str(folder / "home")}
    ways: dict[str, list[Measured]] = {"medley": [], "numpy": []}
    for _ in range(runs):
        for way, measured in ways.items():
            command = [sys.executable, "-m", "tests.bench.neighbours", way, str(vectors)]
            measured.append(run(command, environment))
    return {
        "nearest_20_of_a_million_tracks": _summary(ways["medley"], rows=QUERIES),
        "yardstick_numpy_nearest_20": _summary(ways["numpy"], rows=QUERIES),
    }


def _summary(measured: list[Measured], rows: int | None = None) -> dict[str, float | int]:
    seconds = statistics.median(one.seconds for one in measured)
    peak = statistics.median(one.peak_memory_mib for one in measured)
    summary: dict[str, float | int] = {
        "seconds": round(seconds, 2),
        "seconds_min": round(min(one.seconds for one in measured), 2),
        "seconds_max": round(max(one.seconds for one in measured), 2),
        "peak_memory_mib": round(peak),
    }
    if rows is not None:
        summary["rows_per_second"] = round(rows / seconds)
    return summary


if __name__ == "__main__":
    main()
