"""Every chart metric equals what pandas makes of the same entries, written a second time."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs.lakehouse.testing import frame, rows_of
from jobs.music_charts import flow, gold

SIZE = 12
Rows = list[dict[str, Any]]


def made_entries() -> list[dict[str, Any]]:
    """Three charts of twelve places in ten weeks, one each: whole, with faults, in part."""
    random = np.random.default_rng(5)
    rows = []
    for chart, country in (("a", "US"), ("b", "US"), ("c", "KR")):
        appeal = random.normal(0, 2, 20)
        for week in range(10):
            appeal = appeal + random.normal(0, 0.9, 20)
            best = np.argsort(-appeal)[:SIZE]
            rows += [
                {
                    "chart": chart,
                    "country": country,
                    "chart_date": date(2023, 1, 7) + timedelta(weeks=week),
                    "position": place,
                    "song_id": f"song {song:02}",
                    "chart_size": None if chart == "c" else SIZE,
                    "delivery_count": 1,
                    "is_synthetic": chart == "c",
                }
                for place, song in enumerate(best, start=1)
            ]
    return _with_faults(rows)


def _with_faults(rows: Rows) -> Rows:
    """Chart b: two weeks missing, a tie and so a gap, a doubled song, one row too many."""
    weeks = [date(2023, 1, 7) + timedelta(weeks=week) for week in range(10)]
    kept = [r for r in rows if not (r["chart"] == "b" and r["chart_date"] in weeks[3:5])]
    week = {
        n: [r for r in kept if (r["chart"], r["chart_date"]) == ("b", weeks[n])] for n in (6, 7)
    }
    week[6][4]["position"] = 4
    for row in week[6]:
        row["delivery_count"] = 2
    kept.append({**week[7][0], "position": 12, "song_id": week[7][2]["song_id"]})
    return kept


@pytest.fixture(scope="module")
def entries() -> pd.DataFrame:
    """The entries for pandas."""
    return pd.DataFrame(made_entries())


@pytest.fixture(scope="module")
def made(spark: SparkSession) -> Mapping[str, Rows]:
    """All gold tables of the entries."""
    rows = made_entries()
    genres = {"song 01": "rock", "song 02": "rock", "song 03": "pop"}
    ids = sorted({row["song_id"] for row in rows})
    songs = frame(
        spark,
        flow.songs,
        *(
            {"song_id": i, "title": i, "performer": f"by {i[-1]}", "genre": genres.get(i)}
            for i in ids
        ),
    )
    entered = frame(spark, flow.entries, *rows).coalesce(1).cache()
    changes = gold.entry_changes(entered, songs).cache()
    tables: dict[str, DataFrame] = {
        "entry_changes": changes,
        "song_runs": gold.song_runs(changes),
        "week_stats": gold.week_stats(entered, changes),
        "week_counts": gold.week_counts(changes),
    }
    return {name: rows_of(table) for name, table in tables.items()}


@pytest.fixture(scope="module")
def changes(entries: pd.DataFrame) -> pd.DataFrame:
    """Entry changes by pandas: a loop over each chart's weeks that remembers every song."""
    found: Rows = []
    for chart, all_weeks in entries.groupby("chart"):
        seen: dict[str, Rows] = {}
        before: dict[str, int] = {}
        for number, (week, rows) in enumerate(all_weeks.groupby("chart_date")):
            best = rows.groupby("song_id")["position"].min()
            now = {str(song): int(position) for song, position in best.items()}
            for song, position in now.items():
                past = seen.setdefault(song, [])
                previous = before.get(song)
                movement = (
                    "first_week"
                    if number == 0
                    else "new"
                    if not past
                    else "re_entry"
                    if previous is None
                    else ("down", "same", "up")[int(np.sign(previous - position)) + 1]
                )
                places = [*(r["position"] for r in past), position]
                past.append(
                    {
                        "chart": chart,
                        "chart_date": week,
                        "song_id": song,
                        "position": position,
                        "previous_position": previous,
                        "rank_change": None if previous is None else previous - position,
                        "movement": movement,
                        "week_count": len(places),
                        "run_week_count": past[-1]["run_week_count"] + 1 if previous else 1,
                        "peak_position": min(places),
                        "number_one_week_count": places.count(1),
                    }
                )
                found.append(past[-1])
            before = now
    return pd.DataFrame(found)


def as_pandas(rows: Rows, key: list[str]) -> pd.DataFrame:
    """Rows in the order of their keys."""
    return pd.DataFrame(rows).sort_values(key, ignore_index=True)


def assert_same(expected: pd.DataFrame, rows: Rows, key: list[str]) -> None:
    """The expected columns are the same; a missing number is one, whatever its type."""
    wanted = expected.sort_values(key, ignore_index=True)
    found = as_pandas(rows, key)[list(wanted.columns)]
    pd.testing.assert_frame_equal(
        wanted.convert_dtypes(), found.convert_dtypes(), check_dtype=False
    )


def test_entry_changes(made: Mapping[str, Rows], changes: pd.DataFrame) -> None:
    """Rank changes, movements and all counts so far, of each song in each week."""
    assert {"first_week", "new", "re_entry", "up", "down", "same"} == set(changes["movement"])
    assert_same(changes, made["entry_changes"], ["chart", "chart_date", "song_id"])


def test_song_runs(made: Mapping[str, Rows], changes: pd.DataFrame) -> None:
    """Longest runs, re-entries and weeks at number one of each song on each chart."""
    by_song = changes.groupby(["chart", "song_id"])
    expected = pd.DataFrame(
        {
            "first_chart_date": by_song["chart_date"].min(),
            "last_chart_date": by_song["chart_date"].max(),
            "peak_position": by_song["position"].min(),
            "week_count": by_song.size(),
            "longest_run_week_count": by_song["run_week_count"].max(),
            "re_entry_count": by_song["movement"].agg(lambda m: (m == "re_entry").sum()),
            "number_one_week_count": by_song["position"].agg(lambda p: (p == 1).sum()),
        }
    ).reset_index()

    assert_same(expected, made["song_runs"], ["chart", "song_id"])


def test_week_stats(made: Mapping[str, Rows], entries: pd.DataFrame, changes: pd.DataFrame) -> None:
    """What moved in each week, and how like the week before its top ten is."""
    expected: Rows = []
    for chart, all_weeks in changes.groupby("chart"):
        last = None
        for week, rows in all_weeks.groupby("chart_date"):
            top, songs = set(rows[rows["position"] <= 10]["song_id"]), set(rows["song_id"])
            here = (entries["chart"] == chart) & (entries["chart_date"] == week)
            counts = rows["movement"].value_counts()
            expected.append(
                {
                    "chart": chart,
                    "chart_date": week,
                    "number_one_song_id": rows[rows["position"] == 1]["song_id"].iloc[0],
                    "entry_count": int(here.sum()),
                    **{f"{m}_count": counts.get(m, 0) for m in ("new", "re_entry", "up", "down")},
                    "left_count": len(last[1] - songs) if last else None,
                    "top_10_jaccard": len(top & last[0]) / len(top | last[0]) if last else None,
                }
            )
            last = (top, songs)

    assert_same(pd.DataFrame(expected), made["week_stats"], ["chart", "chart_date"])


def test_faults_of_weeks(made: Mapping[str, Rows]) -> None:
    """Each fault that was put in is counted in its week, and no other week has any."""
    columns = (
        "missing_week_count",
        "delivery_count",
        "tied_position_count",
        "empty_position_count",
        "doubled_song_count",
    )
    whole = dict(zip(columns, (0, 1, 0, 0, 0), strict=True))

    faulty = {
        (row["chart"], row["chart_date"]): {c: row[c] for c in columns if row[c] != whole[c]}
        for row in made["week_stats"]
        if row["chart_size"] is not None
    }

    week = [date(2023, 1, 7) + timedelta(weeks=number) for number in range(10)]
    assert {
        ("b", week[5]): {"missing_week_count": 2},
        ("b", week[6]): {"delivery_count": 2, "tied_position_count": 1, "empty_position_count": 1},
        ("b", week[7]): {"tied_position_count": 1, "doubled_song_count": 1},
    } == {key: faults for key, faults in faulty.items() if faults}


def test_charts_known_in_part_have_no_empty_places(made: Mapping[str, Rows]) -> None:
    """Nobody knows which places the missing songs have."""
    assert {None} == {r["empty_position_count"] for r in made["week_stats"] if r["chart"] == "c"}


def test_week_counts(made: Mapping[str, Rows], entries: pd.DataFrame) -> None:
    """Entries by genre, performer and country; charts of one country are counted together."""
    best = entries.groupby(["country", "chart", "chart_date", "song_id"], as_index=False).agg(
        position=("position", "min")
    )
    genres = {"song 01": "rock", "song 02": "rock", "song 03": "pop"}
    names = {
        "genre": best["song_id"].map(genres).fillna("unknown"),
        "performer": "by " + best["song_id"].str[-1],
        "country": best["country"],
    }
    kinds = [best.assign(kind=kind, name=name) for kind, name in names.items()]
    key = ["country", "chart_date", "kind", "name"]
    expected = (
        pd.concat(kinds)
        .groupby(key, as_index=False)
        .agg(
            entry_count=("song_id", "size"),
            song_count=("song_id", "nunique"),
            best_position=("position", "min"),
        )
    )

    assert_same(expected, made["week_counts"], key)
