"""The functions of every pipeline return what its flow declares."""

import pytest
from pyspark.sql import SparkSession

from jobs.lakehouse.declare import discovery
from jobs.lakehouse.declare.table import Bronze, Gold, Silver, Table
from jobs.lakehouse.steps.step import function_of
from jobs.lakehouse.store.schemas import struct_of
from jobs.lakehouse.testing import frame, raw_frame

TABLES = [
    table
    for pipeline in discovery.pipelines().values()
    for table in pipeline.tables
    if isinstance(table, Silver | Gold)
]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_columns_are_those_of_the_flow(spark: SparkSession, table: Silver | Gold) -> None:
    """Names, order and types; rows of new files carry their raw form, whole tables nothing."""
    inputs = {
        step.short_name: raw_frame(spark, step) if isinstance(step, Bronze) else frame(spark, step)
        for step in table.inputs
        if isinstance(step, Bronze | Table)
    }
    columns = function_of(table)(**inputs).schema
    is_streamed = isinstance(table, Silver) and table.refresh == "new_rows"

    schema = struct_of(table.schema)
    declared = [(column.name, column.dataType.simpleString()) for column in schema]
    found = [(column.name, column.dataType.simpleString()) for column in columns]
    assert declared == (found[:-1] if is_streamed else found)
    assert is_streamed == (found[-1][0] == "_source")
