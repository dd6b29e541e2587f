"""Billboard's chart of 2000: from a pickled data frame to wide lines."""

import lzma
import pickle
from pathlib import Path

import pandas as pd
import pytest

from jobs.errors import SourceError
from jobs.music_charts.converters.billboard import COLUMNS, convert_weeks


def test_the_billboard_chart_becomes_wide_lines(tmp_path: Path) -> None:
    """Places are whole numbers, weeks off the chart are empty, other columns go."""
    song = {"rownames": 1, "artist": "Carey, Mariah", "track": "Crybaby"}
    weeks = {f"wk{week}": 28.0 if week == 1 else None for week in range(1, 77)}
    pickled, target = tmp_path / "billboard.pkl.compress", tmp_path / "billboard.csv"
    with lzma.open(pickled, "wb") as file:
        pickle.dump(pd.DataFrame([{**song, "date.entered": "2000-06-24", **weeks}]), file)

    convert_weeks([pickled], target)

    header, line = target.read_text().splitlines()
    assert ",".join(COLUMNS) == header
    assert '"Carey, Mariah",Crybaby,2000-06-24,28' + "," * 75 == line


def test_a_billboard_chart_without_weeks_is_refused(tmp_path: Path) -> None:
    """The message names what is missing."""
    pickled = tmp_path / "billboard.pkl.compress"
    with lzma.open(pickled, "wb") as file:
        pickle.dump(pd.DataFrame({"artist": ["A"], "track": ["T"]}), file)

    with pytest.raises(SourceError, match=r"lacks date.entered, wk1"):
        convert_weeks([pickled], tmp_path / "billboard.csv")
