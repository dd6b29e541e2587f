"""What the bakery should bake."""

from mlflow.pyfunc.model import PythonModel
from pyspark.sql import DataFrame


def forecast(sales_by_bread: DataFrame, demand: PythonModel) -> DataFrame:
    """Ask the model for each bread."""
    breads = [row["bread"] for row in sales_by_bread.select("bread").collect()]
    rows = list(zip(breads, demand.predict(None, breads), strict=True))
    return sales_by_bread.sparkSession.createDataFrame(rows, "bread STRING, expected DOUBLE")
