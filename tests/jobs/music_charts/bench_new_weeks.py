"""Weeks of a chart in the public Billboard format, one file each, of songs that come and go."""

import csv
import random
from datetime import date, timedelta
from pathlib import Path

HEADER = (
    *("chart_week", "current_week", "title", "performer"),
    *("last_week", "peak_pos", "wks_on_chart"),
)
FIRST_WEEK = date(2001, 1, 6)
PLACES = 100


def write_weeks(folder: Path, count: int) -> None:
    """Put a file DATE.csv for each week into the folder, which need not be there."""
    # Repeatable data, nothing secret.
    draw = random.Random(1)  # noqa: S311
    folder.mkdir(parents=True, exist_ok=True)
    appeal = {song: draw.gauss(0, 1) for song in range(PLACES)}
    past: dict[int, list[int]] = {}
    for number in range(count):
        newest = PLACES + 8 * number
        appeal = {song: value - draw.random() / 4 for song, value in appeal.items()}
        appeal |= {song: draw.gauss(0, 1.5) for song in range(newest, newest + 8)}
        chart = sorted(appeal, key=appeal.__getitem__, reverse=True)[:PLACES]
        week = FIRST_WEEK + timedelta(weeks=number)
        with (folder / f"{week}.csv").open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(HEADER)
            for place, song in enumerate(chart, start=1):
                weeks = past.setdefault(song, [])
                last = weeks[-1] if weeks else "NA"
                weeks.append(place)
                title, performer = f'Song "{song}", for you', f"Singer {song % 300}"
                lines.writerow([week, place, title, performer, last, min(weeks), len(weeks)])
