"""Code that changes between two runs: what it makes is made again, and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.second_week.lakes import Ran, User
from tests.second_week.web_shop import (
    PAGES,
    VISITS_OF_PAGES,
    VISITS_OF_PAGES_CODE,
    visit,
    visits,
)

PAGE = 'F.substring_index("page", "?", 1).alias("page"),'
READERS = "from jobs.lakehouse.raw_fields import iso_instant, whole_number\n"


@dataclass(frozen=True)
class Edit:
    """An edit of a module and the run after it."""

    ran: Ran
    visits: list[tuple[Any, ...]]
    page_visits: list[tuple[Any, ...]]

    @property
    def made(self) -> set[str]:
        """The tables that the run wrote."""
        assert 0 == self.ran.code, self.ran.said
        return {table for table, _ in self.ran.done}


@pytest.fixture(scope="module")
def edits(new_user: Callable[[], User]) -> dict[str, Edit]:
    """Four edits one after the other, of a shop with a helper module and two gold tables."""
    user = new_user()
    user.write("pages.py", PAGES)
    user.edit("silver.py", PAGE, 'path_of("page").alias("page"),')
    user.edit("silver.py", READERS, f"{READERS}from jobs.web_shop.pages import path_of\n")
    user.write("flow.py", (user.code / "flow.py").read_text() + VISITS_OF_PAGES)
    user.write("gold.py", (user.code / "gold.py").read_text() + VISITS_OF_PAGES_CODE)
    user.land("1.csv", visits(visit(1, "/Films?genre=1"), visit(2, "/films")))

    def run() -> Edit:
        ran = user.run()
        return Edit(ran, user.rows("visits", "visit_id, page"), user.rows("page_visits"))

    told = {"none": run()}
    user.edit("silver.py", '"""Type the visits', '# Types come first.\n    """Make types of them')
    user.edit("gold.py", '"""Count the visits to each page."""', '"""Count."""  # each page')
    user.edit("pages.py", '"""What a page', '"""All that a page')
    told["comments"] = run()
    user.edit("gold.py", 'visits.groupBy("page")', 'visits.where("visit_id > 1").groupBy("page")')
    told["neighbour"] = run()
    cut = 'F.substring_index(page, "?", 1)'
    user.edit("pages.py", cut, f"F.lower({cut})")
    told["helper"] = run()
    user.edit("silver.py", 'path_of("page")', 'F.concat(path_of("page"), F.lit("/"))')
    told["function"] = run()
    told["nothing"] = run()
    return told


def test_comments_and_docstrings_make_nothing_again(edits: dict[str, Edit]) -> None:
    """What does not change what is made is nothing to do, in silver, gold and helper modules.

    6bb41d0: a comment in gold.py made all gold tables of the module again.
    """
    assert {"raw_visits", "visits", "daily_visits", "page_visits"} == edits["none"].made
    assert [("/Films", 1), ("/films", 1)] == edits["none"].page_visits
    assert set() == edits["comments"].made


def test_an_edit_in_one_function_leaves_its_neighbours(edits: dict[str, Edit]) -> None:
    """Both functions are in gold.py; one table is made again.

    6bb41d0: both tables were made again.
    """
    assert [("/films", 1)] == edits["neighbour"].page_visits
    assert {"page_visits"} == edits["neighbour"].made


def test_an_edited_helper_makes_what_calls_it_again(edits: dict[str, Edit]) -> None:
    """The function is in a module of its own, which silver.py imports.

    6bb41d0: silver stayed as it was; the gold tables were made again, which do not call it.
    """
    assert [(1, "/films"), (2, "/films")] == edits["helper"].visits
    assert "visits" in edits["helper"].made


def test_an_edited_silver_function_makes_old_rows_again(edits: dict[str, Edit]) -> None:
    """No word of `--full-refresh` is needed, readers follow, and then nothing is to do.

    6bb41d0: nothing was to do; old rows kept the old values, new ones would have the new.
    """
    assert [(1, "/films/"), (2, "/films/")] == edits["function"].visits
    assert [("/films/", 1)] == edits["function"].page_visits
    assert {"visits", "daily_visits", "page_visits"} == edits["function"].made
    assert set() == edits["nothing"].made
