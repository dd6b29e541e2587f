"""Which songs are where in a chart, week by week: they come, climb, fall, and come again."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

FIRST_WEEK = date(2023, 1, 7)
WEEKS = 30
_OLDEST_WEEKS = 40
"""The chart does not begin empty: songs of so many weeks before are in it."""


@dataclass(frozen=True)
class Market:
    """What listeners of one country would play, a number for each week and song."""

    appeal: NDArray[np.float64]

    def seen_by(self, random: np.random.Generator, noise: float) -> "Market":
        """The same market as one provider's users see it."""
        week_count, song_count = self.appeal.shape
        liking = random.normal(0, noise, song_count)
        mood = random.normal(0, noise / 8, (week_count, song_count))
        return Market(self.appeal + liking + mood)

    def ranking(self, week: int, places: int) -> NDArray[np.intp]:
        """The songs in a week's chart, the first first."""
        return np.argsort(-self.appeal[week], kind="stable")[:places]


def simulate_market(popularity: NDArray[np.float64], random: np.random.Generator) -> Market:
    """A market of songs that come out in some week, rise for a week or two, and fade.

    Each has luck that stays for some weeks, and a few are found again long after.
    """
    count = len(popularity)
    released = random.integers(-_OLDEST_WEEKS, WEEKS, count)
    fading = random.uniform(0.02, 0.16, count)
    rising = random.uniform(0.3, 2.0, count)
    age = np.arange(WEEKS)[:, None] - released[None, :]
    life = -1.5 * np.exp(-np.maximum(age, 0) / rising) - fading * np.maximum(age, 0)
    appeal = random.normal(0, 0.8, count) + popularity / 30 + life
    appeal = appeal + _luck(random, count) + _revivals(random, count)
    return Market(np.where(age < 0, -np.inf, appeal))


def week_date(week: int) -> date:
    """The Saturday that a week's chart is named after."""
    return FIRST_WEEK + timedelta(weeks=week)


def _luck(random: np.random.Generator, count: int) -> NDArray[np.float64]:
    """What moves a song up or down for some weeks."""
    luck = np.zeros((WEEKS, count))
    for week in range(1, WEEKS):
        luck[week] = 0.8 * luck[week - 1] + random.normal(0, 0.12, count)
    return luck


def _revivals(random: np.random.Generator, count: int) -> NDArray[np.float64]:
    """One song of twelve is heard in a film or a dance, and loved for three weeks."""
    begins = random.integers(4, WEEKS, count)
    since = np.arange(WEEKS)[:, None] - begins[None, :]
    is_revived = (random.random(count) < 1 / 12) & (since >= 0) & (since < 3)  # noqa: PLR2004
    return np.where(is_revived, 1.5, 0.0)
