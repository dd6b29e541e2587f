"""Turns the packaged Billboard chart of 2000 into the wide CSV file that it once was."""

import lzma
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from jobs.errors import SourceError

WEEKS = 76
COLUMNS = ("artist", "track", "date.entered", *(f"wk{week}" for week in range(1, WEEKS + 1)))


def convert_weeks(members: Sequence[Path], target: Path) -> None:
    """Write one line per song with its place in each week since it entered.

    Raises SourceError when a column is missing.
    """
    (pickled,) = members
    with lzma.open(pickled) as file:
        songs = pd.read_pickle(file)  # noqa: S301  the archive's hash is pinned
    missing = [name for name in COLUMNS if name not in songs.columns]
    if missing:
        raise SourceError(
            f"{pickled.name} lacks {', '.join(missing)}; found {', '.join(songs.columns)}. "
            "Check the package's version."
        )
    # Whole numbers: the data frame holds them as floats, since some are missing.
    places = songs[list(COLUMNS[3:])].astype("Int64")
    songs[list(COLUMNS[:3])].join(places).to_csv(target, index=False, lineterminator="\n")
