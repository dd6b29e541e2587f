"""The functions return what the flow declares."""

from types import ModuleType

import pytest
from pyspark.sql import SparkSession

from jobs.lakehouse.declare.table import Bronze, Gold, Silver
from jobs.lakehouse.store.schemas import struct_of
from jobs.lakehouse.testing import frame, raw_frame
from jobs.music_charts import flow, gold, silver

TABLES = [
    *((silver, table) for table in vars(flow).values() if isinstance(table, Silver)),
    *((gold, table) for table in vars(flow).values() if isinstance(table, Gold)),
]


@pytest.mark.parametrize(("module", "table"), TABLES, ids=lambda part: getattr(part, "name", ""))
def test_columns_are_those_of_the_flow(
    spark: SparkSession, module: ModuleType, table: Silver | Gold
) -> None:
    """Names and types; rows of new files carry their raw form, whole tables nothing."""
    inputs = {
        step.short_name: raw_frame(spark, step) if isinstance(step, Bronze) else frame(spark, step)
        for step in table.reads
        if isinstance(step, Bronze | Silver | Gold)
    }
    columns = getattr(module, table.short_name)(**inputs).schema
    is_streamed = isinstance(table, Silver) and table.refresh == "new_rows"

    schema = struct_of(table.schema)
    declared = [(column.name, column.dataType.simpleString()) for column in schema]
    found = [(column.name, column.dataType.simpleString()) for column in columns]
    assert declared == (found[:-1] if is_streamed else found)
    assert is_streamed == (found[-1][0] == "_source")
