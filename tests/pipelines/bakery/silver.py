"""Types the bakery's rows."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def sales(raw_sales: DataFrame) -> DataFrame:
    """Type the lines."""
    return raw_sales.select(
        F.try_to_date("day").alias("sold_date"),
        "bread",
        F.expr("try_cast(sold AS INT)").alias("sold"),
        "_source",
    )
