"""The artist catalogue, and its search for neighbours among a million tracks beside NumPy's."""

import os
import shutil
import sys
from pathlib import Path

from tests.bench.measure import Figures, Measured, medley_at, run, summary
from tests.jobs.artist_catalogue.bench_neighbours import QUERIES, write_vectors


def measure(folder: Path, runs: int) -> dict[str, Figures]:
    """Measure runs from nothing and with nothing new, then the two searches turn about."""
    home = folder / "home"
    medley = medley_at(home)
    first = [medley("run", "artist_catalogue")]
    while len(first) < runs:
        shutil.rmtree(home)
        first.append(medley("run", "artist_catalogue"))
    idle = [medley("run", "artist_catalogue") for _ in range(runs)]
    vectors = folder / "vectors.npy"
    write_vectors(vectors)
    environment = {**os.environ, "MEDLEY_HOME": str(home)}
    ways: dict[str, list[Measured]] = {"medley": [], "numpy": []}
    for _ in range(runs):
        for way, measured in ways.items():
            command = [
                sys.executable,
                "-m",
                "tests.jobs.artist_catalogue.bench_neighbours",
                way,
                str(vectors),
            ]
            measured.append(run(command, environment))
    return {
        "run_from_nothing": summary(first),
        "run_with_nothing_new": summary(idle),
        "nearest_20_of_a_million_tracks": summary(ways["medley"], rows=QUERIES),
        "yardstick_numpy_nearest_20": summary(ways["numpy"], rows=QUERIES),
    }
