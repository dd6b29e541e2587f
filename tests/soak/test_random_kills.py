"""Runs that are killed at random moments, often enough to meet the rare ones.

SOAK_KILLS kills (50), as SOAK_SEED (1) draws them.
"""

import os
import random
import time
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from tests.conftest import Toy
from tests.embedded.alike import assert_alike, two_bakeries
from tests.embedded.runs import run_and_kill, start

pytestmark = pytest.mark.soak

KILLS = int(os.environ.get("SOAK_KILLS", "50"))
SEED = int(os.environ.get("SOAK_SEED", "1"))
_KILLS_OF_A_DELIVERY = 5
_ROWS_OF_A_DELIVERY = 1_000
_BREADS = 50
_DAYS = 28
_EARLIEST = 0.2
"""Before this part of a run's time Spark is starting, and nothing is at stake."""


@pytest.fixture
def twins(spark: SparkSession, tmp_path: Path, toy_pipelines: None) -> tuple[Toy, Toy]:  # noqa: ARG001
    """Two bakeries: one to kill, one to leave in peace."""
    return two_bakeries(spark, tmp_path)


def test_however_often_a_run_is_killed_all_tables_are_as_if_undisturbed(
    twins: tuple[Toy, Toy], capsys: pytest.CaptureFixture[str]
) -> None:
    """A delivery, five kills, then a run to its end: after each delivery all tables are alike."""
    killed, undisturbed = twins
    begun = time.monotonic()
    draw = random.Random(SEED)  # noqa: S311  moments, not secrets
    _deliver(twins, draw)
    seconds = _seconds_of_a_run(killed.settings.home)
    undisturbed.run()

    deliveries, kills = 1, 0
    while kills < KILLS:
        _deliver(twins, draw)
        deliveries += 1
        for _ in range(min(_KILLS_OF_A_DELIVERY, KILLS - kills)):
            kills += _kill_at_random(killed.settings.home, seconds, draw)
        for toy in twins:
            toy.run()
        assert_alike(killed, undisturbed)

    with capsys.disabled():
        print(  # noqa: T201  the figures that docs/ keeps
            f"\n{kills} kills, {deliveries} deliveries: all tables as if undisturbed, "
            f"{killed.table('raw_sales').count():,} raw rows and {killed.table('sales').count():,} "
            f"in silver, in {time.monotonic() - begun:,.0f} s (seed {SEED})"
        )


def _deliver(twins: tuple[Toy, Toy], draw: random.Random) -> None:
    """Land the same file on both sides: new sales, changed ones, and some that are wrong."""
    keys = [(day, bread) for day in range(1, _DAYS + 1) for bread in range(_BREADS)]
    lines = [
        f"2026-01-{day:02},bread {bread},{draw.choice(['x', -1, *range(18)])}\n"
        for day, bread in draw.sample(keys, _ROWS_OF_A_DELIVERY)
    ]
    file = f"{draw.getrandbits(64)}.csv"
    for toy in twins:
        toy.land("sales", file, "day,bread,sold\n" + "".join(lines))


def _seconds_of_a_run(home: Path) -> float:
    begun = time.monotonic()
    assert 0 == start("bakery", home).wait()
    return time.monotonic() - begun


def _kill_at_random(home: Path, seconds: float, draw: random.Random) -> bool:
    moment = time.monotonic() + draw.uniform(_EARLIEST, 1) * seconds
    return run_and_kill("bakery", home, lambda: time.monotonic() > moment)
