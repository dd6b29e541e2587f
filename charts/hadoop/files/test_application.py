"""A Spark application for the chart's test: numbers summed by Python in an executor."""

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
total = spark.sparkContext.parallelize(range(1000), 2).map(lambda number: number * 2).sum()
assert total == 999_000, total
spark.stop()
