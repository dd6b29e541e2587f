"""Runs that are killed after each of their commits: nothing is lost, and nothing doubled."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.second_week.commands import start
from tests.second_week.lakes import User
from tests.second_week.web_shop import RULES, SHORT_VISITS, visit, visits

_SECONDS = 600
"""Only a run that hangs takes so long, on a busy machine too."""
_MOST_KILLS = 20
"""More commits than any run of these makes."""


def commits(home: Path) -> int:
    """How many commits the tables of a lake have."""
    logs = [names for folder, _, names in os.walk(home / "lake") if folder.endswith("_delta_log")]
    return sum(name.endswith(".json") for names in logs for name in names)


def run_and_kill(user: User, after: int = 1) -> bool:
    """Begin a run and kill it, with its JVM, as soon as it has made some commits.

    Returns whether it was killed: it may have ended well before.
    """
    before = commits(user.home)
    said = user.checkout / "said"
    run = start(user.home, user.checkout, said, "run", "web_shop")
    until = time.monotonic() + _SECONDS
    while commits(user.home) < before + after:
        if run.poll() is not None:
            assert 0 == run.returncode, said.read_text()
            return False
        assert time.monotonic() < until, "the run takes too long"
        time.sleep(0.005)
    os.killpg(run.pid, signal.SIGKILL)
    return -signal.SIGKILL == run.wait()


def tables(user: User) -> dict[str, list[Any]]:
    """The rows of all tables that are made from bronze, and what they reject."""
    rows = {name: user.rows(name) for name in ("visits", "daily_visits")}
    return {**rows, "quarantine": user.quarantine()}


def kill_at_each_commit(user: User) -> int:
    """Run to the end, killed after every commit on the way; returns how often."""
    user.stop()
    for kills in range(_MOST_KILLS):
        # A rerun writes the quarantine again before its table: every third one may do both.
        if not run_and_kill(user, after=2 if kills % 3 == 2 else 1):
            return kills
    raise AssertionError(f"after {_MOST_KILLS} runs there was still something to commit")


@pytest.mark.soak
def test_a_corrected_file_survives_kills(user: User, new_user: Callable[[], User]) -> None:
    """Rows changed, gone, new, rejected and let in: as if undisturbed, and then nothing is to do.

    6bb41d0: no run had anything to do, and the tables kept the rows of the first file.
    """
    corrected = visits(visit(1), visit(2, seconds=50), visit(4), visit(5), visit(6, seconds=-6))
    user.land("1.csv", visits(visit(1), visit(2), visit(3), visit(5, seconds=-5)))
    user.run()
    user.land("1.csv", corrected)
    kills = kill_at_each_commit(user)
    undisturbed = new_user()
    undisturbed.land("1.csv", corrected)
    undisturbed.run()

    assert tables(undisturbed) == tables(user)
    assert kills > 2
    assert [] == user.run().done


@pytest.mark.soak
def test_a_changed_declaration_survives_kills(user: User, new_user: Callable[[], User]) -> None:
    """A column and a rule more, in silver and gold: as if they had always been declared.

    6bb41d0: the first run failed with "The flow now declares other columns or rules".
    """
    content = visits(visit(1), visit(2, "/films?genre=drama"), visit(3, seconds=90))

    def declare(one: User) -> None:
        one.edit("flow.py", RULES, RULES + SHORT_VISITS.format(most=60))
        one.edit("flow.py", "COMMENT 'UTC'\n", "COMMENT 'UTC',\n        query STRING\n")
        query = 'F.substring_index("page", "?", -1).alias("query"),\n'
        one.edit("silver.py", '        "_source",', f'        {query}        "_source",')
        more = "mean_duration_s DOUBLE NOT NULL"
        one.edit("flow.py", more, f"{more},\n        longest_s INT")
        mean = 'F.avg("duration_s").alias("mean_duration_s")'
        one.edit("gold.py", mean, f'{mean}, F.max("duration_s").alias("longest_s")')

    user.land("1.csv", content)
    user.run()
    declare(user)
    kills = kill_at_each_commit(user)
    undisturbed = new_user()
    declare(undisturbed)
    undisturbed.land("1.csv", content)
    undisturbed.run()

    assert tables(undisturbed) == tables(user)
    assert [(1,), (2,)] == user.rows("visits", "visit_id")
    assert kills > 2
    assert [] == user.run().done
