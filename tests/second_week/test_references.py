"""Rows that point to others, and rows that wait for them."""

import pytest

from tests.second_week.lakes import User
from tests.second_week.web_shop import (
    ORDERS,
    ORDERS_GOLD,
    ORDERS_IMPORTS,
    ORDERS_SILVER,
    visit,
    visits,
)

NO_CUSTOMER = ["customer_id_in_customers"]


@pytest.fixture
def shop(user: User) -> User:
    """A shop with orders and customers."""
    user.declare(ORDERS, ORDERS_IMPORTS)
    user.write("silver.py", ORDERS_SILVER)
    user.write("gold.py", ORDERS_GOLD)
    return user


def test_an_order_waits_for_its_customer(shop: User) -> None:
    """The order comes first and is set aside; with the customer of the next day it is in the table.

    6bb41d0: it stayed in quarantine for ever.
    """
    shop.land("1.csv", "customer_id,city\nc1,Oslo\n", source="customers")
    shop.land("1.csv", "order_id,customer_id\no1,c1\no2,c2\no3,c3\n", source="orders")
    first = shop.run()
    waiting = shop.rejected("orders", "order_id")
    shop.land("2.csv", "customer_id,city\nc2,Bergen\n", source="customers")
    second = shop.run()
    still_waiting = shop.rejected("orders", "order_id")
    shop.land("3.csv", "customer_id,city\nc3,Oslo\n", source="customers")
    third = shop.run()

    assert (0, 0, 0) == (first.code, second.code, third.code), second.said + third.said
    assert {"o2": NO_CUSTOMER, "o3": NO_CUSTOMER} == waiting
    assert {"o3": NO_CUSTOMER} == still_waiting
    assert [] == shop.quarantine("orders")
    assert [("o1", "c1"), ("o2", "c2"), ("o3", "c3")] == shop.rows("orders")
    assert [("Bergen", 1), ("Oslo", 2)] == shop.rows("orders_by_city")
    assert [] == shop.run().done


def test_an_order_goes_when_its_customer_does(shop: User) -> None:
    """A corrected file lacks the customer: the order points nowhere now, and is set aside.

    6bb41d0: nothing was to do, for the file had been read.
    """
    shop.land("1.csv", "customer_id,city\nc1,Oslo\nc2,Bergen\n", source="customers")
    shop.land("1.csv", "order_id,customer_id\no1,c1\no2,c2\n", source="orders")
    shop.run()
    shop.land("1.csv", "customer_id,city\nc1,Oslo\n", source="customers")
    ran = shop.run()

    assert 0 == ran.code, ran.said
    assert [("c1", "Oslo")] == shop.rows("customers")
    assert [("o1", "c1")] == shop.rows("orders")
    assert {"o2": NO_CUSTOMER} == shop.rejected("orders", "order_id")
    assert [("Oslo", 1)] == shop.rows("orders_by_city")


def test_quarantine_shows_why_a_row_is_not_in_the_table(user: User) -> None:
    """`medley quarantine` names the rule, the raw row and its file.

    6bb41d0: the same.
    """
    user.land("1.csv", visits(visit(1), visit(2, "/films", seconds=-7), visit(3, "films")))
    user.run("--until", "silver")
    shown = user.medley("quarantine", "web_shop.visits")

    assert 0 == shown.code, shown.said
    assert "rejected 2 rows" in shown.out
    assert "duration_not_negative" in shown.out
    assert "page_is_a_path" in shown.out
    assert '"seconds":"-7"' in shown.out
    assert "1.csv" in shown.out
