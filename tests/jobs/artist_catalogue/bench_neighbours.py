"""The twenty nearest of a million tracks for a thousand of them: by Medley, or by NumPy alone.

`python -m tests.jobs.artist_catalogue.bench_neighbours WAY VECTORS.npy`. Medley's way is the one of
`artist_catalogue.similar_tracks`: exact, in Spark's workers, with reasons. NumPy's is brute
force: all cosines of a hundred queries at once, and the greatest of each row.
"""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

TRACKS = 1_000_000
QUERIES = 1000
PLACES = 20
_QUERIES_AT_ONCE = 100


def write_vectors(file: Path) -> None:
    """Put a million directions into a file, as many features as the catalogue's model has."""
    from jobs.artist_catalogue.sound import FEATURES  # noqa: PLC0415  see `main`

    drawn = np.random.default_rng(1).normal(size=(TRACKS, len(FEATURES)))
    np.save(file, (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32))


def main(way: str, file: str) -> None:
    """Find the neighbours one way, and check a few of them."""
    vectors = np.load(file)
    found = {"medley": by_medley, "numpy": by_numpy}[way](vectors)
    for query in range(0, TRACKS, TRACKS // 10):
        expected = np.argsort(-(vectors @ vectors[query]))[1 : PLACES + 1]
        if expected.tolist() != found[query]:
            sys.exit(f"Track {query} is nearest to {expected}, not to {found[query]}.")


def by_medley(vectors: NDArray[np.float32]) -> dict[int, list[int]]:
    """As the served table is made."""
    # The yardstick must not pay for them.
    from jobs.artist_catalogue.serve import BLOCKS, Search, find_neighbours  # noqa: PLC0415
    from jobs.artist_catalogue.sound import FEATURES, Sound  # noqa: PLC0415
    from jobs.lakehouse.machine.session import open_session  # noqa: PLC0415
    from jobs.settings import Settings  # noqa: PLC0415

    everyone = np.arange(TRACKS)
    nothing = np.zeros(0)
    search = Search(
        Sound(np.array(FEATURES), nothing, nothing),
        everyone.astype(np.str_).astype(object),
        vectors,
        candidates=everyone,
        own=everyone,
    )
    spark = open_session(Settings.from_environment())
    asked = spark.range(0, TRACKS, TRACKS // QUERIES, numPartitions=BLOCKS)
    rows = find_neighbours(search, asked).toPandas().sort_values(["track_id", "place"])
    spark.stop()
    by_track = rows["similar_track_id"].astype(int).groupby(rows["track_id"].astype(int))
    return {int(str(track)): similar.tolist() for track, similar in by_track}


def by_numpy(vectors: NDArray[np.float32]) -> dict[int, list[int]]:
    """By hand."""
    asked = np.arange(0, TRACKS, TRACKS // QUERIES)
    found: dict[int, list[int]] = {}
    for start in range(0, QUERIES, _QUERIES_AT_ONCE):
        block = asked[start : start + _QUERIES_AT_ONCE]
        cosines = vectors[block] @ vectors.T
        cosines[np.arange(len(block)), block] = -np.inf
        best = np.argpartition(-cosines, PLACES, axis=1)[:, :PLACES]
        order = np.argsort(-np.take_along_axis(cosines, best, axis=1), axis=1)
        nearest = np.take_along_axis(best, order, axis=1).tolist()
        found |= dict(zip(block.tolist(), nearest, strict=True))
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
