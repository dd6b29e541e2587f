"""Whole runs of the shop: what comes in is kept, merged or quarantined, and counts add up."""

import importlib
import json
import sys
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.errors import QualityError, SourceError, StepError
from jobs.lakehouse.declare import discovery
from jobs.lakehouse.declare.table import Silver
from jobs.lakehouse.steps.refine import refine
from jobs.lakehouse.store.storage import local_path
from tests.conftest import Toy

ORDERS = "order,customer,amount,changed\n"
CUSTOMERS = '{"id": 1, "name": "Ann"}\n{"id": 2, "name": "Bob"}\n'


def test_rows_are_kept_merged_or_quarantined_with_their_reason(shop: Toy) -> None:
    """Each bad row lands in quarantine with its reason and raw form; the latest change wins."""
    shop.land("customers", "a.jsonl", CUSTOMERS)
    shop.land(
        "orders",
        "a.csv",
        ORDERS + "1,1,10,2026-01-01\n"
        "1,1,12,2026-01-02\n"
        "2,2,-5,2026-01-01\n"
        "3,9,5,2026-01-01\n"
        "4,2,five,2026-01-01\n"
        "5,2\n"
        "6,2,2000,2026-01-01\n"
        "7,1,1,2099-01-01\n",
    )

    done = shop.run()

    noon = datetime(2026, 1, 1), datetime(2026, 1, 2)  # noqa: DTZ001  Spark returns naive UTC
    assert [(1, 1, 12.0, noon[1]), (6, 2, 2000.0, noon[0])] == shop.rows("orders")
    assert [
        (
            ("amount_not_negative",),
            '{"order_id":"2","customer_id":"2","amount":"-5","changed":"2026-01-01"}',
        ),
        (
            ("customer_id_in_customers",),
            '{"order_id":"3","customer_id":"9","amount":"5","changed":"2026-01-01"}',
        ),
        (
            ("amount_missing",),
            '{"order_id":"4","customer_id":"2","amount":"five","changed":"2026-01-01"}',
        ),
        (
            ("malformed_line", "amount_missing", "changed_at_missing"),
            '{"order_id":"5","customer_id":"2","_malformed":"5,2"}',
        ),
        (
            ("changed_in_the_past",),
            '{"order_id":"7","customer_id":"1","amount":"1","changed":"2099-01-01"}',
        ),
    ] == shop.quarantined("orders")
    (receipt,) = done["orders"]
    assert (8, 2, 1, 5) == (
        receipt.rows_read,
        receipt.rows_kept,
        receipt.rows_merged,
        receipt.rows_quarantined,
    )
    assert receipt.broken["amount_usual"] == 1, "a rule that warns is counted and keeps the row"
    assert [(1, "Ann", 1, 12.0), (2, "Bob", 1, 2000.0)] == shop.rows("spending")


def test_a_second_run_with_nothing_new_does_nothing(shop: Toy) -> None:
    """No step leaves a receipt, and no table gets a new version."""
    shop.land("customers", "a.jsonl", CUSTOMERS)
    shop.land("orders", "a.csv", ORDERS + "1,1,10,2026-01-01\n")
    shop.run()
    versions = [shop.lake.version(step) for step in discovery.pipeline("shop").steps]

    done = shop.run()

    assert {"raw_customers", "raw_orders", "customers", "orders", "spending"} == set(done)
    assert [] == [receipt for receipts in done.values() for receipt in receipts]
    assert versions == [shop.lake.version(step) for step in discovery.pipeline("shop").steps]


def test_new_rows_are_merged_on_the_key(shop: Toy) -> None:
    """A newer change updates, an older one changes nothing, a new key is added; gold follows."""
    shop.land("customers", "a.jsonl", CUSTOMERS)
    shop.land("orders", "a.csv", ORDERS + "1,1,10,2026-01-05\n2,1,20,2026-01-05\n")
    shop.run()
    shop.land(
        "orders", "b.csv", ORDERS + "1,1,11,2026-01-06\n2,1,99,2026-01-01\n3,2,30,2026-01-01\n"
    )

    done = shop.run()

    assert [(1, 11.0), (2, 20.0), (3, 30.0)] == shop.rows("orders", "order_id", "amount")
    (receipt,) = done["orders"]
    assert (3, 1, 2, 0, 1) == (
        receipt.rows_read,
        receipt.rows_kept,
        receipt.rows_merged,
        receipt.rows_quarantined,
        receipt.rows_updated,
    )
    assert [(1, "Ann", 2, 31.0), (2, "Bob", 1, 30.0)] == shop.rows("spending")


def test_what_a_killed_run_has_committed_is_not_taken_in_again(shop: Toy) -> None:
    """Killed after Delta's commit and before anything else: the commit itself tells of the file."""
    shop.land("orders", "a.csv", ORDERS + "1,1,10,2026-01-01\n2,1,20,2026-01-01\n")
    shop.run("raw_orders")
    path = shop.storage.table(discovery.find_step("shop.raw_orders"))
    (local_path(path) / "_medley_ledger.json").unlink()

    done = shop.run("raw_orders")

    assert [] == done["raw_orders"]
    assert [("1",), ("2",)] == shop.rows("raw_orders", "order_id")


def test_making_days_again_changes_nothing(shop: Toy) -> None:
    """`since` makes rows again and finds them there; quarantine holds each rejected row once."""
    shop.land("customers", "a.jsonl", CUSTOMERS)
    shop.land("orders", "a.csv", ORDERS + "1,1,10,2026-01-01\n2,1,-1,2026-01-01\n")
    shop.run()
    orders, quarantined = shop.rows("orders"), shop.quarantined("orders")

    done = shop.run(since=datetime.now(UTC).date())

    assert orders == shop.rows("orders")
    assert quarantined == shop.quarantined("orders")
    (receipt,) = done["orders"]
    assert ("remake", 2, 1, 0, 1) == (
        receipt.kind,
        receipt.rows_read,
        receipt.rows_kept,
        receipt.rows_merged,
        receipt.rows_quarantined,
    )
    assert [] == shop.run(since=date(2999, 1, 1))["orders"]


def test_full_refresh_rebuilds_the_same_tables_from_bronze(shop: Toy) -> None:
    """Bronze is left alone; silver, its quarantine and gold come out as they were."""
    shop.land("customers", "a.jsonl", CUSTOMERS)
    shop.land("orders", "a.csv", ORDERS + "1,1,10,2026-01-01\n2,1,-1,2026-01-01\n")
    shop.run()
    shop.land("orders", "b.csv", ORDERS + "1,1,11,2026-01-02\n3,7,1,2026-01-02\n")
    shop.run()
    before = {name: shop.rows(name) for name in ("customers", "orders", "spending")}
    quarantined = shop.quarantined("orders")

    done = shop.run(full_refresh=True)

    assert before == {name: shop.rows(name) for name in before}
    assert quarantined == shop.quarantined("orders")
    assert [] == done["raw_orders"]
    assert [4] == [receipt.rows_read for receipt in done["orders"]]


def test_a_broken_rule_that_must_hold_stops_the_step(shop: Toy) -> None:
    """The error names table, rule and expectation, and nothing of the batch is written."""
    shop.land("customers", "a.jsonl", CUSTOMERS)
    shop.land("orders", "a.csv", ORDERS + "1,1,10,2026-01-01\n2,1,5000000,2026-01-01\n")

    with pytest.raises(QualityError, match=r"1 of 2 rows for 'shop.orders'.*amount < 1000000"):
        shop.run()

    assert shop.lake.version(discovery.find_step("shop.orders")) is None


def test_a_source_gone_bad_is_refused_as_a_whole(shop: Toy) -> None:
    """When most of many rows are bad the source has changed: an error instead of a heap."""
    shop.land("customers", "a.jsonl", CUSTOMERS)
    rows = "".join(f"{number},1,EUR 5,2026-01-01\n" for number in range(200))
    shop.land("orders", "a.csv", ORDERS + rows)

    with pytest.raises(QualityError, match=r"200 of 200 rows of a\.csv .* amount_missing"):
        shop.run()

    assert [] == shop.quarantined("orders")


def test_a_missing_column_is_refused_by_name(shop: Toy) -> None:
    """The error tells the file, the column and what was expected; the run can go on after."""
    shop.land("customers", "a.jsonl", CUSTOMERS)
    file = shop.land("orders", "a.csv", "order,customer,changed\n1,1,2026-01-01\n")

    with pytest.raises(SourceError, match=r"a\.csv: it lacks amount: its header is .order,cust"):
        shop.run()

    file.write_text(ORDERS + "1,1,10,2026-01-01\n")
    shop.run()
    assert [(1, 10.0)] == shop.rows("orders", "order_id", "amount")


def test_a_field_missing_from_all_documents_is_refused(shop: Toy) -> None:
    """JSON has no header: a declared field that no new document has is a changed source."""
    shop.land("customers", "a.jsonl", '{"id": 1}\n{"id": 2}\n')

    with pytest.raises(SourceError, match=r"a\.jsonl: no document has name; expected id, name"):
        shop.run("raw_customers")


def test_an_undeclared_column_is_rescued(shop: Toy) -> None:
    """It is kept by its name in whatever order it comes, and the receipt counts its rows."""
    shop.land("customers", "a.jsonl", '{"id": 1, "name": "Ann", "vip": {"since": 2020}}\n')
    shop.land("orders", "a.csv", "note,order,amount,customer,changed\nhi,1,10,1,2026-01-01\n")

    done = shop.run()

    assert [({"note": "hi"},)] == shop.rows("raw_orders", "_rescued")
    assert [({"vip": '{"since":2020}'},)] == shop.rows("raw_customers", "_rescued")
    assert [{"rescued_note": 1}] == [dict(receipt.broken) for receipt in done["raw_orders"]]
    assert [(1, 1, 10.0)] == shop.rows("orders", "order_id", "customer_id", "amount")


def test_an_empty_file_is_refused(shop: Toy) -> None:
    """A file without content is half a delivery; the error says which file."""
    shop.land("orders", "nothing.csv", "")

    with pytest.raises(SourceError, match=r"nothing\.csv: it is empty"):
        shop.run("raw_orders")


def test_broken_utf8_is_quarantined(shop: Toy) -> None:
    """Bytes that are no UTF-8 have their own reason."""
    shop.land("customers", "a.jsonl", b'{"id": 1, "name": "Ann"}\n{"id": 2, "name": "B\xe9a"}\n')

    shop.run("raw_customers", "customers")

    assert [(1, "Ann")] == shop.rows("customers")
    ((reasons, raw),) = shop.quarantined("customers")
    assert ("broken_utf8",) == reasons
    assert '"id":"2"' in raw


def test_files_with_odd_names_and_quotes_are_read(shop: Toy) -> None:
    """Spaces, percent signs and umlauts in a name; quoted delimiters and a byte-order mark."""
    shop.land("customers", "a.jsonl", CUSTOMERS)
    shop.land("orders", "Märzend 100%.csv", "\ufeff" + ORDERS + '1,"1","10","2026-01-01"\n')

    shop.run()

    assert [(1, 1, 10.0)] == shop.rows("orders", "order_id", "customer_id", "amount")


def test_a_function_that_loses_rows_is_caught(shop: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    """A silver function may not filter: the core counts what goes in and what comes out."""
    silver = importlib.import_module("jobs.shop.silver")
    whole = silver.orders
    monkeypatch.setattr(
        silver, "orders", lambda raw_orders: whole(raw_orders).where("order_id = 1")
    )
    shop.land("customers", "a.jsonl", CUSTOMERS)
    shop.land("orders", "a.csv", ORDERS + "1,1,10,2026-01-01\n2,1,20,2026-01-01\n")

    with pytest.raises(StepError, match=r"orders\(\) .* made 1 rows of 2"):
        shop.run()


def test_a_nested_table_may_make_more_rows_but_none_less(
    shop: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A raw row may hold several rows of the table; one that gives none is lost all the same."""
    silver = importlib.import_module("jobs.shop.silver")
    whole = silver.orders
    orders = next(step for step in discovery.pipeline("shop").steps if step.name == "shop.orders")
    # Frozen, for a declaration does not change; this one is the flow's own object.
    monkeypatch.setitem(vars(orders), "nested", True)  # noqa: FBT003  the field is one

    def twice(raw_orders: DataFrame) -> DataFrame:
        made: DataFrame = whole(raw_orders)
        return made.unionByName(made.withColumn("order_id", made.order_id + 100))

    monkeypatch.setattr(silver, "orders", twice)
    shop.land("customers", "a.jsonl", CUSTOMERS)
    shop.land("orders", "a.csv", ORDERS + "1,1,10,2026-01-01\n2,1,20,2026-01-01\n")
    shop.run()
    assert [(1,), (2,), (101,), (102,)] == shop.rows("orders", "order_id")

    monkeypatch.setattr(
        silver, "orders", lambda raw_orders: whole(raw_orders).where("order_id = 3")
    )
    shop.land("orders", "b.csv", ORDERS + "3,1,10,2026-01-01\n4,1,20,2026-01-01\n")
    with pytest.raises(StepError, match=r"made 1 rows of 2; expected at least one of each"):
        shop.run()


def test_a_function_that_ends_the_program_fails(shop: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the run would end with exit code 0, and tables would be missing."""

    def orders(raw_orders: DataFrame) -> DataFrame:  # noqa: ARG001  its name is the contract
        sys.exit(0)

    monkeypatch.setattr(importlib.import_module("jobs.shop.silver"), "orders", orders)
    shop.land("customers", "a.jsonl", CUSTOMERS)
    shop.land("orders", "a.csv", ORDERS + "1,1,10,2026-01-01\n")

    with pytest.raises(StepError, match=r"'shop\.orders' failed: SystemExit\(0\)"):
        shop.run()


def test_rows_that_wait_in_vain_are_judged_once(shop: Toy) -> None:
    """A referenced table grows without the key: the row is judged again, and then left alone."""
    shop.land("customers", "a.jsonl", CUSTOMERS)
    shop.land("orders", "a.csv", ORDERS + "1,1,10,2026-01-01\n2,9,20,2026-01-01\n")
    shop.run()
    shop.land("customers", "b.jsonl", '{"id": 3, "name": "Cy"}\n')
    shop.land("orders", "b.csv", ORDERS + "3,3,30,2026-01-01\n")

    grown = shop.run()

    assert ["batch", "release"] == [receipt.kind for receipt in grown["orders"]]
    assert [] == shop.run()["orders"]
    assert [(("customer_id_in_customers",), "2")] == [
        (reasons, json.loads(raw)["order_id"]) for reasons, raw in shop.quarantined("orders")
    ]


def test_a_corrected_document_takes_away_what_it_no_longer_has(
    shop: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a nested table with a parent: the rows of an older document go, an older one brings none.

    Here a document names a customer's whole list of friends, one row each.
    """
    silver = importlib.import_module("jobs.shop.silver")
    customers = discovery.find_step("shop.customers")
    assert isinstance(customers, Silver)
    nested = replace(
        customers,
        schema="customer_id INT NOT NULL, name STRING NOT NULL",
        key=["customer_id", "name"],
        nested=True,
        parent=["customer_id"],
    )

    def friends(raw_customers: DataFrame) -> DataFrame:
        return raw_customers.select(
            F.col("id").try_cast("int").alias("customer_id"),
            F.explode(F.split("name", ",")).alias("name"),
            "_source",
        )

    monkeypatch.setattr(silver, "customers", friends)

    def run() -> list[tuple[object, ...]]:
        shop.run("raw_customers")
        refine(nested, shop.context())
        return shop.rows("customers")

    shop.land("customers", "a.jsonl", '{"id": 1, "name": "Ann,Bob"}\n{"id": 2, "name": "Cy"}\n')
    first = run()
    shop.land("customers", "b.jsonl", '{"id": 1, "name": "Bob,Dee"}\n')

    assert [(1, "Ann"), (1, "Bob"), (2, "Cy")] == first
    assert [(1, "Bob"), (1, "Dee"), (2, "Cy")] == run()
