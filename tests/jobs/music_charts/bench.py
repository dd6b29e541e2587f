"""The music charts, with their packaged weeks and with many more."""

from pathlib import Path

from tests.bench.measure import Figures, medley_at, summary
from tests.jobs.music_charts.bench_new_weeks import PLACES, write_weeks

WEEKS = 300


def measure(folder: Path, runs: int) -> dict[str, Figures]:
    """Measure runs from nothing, with nothing new, and with weeks in files DATE.csv."""
    first, idle, weeks = [], [], []
    for number in range(runs):
        home = folder / f"home-{number}"
        medley = medley_at(home)
        first.append(medley("run", "music_charts"))
        idle.append(medley("run", "music_charts"))
        write_weeks(home / "landing" / "music_charts" / "weekly_csv", WEEKS)
        weeks.append(medley("run", "music_charts", "--until", "gold"))
    return {
        "run_from_nothing": summary(first),
        "run_with_nothing_new": summary(idle),
        "run_with_300_new_weeks_to_gold": summary(weeks, rows=WEEKS * PLACES),
    }
