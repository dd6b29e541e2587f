"""What the shop wants to know."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def spending(orders: DataFrame, customers: DataFrame) -> DataFrame:
    """Sum the orders of each customer."""
    sums = orders.groupBy("customer_id").agg(
        F.count("*").alias("order_count"), F.sum("amount").alias("amount")
    )
    return sums.join(customers, on="customer_id", how="inner").select(
        "customer_id", "name", "order_count", "amount"
    )
