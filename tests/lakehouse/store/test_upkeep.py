"""Upkeep: fewer files, the same rows, and nothing made again because of it."""

from jobs.lakehouse.declare import discovery
from jobs.lakehouse.store import upkeep
from tests.conftest import Toy

ORDERS = "order,customer,amount,changed\n"


def test_upkeep_leaves_rows_and_runs_alone(shop: Toy) -> None:
    """Small files become one; a run after it has nothing to do, though versions are newer."""
    shop.land("customers", "a.jsonl", '{"id": 1, "name": "Ann"}\n')
    for day in (1, 2):
        shop.land("orders", f"{day}.csv", f"{ORDERS}{day},1,10,2026-01-0{day}\n")
        shop.run()
    tables = discovery.pipeline("shop").tables
    before = {table.name: shop.rows(table.short_name) for table in tables}

    done = upkeep.maintain(shop.lake, discovery.pipeline("shop"))

    assert before == {table.name: shop.rows(table.short_name) for table in tables}
    assert 1 == len(shop.table("raw_orders").inputFiles())
    names = [*(table.name for table in tables), "medley.receipts"]
    assert names == [one.table_name for one in done]
    kept = shop.lake.read_at(shop.storage.upkeep, "medley.upkeep")
    assert len(names) == kept.count()
    assert [] == [receipt for receipts in shop.run().values() for receipt in receipts]
