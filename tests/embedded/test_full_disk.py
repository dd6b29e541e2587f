"""A disk that fills up in the middle of a write."""

import random
from pathlib import Path

from pyspark.sql import SparkSession

from tests.conftest import Toy
from tests.embedded.runs import start

_ORDERS = 60_000
_LARGEST_FILE = 300_000


def test_a_write_that_breaks_off_is_made_good_by_the_next_run(
    spark: SparkSession,
    tmp_path: Path,
    toy_pipelines: None,  # noqa: ARG001
) -> None:
    """The run ends with one line and an error; no table changes; the next run takes in all."""
    shop = Toy("shop", spark, tmp_path)
    shop.land("customers", "a.jsonl", '{"id": 1, "name": "Ann"}\n')
    shop.land("orders", "a.csv", "order,customer,amount,changed\n1,1,10,2026-01-01\n")
    shop.run()
    amounts = random.Random(7)  # noqa: S311  rows that do not compress, the same each time
    rows = "".join(f"{n},1,{amounts.random() * 900},2026-01-02\n" for n in range(2, _ORDERS + 2))
    shop.land("orders", "b.csv", "order,customer,amount,changed\n" + rows)

    broken = start("shop", tmp_path, _LARGEST_FILE)
    said, _ = broken.communicate()

    assert 1 == broken.returncode, said
    assert "File too large" in said.splitlines()[-1]
    assert 1 == shop.table("raw_orders").count()
    assert 1 == shop.table("orders").count()

    shop.run()

    assert _ORDERS + 1 == shop.table("raw_orders").count()
    assert _ORDERS + 1 == shop.table("orders").count()
