"""Files that come late, come again under their name, grow, or go."""

from tests.second_week.lakes import Ran, User
from tests.second_week.web_shop import HEADER, ONLY_SILVER, visit, visits

DAY = "2026-01-30"


def test_files_with_old_times_are_taken_in(user: User) -> None:
    """What `cp -p` or `rsync -a` brings is older than what was read, and new all the same.

    6bb41d0: a file of 30 days before was never read, with exit code 0.
    """
    user.land("today.csv", visits(visit(1)))
    user.run(*ONLY_SILVER)
    user.land("month.csv", visits(visit(2)), days_old=30)
    first = user.run(*ONLY_SILVER)
    user.land("days.csv", visits(visit(3)), days_old=6)
    second = user.run(*ONLY_SILVER)

    assert (0, 0) == (first.code, second.code), first.said + second.said
    assert [(1,), (2,), (3,)] == user.rows("visits", "visit_id")
    assert [] == user.run(*ONLY_SILVER).done


def test_since_makes_the_same_rows_again(user: User) -> None:
    """`--since` leaves a receipt and the same tables, and the next run has nothing to do.

    6bb41d0: the same, for rows whose keys and files are still what they were.
    """
    user.land("1.csv", visits(visit(1), visit(2, seconds=-1)))
    user.run(*ONLY_SILVER)
    user.land("2.csv", visits(visit(1, "/later"), visit(3)))
    user.run()
    before = user.rows("visits"), user.quarantine(), user.rows("daily_visits")

    ran = user.run("--since", "2020-01-01")

    assert 0 == ran.code, ran.said
    assert 4 == ran.receipt("visits")["rows_read"]
    assert 1 == ran.receipt("visits")["rows_quarantined"]
    assert before == (user.rows("visits"), user.quarantine(), user.rows("daily_visits"))
    assert [] == user.run().done


def test_a_corrected_file_takes_the_place_of_what_it_was(user: User) -> None:
    """Rows changed, gone, new and as before: silver, quarantine and gold have the new state.

    The later file's row had hidden that of the first: taken out, the first counts again.

    6bb41d0: nothing was to do, and all tables kept the old rows.
    """
    user.land("1.csv", visits(visit(1), visit(2, seconds=20), visit(3), visit(5, seconds=-1)))
    user.land("2.csv", visits(visit(7), visit(8)))
    user.run(*ONLY_SILVER)
    user.land("3.csv", visits(visit(7, "/later"), visit(9)))
    user.run()
    before = user.rows("visits", "visit_id, page, duration_s")
    user.land("1.csv", visits(visit(1), visit(2, seconds=40), visit(4), visit(6, seconds=-1)))
    user.land("3.csv", visits(visit(9)))
    ran = user.run()

    assert [(1, 10), (2, 20), (3, 10), (7, 10), (8, 10), (9, 10)] == [
        (number, seconds) for number, _, seconds in before
    ]
    assert (7, "/later", 10) in before
    assert 0 == ran.code, ran.said
    assert [
        (1, "/", 10),
        (2, "/", 40),
        (4, "/", 10),
        (7, "/", 10),
        (8, "/", 10),
        (9, "/", 10),
    ] == user.rows("visits", "visit_id, page, duration_s")
    assert {"6": ["duration_not_negative"]} == user.rejected()
    assert [(DAY, "/", 6, 15.0)] == user.rows("daily_visits")
    assert [] == user.run().done


def test_a_file_that_goes_leaves_its_rows(user: User) -> None:
    """Bronze keeps what it took in; a file touched without a change changes no row either.

    6bb41d0: the same.
    """
    path = user.land("1.csv", visits(visit(1)), days_old=3)
    user.land("2.csv", visits(visit(2)))
    user.run()
    path.touch()
    touched = user.run()
    path.unlink()
    gone = user.run()

    assert (0, 0) == (touched.code, gone.code), touched.said + gone.said
    assert [(1,), (2,)] == user.rows("visits", "visit_id")
    assert [] == gone.done


def test_a_file_read_half_way_is_read_whole_when_it_is(user: User) -> None:
    """A writer was half way: what came then, and only that, is in the tables in the end.

    6bb41d0: nothing was to do; the rest never came in, and the half line stayed in quarantine.
    """
    whole = visits(visit(1), visit(2), visit(3))
    user.land("1.csv", visits(visit(1), "2,/,1"))
    half: Ran = user.run(*ONLY_SILVER)
    half_rows = user.rows("visits", "visit_id"), len(user.quarantine())
    user.land("1.csv", whole)
    ran = user.run(*ONLY_SILVER)
    rows = user.rows("visits", "visit_id"), len(user.quarantine())
    user.land("1.csv", whole.rstrip("\n"))
    no_end = user.run(*ONLY_SILVER)

    assert (0, 0, 0) == (half.code, ran.code, no_end.code), half.said + ran.said + no_end.said
    assert ([(1,)], 1) == half_rows
    assert ([(1,), (2,), (3,)], 0) == rows
    assert [(1,), (2,), (3,)] == user.rows("visits", "visit_id")


def test_a_refused_file_leaves_the_others_alone_and_can_be_mended(user: User) -> None:
    """The error names the file and its columns; gone, mended or back, the run goes on.

    6bb41d0: the mended file was never read and the worse one not refused, with exit code 0 each
    time: a file that was planned once was not new again.
    """
    bad = "id,address,seconds,at\n1,/,10,2026-01-30 09:15:00\n"
    user.land("good.csv", visits(visit(2)))
    path = user.land("bad.csv", bad)
    refused = user.run(*ONLY_SILVER)
    path.unlink()
    taken_away = user.run(*ONLY_SILVER)
    user.land("bad.csv", visits(visit(1)))
    mended = user.run(*ONLY_SILVER)
    user.land("bad.csv", bad)
    worse = user.run(*ONLY_SILVER)
    kept = user.rows("visits", "visit_id")
    user.land("bad.csv", visits(visit(1, "/mended")))
    last = user.run(*ONLY_SILVER)

    assert 0 != refused.code
    assert "bad.csv" in refused.err
    assert "page" in refused.err
    assert "good.csv" not in refused.err
    assert [0, 0, 1, 0] == [min(ran.code, 1) for ran in (taken_away, mended, worse, last)], (
        taken_away.said + mended.said + worse.said + last.said
    )
    assert "bad.csv" in worse.err
    assert [(1,), (2,)] == kept
    assert [(1, "/mended"), (2, "/")] == user.rows("visits", "visit_id, page")


def test_an_empty_delivery_says_so(user: User) -> None:
    """A file of blank lines is refused in words; one of a header alone has no rows.

    6bb41d0: the blank lines were "reduce() of empty iterable with no initial value".
    """
    user.land("header.csv", HEADER)
    user.land("1.csv", visits(visit(1)))
    header = user.run(*ONLY_SILVER)
    user.land("blank.csv", "\n\n   \n")
    blank = user.run(*ONLY_SILVER)

    assert 0 == header.code, header.said
    assert [(1,)] == user.rows("visits", "visit_id")
    assert 0 != blank.code
    assert "blank.csv" in blank.err
    assert "reduce()" not in blank.err
