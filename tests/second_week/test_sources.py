"""What a source can declare of its files: encodings, optional fields, local numbers, paths."""

import gzip

import pytest

from tests.second_week.lakes import User
from tests.second_week.web_shop import ONLY_SILVER, visit, visits

COLUMNS = '    columns=["id", "page", "seconds", "at"],\n'
ARTISTS = """
artist_files = Source(
    "web_shop.artists",
    doc="Artists.",
    format="json",
    columns=["artist_id", "name", "followers"],
)
raw_artists = Bronze("web_shop.raw_artists", doc="Artists as they came.", source=artist_files)
artists = Silver(
    "web_shop.artists",
    doc="One row per artist.",
    reads=[raw_artists],
    schema="artist_id STRING NOT NULL, name STRING NOT NULL, followers INT",
    key=["artist_id"],
)
"""
ARTISTS_CODE = '''"""Types the raw rows."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.lakehouse.raw_fields import whole_number


def artists(raw_artists: DataFrame) -> DataFrame:
    """Type the artists."""
    followers = whole_number(F.col("followers")).alias("followers")
    return raw_artists.select("artist_id", "name", followers, "_source")
'''
PRICES = """
price_files = Source(
    "web_shop.prices",
    doc="Prices.",
    format="csv",
    delimiter=";",
    columns=["item", "price", "day"],
)
raw_prices = Bronze("web_shop.raw_prices", doc="Prices as they came.", source=price_files)
prices = Silver(
    "web_shop.prices",
    doc="One row per item.",
    reads=[raw_prices],
    schema="item STRING NOT NULL, price DOUBLE, day DATE",
    key=["item"],
)
"""
PRICES_CODE = '''"""Types the raw rows."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.lakehouse.raw_fields import decimal_number, iso_date


def prices(raw_prices: DataFrame) -> DataFrame:
    """Type the prices."""
    price = decimal_number(F.col("price")).alias("price")
    return raw_prices.select("item", price, iso_date(F.col("day")).alias("day"), "_source")
'''
FIELD = '    columns=["item", "price", "day"],\n'


@pytest.fixture
def catalogue(user: User) -> User:
    """A pipeline of artists, who come as JSON."""
    user.declare(ARTISTS, "Bronze, Silver, Source")
    user.write("silver.py", ARTISTS_CODE)
    return user


@pytest.fixture
def price_list(user: User) -> User:
    """A pipeline of prices."""
    user.declare(PRICES, "Bronze, Silver, Source")
    user.write("silver.py", PRICES_CODE)
    return user


def test_broken_bytes_are_set_aside(user: User) -> None:
    """Of a latin-1 file the lines that are no UTF-8 are quarantined, the others kept.

    6bb41d0: the same.
    """
    user.land("1.csv", visits(visit(1), visit(2, "/café"), visit(3)).encode("latin-1"))
    ran = user.run(*ONLY_SILVER)

    assert 0 == ran.code, ran.said
    assert [(1,), (3,)] == user.rows("visits", "visit_id")
    assert [["broken_utf8"]] == [reasons for reasons, _ in user.quarantine()]


def test_a_declared_encoding_is_read(user: User) -> None:
    """The source says `encoding="iso-8859-1"`, and its files are read so.

    6bb41d0: Source() knew no `encoding`.
    """
    user.edit("flow.py", COLUMNS, f'{COLUMNS}    encoding="iso-8859-1",\n')
    user.land("1.csv", visits(visit(1), visit(2, "/café")).encode("latin-1"))
    ran = user.run(*ONLY_SILVER)

    assert 0 == ran.code, ran.said
    assert [(1, "/"), (2, "/café")] == user.rows("visits", "visit_id, page")
    assert [] == user.quarantine()


def test_an_optional_field_may_go(catalogue: User) -> None:
    """Documents without the field are refused by name until the flow calls it optional.

    6bb41d0: refused as well; Source() knew no `optional`, and the batch was refused for ever.
    """
    user = catalogue
    zipped = gzip.compress(b'{"artist_id": "a", "name": "A", "followers": 7}\n')
    user.land("1.jsonl.gz", zipped, source="artists")
    first = user.run()
    user.land("2.jsonl", '{"artist_id": "b", "name": "B"}\n', source="artists")
    refused = user.run()
    user.edit("flow.py", '"followers"],\n', '"followers"],\n    optional=["followers"],\n')
    ran = user.run()

    assert 0 == first.code, first.said
    assert 0 != refused.code
    assert "followers" in refused.err
    assert "artists" in refused.err
    assert 0 == ran.code, ran.said
    assert [("a", "A", 7), ("b", "B", None)] == user.rows("artists")
    assert [] == user.run().done


def test_two_documents_on_a_line_are_not_lost(catalogue: User) -> None:
    """A line that is no single document is quarantined whole.

    6bb41d0: the first document was taken and the second lost, without a word.
    """
    document = '{{"artist_id": "{0}", "name": "{0}", "followers": 1}}'
    line = document.format("b") + document.format("c")
    content = f"{document.format('a')}\n{line}\n{document.format('d')}\n"
    catalogue.land("1.jsonl", content, source="artists")
    ran = catalogue.run()
    set_aside = [(reasons, raw["_malformed"]) for reasons, raw in catalogue.quarantine("artists")]

    assert 0 == ran.code, ran.said
    assert [("a",), ("d",)] == catalogue.rows("artists", "artist_id")
    assert [line] == [raw for _, raw in set_aside]
    assert "malformed_line" in set_aside[0][0]


def test_local_numbers_and_dates(price_list: User) -> None:
    """`4,50` is a price and `31/1/2026` a day, where the source says so.

    6bb41d0: Source() knew neither `decimal_commas` nor `date_formats`.
    """
    local = '    decimal_commas=["price"],\n    date_formats={"day": "d/M/yyyy"},\n'
    price_list.edit("flow.py", FIELD, FIELD + local)
    price_list.land(
        "1.csv", "item;price;day\npen;4,50;31/1/2026\nink;12;2/12/2026\n", source="prices"
    )
    ran = price_list.run()

    assert 0 == ran.code, ran.said
    assert [("ink", 12.0, "2026-12-02"), ("pen", 4.5, "2026-01-31")] == price_list.rows("prices")


def test_what_cannot_be_read_is_warned_of(price_list: User) -> None:
    """A text that becomes NULL is counted in the receipt; one that is empty is not.

    6bb41d0: the values became NULL without a word.
    """
    content = "item;price;day\npen;4,50;2026-01-31\nink;;31/1/2026\ncap;1.5;2026-02-30\n"
    price_list.land("1.csv", content, source="prices")
    ran = price_list.run()

    assert 0 == ran.code, ran.said
    assert {"unreadable_price": 1, "unreadable_day": 2} == ran.receipt("prices")["broken"]
    assert [("cap", 1.5, None), ("ink", None, None), ("pen", None, "2026-01-31")] == (
        price_list.rows("prices")
    )


def test_the_path_of_a_file_makes_columns(user: User) -> None:
    """Shops deliver into folders of their own; the folder's name is a bronze column.

    6bb41d0: Source() knew no `path`.
    """
    user.edit("flow.py", COLUMNS, COLUMNS + '    path=r"(?P<shop>[^/]+)/.*",\n')
    user.edit("flow.py", "COMMENT 'UTC'\n", "COMMENT 'UTC',\n        shop STRING NOT NULL\n")
    user.edit("silver.py", '        "_source",', '        "shop",\n        "_source",')
    user.land("oslo/1.csv", visits(visit(1)))
    user.land("bergen/1.csv", visits(visit(2)))
    ran = user.run(*ONLY_SILVER)

    assert 0 == ran.code, ran.said
    assert [("1", "oslo"), ("2", "bergen")] == user.rows("raw_visits", "visit_id, shop")
    assert [(1, "oslo"), (2, "bergen")] == user.rows("visits", "visit_id, shop")


def test_zipped_files_are_read(user: User) -> None:
    """A `.csv.gz` lands beside a `.csv`; corrected, it takes its own place.

    6bb41d0: the header was read from the zipped bytes, and the file refused.
    """
    user.land("1.csv", visits(visit(1)))
    user.land("2.csv.gz", gzip.compress(visits(visit(2), visit(3)).encode()))
    ran = user.run(*ONLY_SILVER)
    user.land("2.csv.gz", gzip.compress(visits(visit(3, "/corrected")).encode()))
    corrected = user.run(*ONLY_SILVER)

    assert (0, 0) == (ran.code, corrected.code), ran.said + corrected.said
    assert [(1, "/"), (3, "/corrected")] == user.rows("visits", "visit_id, page")


def test_a_source_may_refuse_changed_files(user: User) -> None:
    """With `on_change="refuse"` a changed file stops the run, which names it and the way out.

    6bb41d0: Source() knew no `on_change`.
    """
    user.edit("flow.py", COLUMNS, f'{COLUMNS}    on_change="refuse",\n')
    user.land("1.csv", visits(visit(1)))
    first = user.run(*ONLY_SILVER)
    user.land("1.csv", visits(visit(1, "/changed"), visit(2)))
    refused = user.run(*ONLY_SILVER)
    kept = user.rows("visits", "visit_id, page")
    user.edit("flow.py", '    on_change="refuse",\n', "")
    replaced = user.run(*ONLY_SILVER)

    assert (0, 1, 0) == (first.code, min(refused.code, 1), replaced.code), (
        first.said + replaced.said
    )
    assert "1.csv" in refused.err
    assert "medley " in refused.err.removeprefix("medley: ") or "on_change" in refused.err
    assert [(1, "/")] == kept
    assert [(1, "/changed"), (2, "/")] == user.rows("visits", "visit_id, page")
