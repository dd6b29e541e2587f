"""Types the shop's rows."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def customers(raw_customers: DataFrame) -> DataFrame:
    """Type the documents."""
    return raw_customers.select(
        F.expr("try_cast(id AS INT)").alias("customer_id"), "name", "_source"
    )


def orders(raw_orders: DataFrame) -> DataFrame:
    """Type the lines."""
    return raw_orders.select(
        F.expr("try_cast(order_id AS INT)").alias("order_id"),
        F.expr("try_cast(customer_id AS INT)").alias("customer_id"),
        F.expr("try_cast(amount AS DOUBLE)").alias("amount"),
        F.try_to_timestamp("changed").alias("changed_at"),
        "_source",
    )
