"""What the bakery wants to know."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def sales_by_bread(sales: DataFrame) -> DataFrame:
    """Sum the sales of each bread."""
    return sales.groupBy("bread").agg(F.count("*").alias("day_count"), F.sum("sold").alias("sold"))
