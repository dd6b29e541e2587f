"""What spreadsheets make of a file when they save it again."""

import pytest

from tests.second_week.lakes import User
from tests.second_week.web_shop import AT, HEADER, ONLY_SILVER, visit, visits

NAMES = ("id", "page", "seconds", "at")
THREE = (visit(1, "/a"), visit(2, "/b"), visit(3, "/c"))
ROWS = [(1, "/a", 10), (2, "/b", 10), (3, "/c", 10)]


def rows(user: User) -> list[tuple[object, ...]]:
    """What the table has of the three visits."""
    return user.rows("visits", "visit_id, page, duration_s")


def test_a_byte_order_mark_quotes_and_empty_rows_are_read_over(user: User) -> None:
    """BOM and CRLF, all fields in quotes, rows of commas at the end: the rows are the same.

    6bb41d0: the same, with the empty rows quarantined.
    """
    quoted = "".join(
        f'"{line}"\n'.replace(",", '","') for line in (HEADER.strip(), THREE[1].strip())
    )
    user.land("bom.csv", "\ufeff" + visits(THREE[0]).replace("\n", "\r\n"))
    user.land("quoted.csv", quoted)
    user.land("empty_rows.csv", visits(THREE[2], ",,,\n", ",,,\n", ",,,\n"))
    ran = user.run(*ONLY_SILVER)

    assert 0 == ran.code, ran.said
    assert ROWS == rows(user)
    assert all("visit_id_missing" in reasons for reasons, _ in user.quarantine())


def test_empty_names_at_the_end_of_the_header_are_no_columns(user: User) -> None:
    """Two columns that were deleted in the spreadsheet leave their commas; nothing is rescued.

    6bb41d0: "DUPLICATED_MAP_KEY", as both names are empty.
    """
    user.land("1.csv", f"{HEADER.strip()},,\n" + "".join(f"{line.strip()},,\n" for line in THREE))
    ran = user.run(*ONLY_SILVER)

    assert 0 == ran.code, ran.said
    assert ROWS == rows(user)
    assert [(0,)] == user.sql("SELECT count(_rescued) AS n FROM web_shop.raw_visits")


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (visits(*THREE).replace(",", ";").encode(), NAMES),
        (visits(*THREE).replace(",", "\t").encode("utf-16"), ()),
        (b"sep=;\n" + visits(*THREE).replace(",", ";").encode(), ()),
    ],
    ids=["semicolons", "utf-16", "sep"],
)
def test_other_separators_and_encodings_are_refused(
    user: User, content: bytes, named: tuple[str, ...]
) -> None:
    """The message names the file and what it lacks, in letters that can be read.

    6bb41d0: the same for semicolons and `sep=;`; with UTF-16 the message was full of NULs.
    """
    user.land("saved.csv", content)
    ran = user.run("--only", "raw_visits")

    assert 0 != ran.code
    assert "saved.csv" in ran.err
    assert [] == [name for name in named if name not in ran.err]
    assert ran.err.replace("\n", "").isprintable()
    assert "\ufffd" not in ran.err


def test_another_spelling_of_a_column_is_not_lost(user: User) -> None:
    """A header in capitals is taken, or refused with both spellings.

    6bb41d0: refused so.
    """
    user.land("1.csv", visits(*THREE).replace("id,page", "id,PAGE"))
    ran = user.run(*ONLY_SILVER)

    if ran.code == 0:
        assert ROWS == rows(user)
    else:
        assert [] == [word for word in ("1.csv", "page", "PAGE") if word not in ran.err]


def test_a_doubled_column_does_not_take_the_place_of_the_first(user: User) -> None:
    """A second column `page` full of "x": the file is refused, or the first one counts.

    6bb41d0: every page became "/x", with exit code 0.
    """
    doubled = "".join(f"{line.strip()},/x\n" for line in THREE)
    user.land("1.csv", f"{HEADER.strip()},page\n{doubled}")
    ran = user.run(*ONLY_SILVER)

    if ran.code == 0:
        assert ROWS == rows(user)
    else:
        assert "1.csv" in ran.err
        assert "page" in ran.err


def test_undoubled_quotes_are_kept_exact_or_set_aside_whole(user: User) -> None:
    """A name in quotes with its own quotes not doubled is never stored with the outer ones on.

    6bb41d0: `"/say "hi" there"` was stored as a page, quotes and all.
    """
    user.edit(
        "flow.py", '        Rule("page_is_a_path", "page LIKE \'/%\'", on_fail="quarantine"),\n', ""
    )
    broken = {
        2: ('"/say "hi" there"', '/say "hi" there'),
        3: ('"/a "b, c" d"', '/a "b, c" d'),
        4: ('"/"all""', '/"all"'),
    }
    user.land(
        "1.csv",
        visits(
            visit(1, '"/doubled ""quotes"", fine"'),
            *(visit(number, page) for number, (page, _) in broken.items()),
            visit(5, '/raw "quotes"'),
            visit(6),
        ),
    )
    ran = user.run(*ONLY_SILVER)
    kept = dict(user.rows("visits", "visit_id, page"))
    set_aside = [
        raw["_malformed"] for reasons, raw in user.quarantine() if "malformed_line" in reasons
    ]

    assert 0 == ran.code, ran.said
    assert '/doubled "quotes", fine' == kept[1]
    assert '/raw "quotes"' == kept[5]
    assert "/" == kept[6]
    for number, (page, right) in broken.items():
        line = f"{number},{page},10,{AT}"
        assert (line in set_aside) != (number in kept), (
            f"line {number} is in neither place, or both"
        )
        assert kept.get(number, right) == right
    assert 3 + len([number for number in broken if number in kept]) == len(kept)
