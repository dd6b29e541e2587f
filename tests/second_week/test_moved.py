"""Lakes that move, or that lose a folder."""

import shutil
from pathlib import Path

from tests.second_week.lakes import User
from tests.second_week.web_shop import ONLY_SILVER, visit, visits


def test_a_lake_moves_to_another_folder(user: User, tmp_path: Path) -> None:
    """All of MEDLEY_HOME is copied and the old one removed: nothing is to do, new files come in.

    6bb41d0: the run failed, as its checkpoints named the old folder.
    """
    user.land("1.csv", visits(visit(1)))
    user.run()
    user.stop()
    shutil.copytree(user.home, tmp_path / "elsewhere")
    shutil.rmtree(user.home)
    user.home = tmp_path / "elsewhere"
    moved = user.run()
    user.land("2.csv", visits(visit(2)))
    ran = user.run()
    user.land("1.csv", visits(visit(1, "/corrected")))
    corrected = user.run()

    assert 0 == moved.code, moved.said
    assert [] == moved.done
    assert (0, 0) == (ran.code, corrected.code), ran.said + corrected.said
    assert [(1, "/corrected"), (2, "/")] == user.rows("visits", "visit_id, page")


def test_a_removed_silver_table_is_made_again(user: User) -> None:
    """Its folder was removed by hand: the next run makes it from bronze, with all rows.

    6bb41d0: made it anew and empty, with exit code 0.
    """
    user.land("1.csv", visits(visit(1)))
    user.run()
    user.land("2.csv", visits(visit(2)))
    user.run()
    user.stop()
    shutil.rmtree(user.home / "lake" / "silver")
    ran = user.run()

    assert 0 == ran.code, ran.said
    assert [(1,), (2,)] == user.rows("visits", "visit_id")
    assert [(2,)] == user.rows("daily_visits", "visit_count")


def test_a_removed_bronze_table_is_taken_in_again(user: User) -> None:
    """Its folder was removed by hand: the files that are there are read again.

    6bb41d0: only the new file was read, with exit code 0; bronze lacked the rows of the others.
    """
    user.land("1.csv", visits(visit(1), visit(2)))
    user.run()
    user.stop()
    shutil.rmtree(user.home / "lake" / "bronze")
    user.land("3.csv", visits(visit(3)))
    ran = user.run()
    again = user.run(*ONLY_SILVER)

    assert (0, 0) == (ran.code, again.code), ran.said + again.said
    assert [(1,), (2,), (3,)] == user.rows("raw_visits", "visit_id::INT")
    assert [(1,), (2,), (3,)] == user.rows("visits", "visit_id")
    assert [(3,)] == user.rows("daily_visits", "visit_count")
    assert [] == again.done
