"""A disk that takes no more in the middle of a write."""

import random

import pytest

from tests.conftest import Toy
from tests.embedded.runs import start

ROWS = 60_000
LARGEST_FILE_BYTES = 2 * 2**20
"""More than the libraries that Spark unpacks, less than a file of all rows."""


def test_a_write_that_finds_no_room_is_made_good_by_the_next_run(
    bakery: Toy, capfd: pytest.CaptureFixture[str]
) -> None:
    """The run ends with a sentence that names the step, and nothing of its rows is kept twice."""
    names = random.Random(7)  # noqa: S311  names that do not compress, not secrets
    lines = [f"2026-01-01,{names.randbytes(32).hex()},1\n" for _ in range(ROWS)]
    bakery.land("sales", "1.csv", "day,bread,sold\n" + "".join(lines))

    run = start("bakery", bakery.settings.home, LARGEST_FILE_BYTES)

    assert 1 == run.wait()
    said = capfd.readouterr().err
    assert "'bakery.raw_sales' failed" in said
    assert "File too large" in said
    assert "Traceback" not in said

    bakery.run("raw_sales", "sales")

    assert ROWS == bakery.table("raw_sales").count() == bakery.table("sales").count()
