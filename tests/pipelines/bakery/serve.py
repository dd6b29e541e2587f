"""What the bakery should bake."""

from pyspark.sql import DataFrame

from jobs.bakery.train import MeanDemand


def forecast(sales_by_bread: DataFrame, demand: MeanDemand) -> DataFrame:
    """Ask the model for each bread."""
    breads = [row["bread"] for row in sales_by_bread.select("bread").collect()]
    rows = list(zip(breads, demand.predict(breads), strict=True))
    return sales_by_bread.sparkSession.createDataFrame(rows, "bread STRING, expected DOUBLE")
