"""Files DATE.csv as people bring them: bad lines go with their reasons, the rest is kept."""

import json

import pytest
from pyspark.sql import SparkSession

from tests.conftest import Toy

HEADER = "chart_week,current_week,title,performer,last_week,peak_pos,wks_on_chart\n"
GOOD = [
    '2021-01-02,1,"Song ""1"", live",Performer 1,,1,1',
    "2021-01-02,2,Song 2,Performer 2,3,2,5",
    # A quotation mark that nobody doubled, but which breaks nothing.
    '2021-01-02,2,Song "3",Performer 3,3,2,5',
]
BAD = {
    '2021-01-02,4,"Song 4, live,Performer 4,,1,1': "malformed_line",
    "2021-01-02,5,Song 5": "malformed_line",
    "2021-01-02,6,Song 6, live,Performer 6,,1,1": "malformed_line",
    "2021-01-02,seventh,Song 7,Performer 7,,1,1": "position_missing",
    "2021-01-02,101,Song 8,Performer 8,,1,1": "position_on_chart",
    "2 January,9,Song 9,Performer 9,,1,1": "chart_date_missing",
    "2021-01-02,10,,Performer 10,,1,1": "title_missing",
}


@pytest.fixture(scope="module")
def charts(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Toy:
    """The music charts after a run on a week with faults, which also came a second time."""
    toy = Toy("music_charts", spark, tmp_path_factory.mktemp("charts"))
    toy.land("weekly_csv", "2021-01-02.csv", HEADER + "\n".join([*GOOD, *BAD]) + "\n")
    toy.land("weekly_csv", "2021-01-02 again.csv", HEADER + "\n".join(GOOD) + "\n")
    toy.run("raw_weekly_csv", "weekly_entries")
    return toy


def test_good_lines_are_kept(charts: Toy) -> None:
    """Quotes and commas inside quotes are part of a title, a tie is two rows, no week is twice."""
    assert [
        (1, 'Song "1", live', "Performer 1", None),
        (2, 'Song "3"', "Performer 3", 3),
        (2, "Song 2", "Performer 2", 3),
    ] == charts.rows("weekly_entries", "position", "title", "performer", "stated_last_position")


def test_bad_lines_are_quarantined_with_their_reason(charts: Toy) -> None:
    """Each line that is not kept is there, with the first thing that is wrong with it."""
    found = [(reasons[0], json.loads(raw)) for reasons, raw in charts.quarantined("weekly_entries")]

    assert sorted(BAD.values()) == sorted(reason for reason, _ in found)
    broken = {line for line, reason in BAD.items() if reason == "malformed_line"}
    assert broken == {raw["_malformed"] for reason, raw in found if reason == "malformed_line"}
