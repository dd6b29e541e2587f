"""Proves that a driver gets an executor, and that both reach the lake and HDFS.

Leaves nothing behind.
"""

import os
import socket

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

NAME = f"helm-test-{socket.gethostname()}"
TABLE = f"{os.environ['MEDLEY_LAKE']}/.helm-test/{NAME}"
CHECKPOINT = f"{os.environ['MEDLEY_CHECKPOINTS']}/.helm-test/{NAME}"

spark = SparkSession.builder.appName(NAME).getOrCreate()
try:
    spark.range(1000).repartition(4).write.format("delta").save(TABLE)
    executors = spark.sparkContext._jsc.sc().getExecutorMemoryStatus().size() - 1
    assert executors == 1, f"{executors} executors, expected 1"
    print("an executor wrote a Delta table to the lake")

    stream = (
        spark.readStream.format("delta")
        .load(TABLE)
        .writeStream.format("delta")
        .option("checkpointLocation", CHECKPOINT)
        .trigger(availableNow=True)
        .start(f"{TABLE}-copy")
    )
    stream.awaitTermination()
    copied = spark.read.format("delta").load(f"{TABLE}-copy").agg(F.sum("id")).head()[0]
    assert copied == 499_500, f"the copy's sum is {copied}, expected 499500"
    print("a stream with its checkpoint on HDFS copied it")
finally:
    for place in (TABLE, f"{TABLE}-copy", CHECKPOINT):
        path = spark.sparkContext._jvm.org.apache.hadoop.fs.Path(place)
        path.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration()).delete(path, True)
    spark.stop()
