"""Whatever happened on the way: the tables are those of one run on what there is in the end."""

import os
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.second_week.lakes import User
from tests.second_week.test_kills import run_and_kill, tables
from tests.second_week.web_shop import HEADER, RULES, SHORT_VISITS

_EXAMPLES = int(os.environ.get("MEDLEY_RANDOM_EXAMPLES") or 2)
_KEY = '    key=["visit_id"],\n'
_PAGE = 'F.substring_index("page", "?", 1).alias("page"),'
_PAGES = (_PAGE, 'F.lower("page").alias("page"),', 'F.upper("page").alias("page"),')
_LIMITS = (20, 40, 1000)

_FIRST = {1: ("/a", 10), 2: ("/B?c=D", 30), 3: ("no path", 50), 4: ("/a", -5)}
"""The first delivery; so that even the simplest history, hypothesis's first, corrects it."""

_rows = st.dictionaries(
    st.integers(1, 6),
    st.tuples(st.sampled_from(["/a", "/B?c=D", "no path"]), st.integers(-5, 60)),
    min_size=1,
)


@dataclass(frozen=True)
class Deliver:
    """A file comes, for the first time or corrected: its visits by their number."""

    file: int
    rows: dict[int, tuple[str, int]]

    def do(self, user: User) -> None:
        """Write it. The visits of a later file are later ones, whenever it comes."""
        lines = (
            f"{number},{page},{seconds},2026-01-3{self.file} 12:00:00\n"
            for number, (page, seconds) in self.rows.items()
        )
        user.land(f"{self.file}.csv", HEADER + "".join(lines))


@dataclass(frozen=True)
class Declare:
    """The rule has another limit."""

    limit: int

    def do(self, user: User) -> None:
        """Edit the flow."""
        edit_to(user, "flow.py", [SHORT_VISITS.format(most=most) for most in _LIMITS], self.limit)


@dataclass(frozen=True)
class Program:
    """The silver function makes other pages."""

    page: int

    def do(self, user: User) -> None:
        """Edit the function."""
        edit_to(user, "silver.py", _PAGES, self.page)


@dataclass(frozen=True)
class Run:
    """A run, to its end or killed after some commits."""

    options: tuple[str, ...] = ()
    kill_after: int = 0

    def do(self, user: User) -> None:
        """Run."""
        if self.kill_after:
            user.stop()
            run_and_kill(user, self.kill_after)
        else:
            ran = user.run(*self.options)
            assert 0 == ran.code, ran.said


Step = Deliver | Declare | Program | Run


def edit_to(user: User, module: str, variants: tuple[str, ...] | list[str], place: int) -> None:
    """Put a variant in the place of the one that is there."""
    (there,) = [one for one in variants if one in (user.code / module).read_text()]
    user.edit(module, there, variants[place])


_changes = st.one_of(
    st.builds(Deliver, st.integers(0, 1), _rows),
    st.builds(Declare, st.integers(0, 2)),
    st.builds(Program, st.integers(0, 2)),
)
_runs = st.one_of(
    st.builds(Run, kill_after=st.integers(1, 4)),
    st.just(Run()),
    st.just(Run(("--full-refresh",))),
)
_days = st.tuples(st.lists(_changes, min_size=2, max_size=4), _runs)


@pytest.mark.soak
@settings(
    max_examples=_EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(days=st.lists(_days, min_size=3, max_size=3))
def test_the_tables_are_those_of_one_clean_run(
    new_user: Callable[[], User],
    days: list[tuple[list[Step], Run]],
) -> None:
    """Deliveries, corrections, edits, kills and refreshes leave no trace but the last state.

    6bb41d0: a corrected file, an edited rule or an edited function was enough to differ.
    """
    user = new_user()
    user.edit("flow.py", RULES, RULES + SHORT_VISITS.format(most=_LIMITS[2]))
    user.edit("flow.py", _KEY, f'{_KEY}    latest_by="visited_at",\n')
    Deliver(0, _FIRST).do(user)
    Run().do(user)
    for changes, run in days:
        for step in (*changes, run):
            step.do(user)
    Run().do(user)
    clean = new_user()
    for module in ("flow.py", "silver.py"):
        clean.write(module, (user.code / module).read_text())
    for file in user.landing().iterdir():
        clean.land(file.name, file.read_bytes())
    Run().do(clean)

    assert tables(clean) == tables(user)
    assert [] == user.run().done
