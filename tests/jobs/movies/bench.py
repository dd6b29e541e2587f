"""The movies pipeline; its yardstick makes the same silver and gold of ratings in DuckDB."""

import os
import shutil
import sys
from pathlib import Path

from tests.bench.measure import Figures, Measured, medley_at, run, summary
from tests.jobs.movies.bench_new_ratings import write_new_ratings

QUERY = """
    SELECT g.genre, count(*) AS films, avg(s.bayesian_mean) AS mean
    FROM movies.movie_stats s JOIN movies.top_movies g USING (movie_id)
    GROUP BY g.genre ORDER BY mean DESC
"""
RATINGS = 1_000_209
NEW_RATINGS = 10_000


def measure(folder: Path, runs: int) -> dict[str, Figures]:
    """Measure runs from nothing, with nothing new and with new ratings, and a query."""
    home = folder / "home"
    landing = home / "landing" / "movies"
    medley = medley_at(home)

    def with_new_ratings(number: int) -> Measured:
        write_new_ratings(landing / "ratings", NEW_RATINGS, seed=number)
        return medley("run", "movies")

    # Sets everything up that later runs find cached: data, JVM libraries.
    first = [medley("run", "movies")]
    while len(first) < runs:
        shutil.rmtree(home)
        first.append(medley("run", "movies"))
    yardstick = [
        sys.executable,
        "-m",
        "tests.jobs.movies.bench_yardstick",
        str(landing),
        str(folder / "duck"),
    ]
    return {
        "run_from_nothing": summary(first, rows=RATINGS),
        "run_with_nothing_new": summary([medley("run", "movies") for _ in range(runs)]),
        "run_with_10000_new_ratings": summary(
            [with_new_ratings(number) for number in range(runs)], rows=NEW_RATINGS
        ),
        "sql_join_and_group": summary([medley("sql", QUERY) for _ in range(runs)]),
        "yardstick_duckdb_ratings_to_gold": summary(
            [run(yardstick, os.environ) for _ in range(runs)], rows=RATINGS
        ),
    }
