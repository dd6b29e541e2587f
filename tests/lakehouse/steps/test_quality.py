"""Judging: whatever lines come in, each is kept or rejected for the right reasons."""

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from jobs.errors import StepError
from jobs.lakehouse.declare.table import Reference, Rule, Silver
from jobs.lakehouse.steps.quality import declared_columns, judge
from jobs.lakehouse.steps.verdict import reach_verdict

CUSTOMERS = Silver(
    "x.customers", doc="One row per customer.", reads=[], schema="id INT NOT NULL", key=["id"]
)
ORDERS = Silver(
    "x.orders",
    doc="One row per order.",
    reads=[],
    schema="number INT NOT NULL, customer INT, amount DOUBLE",
    key=["number"],
    rules=[
        Rule("amount_not_negative", "amount >= 0", on_fail="quarantine"),
        Rule("amount_usual", "amount < 100", on_fail="warn"),
    ],
    references=[Reference("customer", CUSTOMERS)],
    tolerance=1.0,
)
KNOWN = {1, 2, 3}


@dataclass(frozen=True)
class Order:
    """One row to judge."""

    number: int | None
    customer: int | None
    amount: float | None

    def reasons(self) -> set[str]:
        """What a reader of the declaration would object to, written a second time in Python."""
        found = set()
        if self.number is None:
            found.add("number_missing")
        if self.amount is not None and self.amount < 0:
            found.add("amount_not_negative")
        if self.amount is not None and self.amount >= 100:
            found.add("amount_usual")
        if self.customer is not None and self.customer not in KNOWN:
            found.add("customer_in_customers")
        return found


def maybe(values: st.SearchStrategy[int]) -> st.SearchStrategy[int | None]:
    """A value or none."""
    return st.none() | values


ORDER = st.builds(
    Order,
    number=maybe(st.integers(1, 5)),
    customer=maybe(st.integers(0, 4)),
    amount=st.none() | st.floats(-200, 200),
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(orders=st.lists(ORDER, min_size=1, max_size=20))
def test_every_row_is_judged_as_the_declaration_says(
    spark: SparkSession, orders: list[Order]
) -> None:
    """Spark's judgement equals a second one in Python; NULL passes all but NOT NULL."""
    values = [(order.number, order.customer, order.amount) for order in orders]
    rows = spark.createDataFrame(values, "number INT, customer INT, amount DOUBLE")
    customers = spark.createDataFrame([(known,) for known in KNOWN], "id INT")

    judged = judge(rows, ORDERS, {CUSTOMERS.name: customers})
    verdict = reach_verdict(judged, ORDERS)

    reasons = [order.reasons() for order in orders]
    every = sorted(reason for found in reasons for reason in found)
    assert {reason: every.count(reason) for reason in set(every)} == dict(verdict.broken)
    assert len(orders) == verdict.rows
    assert sum(bool(found - {"amount_usual"}) for found in reasons) == verdict.quarantined
    assert sorted(map(sorted, reasons)) == sorted(
        sorted(row["_broken"]) for row in judged.select(F.col("_broken")).collect()
    )


def test_declared_columns_lists_everything_that_is_wrong(spark: SparkSession) -> None:
    """One error for a missing, an unknown and a mistyped column, not three runs."""
    wrong = spark.createDataFrame([("1", 2.0, "x")], "number STRING, amount DOUBLE, extra STRING")

    with pytest.raises(StepError) as raised:
        declared_columns(wrong, ORDERS, with_source=False)

    assert (
        "orders() in jobs/x/silver.py returns other columns than flow.py declares: "
        "customer is missing; extra is not declared; number is string instead of int."
    ) == str(raised.value)
