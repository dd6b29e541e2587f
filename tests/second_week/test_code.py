"""Code that changes between two runs: what it makes is made again, and nothing else."""

import pytest

from tests.second_week.lakes import Ran, User
from tests.second_week.web_shop import (
    PAGES,
    VISITS_OF_PAGES,
    VISITS_OF_PAGES_CODE,
    visit,
    visits,
)

PATH = 'F.substring_index("page", "?", 1).alias("page"),'
HELPER = "from jobs.lakehouse.raw_fields import iso_instant, whole_number\n"


def tables(ran: Ran) -> set[str]:
    """The tables that a run wrote."""
    return {table for table, _ in ran.done}


@pytest.fixture
def shop(user: User) -> User:
    """A shop with a helper module, and two gold tables in one module."""
    user.write("pages.py", PAGES)
    user.edit("silver.py", PATH, 'path_of("page").alias("page"),')
    user.edit("silver.py", HELPER, f"{HELPER}from jobs.web_shop.pages import path_of\n")
    user.write("flow.py", (user.code / "flow.py").read_text() + VISITS_OF_PAGES)
    user.write("gold.py", (user.code / "gold.py").read_text() + VISITS_OF_PAGES_CODE)
    user.land("1.csv", visits(visit(1, "/Films?genre=1"), visit(2, "/films")))
    ran = user.run()
    assert 0 == ran.code, ran.said
    return user


def test_an_edited_silver_function_makes_old_rows_again(shop: User) -> None:
    """No word of `--full-refresh` is needed, and readers follow.

    6bb41d0: nothing was to do; old rows kept the old values, new ones had the new.
    """
    shop.edit(
        "silver.py", 'path_of("page").alias("page"),', 'F.lower(path_of("page")).alias("page"),'
    )
    edited = shop.run()

    assert 0 == edited.code, edited.said
    assert [(1, "/films"), (2, "/films")] == shop.rows("visits", "visit_id, page")
    assert [("/films", 2)] == shop.rows("page_visits")
    assert {"visits", "daily_visits", "page_visits"} == tables(edited)
    assert [] == shop.run().done


def test_comments_and_docstrings_make_nothing_again(shop: User) -> None:
    """What does not change what is made is nothing to do.

    6bb41d0: a comment in gold.py made all gold tables of the module again.
    """
    shop.edit(
        "silver.py", '"""Type the visits', '# Types come first.\n    """Make types of the visits'
    )
    shop.edit("gold.py", '"""Count the visits to each page."""', '"""Count."""  # each page')
    shop.edit("pages.py", '"""What a page', '"""All that a page')

    ran = shop.run()

    assert 0 == ran.code, ran.said
    assert set() == tables(ran)


def test_an_edited_helper_makes_what_calls_it_again(shop: User) -> None:
    """The function is in a module of its own, which silver.py imports.

    6bb41d0: silver stayed as it was; all gold tables were made again, which do not call it.
    """
    shop.edit(
        "pages.py", 'F.substring_index(page, "?", 1)', 'F.lower(F.substring_index(page, "?", 1))'
    )
    ran = shop.run()

    assert 0 == ran.code, ran.said
    assert "visits" in tables(ran)
    assert [(1, "/films"), (2, "/films")] == shop.rows("visits", "visit_id, page")
    assert [("/films", 2)] == shop.rows("page_visits")


def test_an_edit_in_one_function_leaves_its_neighbours(shop: User) -> None:
    """Both functions are in gold.py; one table is made again.

    6bb41d0: both tables were made again.
    """
    shop.edit(
        "gold.py",
        'return visits.groupBy("page").agg(',
        'return visits.where("visit_id > 1").groupBy("page").agg(',
    )

    ran = shop.run()

    assert 0 == ran.code, ran.said
    assert {"page_visits"} == tables(ran)
    assert [("/films", 1)] == shop.rows("page_visits")
