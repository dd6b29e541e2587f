"""Declared schemas as Spark's own."""

from pyspark.sql.types import StructType


def struct_of(ddl: str) -> StructType:
    """The columns that a schema in DDL declares."""
    schema = StructType.fromDDL(ddl)
    assert isinstance(schema, StructType)  # noqa: S101  what fromDDL gives for several columns
    return schema
