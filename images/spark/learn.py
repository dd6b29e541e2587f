"""What Java learns by, when images/spark/Dockerfile records its AOT cache.

A little of all that jobs do with Spark and Delta, on tables of a few rows in an object store:
the classes that this loads are in the cache, and how they are used. spark-submit runs it, as it
runs drivers, with the session's settings of the chart `spark`.

Its argument is a program that serves S3 on port 9000, MinIO's.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pandas as pd
from delta.tables import DeltaTable
from py4j.protocol import Py4JJavaError
from pyspark.ml import Pipeline
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.evaluation import RegressionEvaluator
from pyspark.ml.feature import StringIndexer, VectorAssembler
from pyspark.ml.recommendation import ALS
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

STORE = "http://127.0.0.1:9000"
LAKE = "s3a://lake"
POD = """
apiVersion: v1
kind: Pod
metadata: {name: driver, labels: {spark-role: driver}}
spec:
  containers:
    - name: driver
      image: medley/jobs
      env: [{name: A, valueFrom: {secretKeyRef: {name: a, key: a}}}]
      resources: {requests: {cpu: 50m}}
      volumeMounts: [{name: tmp, mountPath: /tmp}]
  volumes: [{name: tmp, emptyDir: {}}]
"""
RATING = "user INT, film INT, stars DOUBLE, rated_on DATE, tags ARRAY<STRING>"
SETTINGS: Mapping[str, str] = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.shuffle.partitions": "2",
    "spark.hadoop.fs.s3a.endpoint": STORE,
    "spark.hadoop.fs.s3a.endpoint.region": "us-east-1",
    "spark.hadoop.fs.s3a.path.style.access": "true",
    "spark.hadoop.fs.s3a.aws.credentials.provider": (
        "software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider"
    ),
    "spark.eventLog.enabled": "true",
    "spark.eventLog.dir": "s3a://events/",
    # There is no NameNode: it is asked once.
    "spark.hadoop.ipc.client.connect.max.retries": "0",
}


@contextmanager
def object_store(program: str, data: Path) -> Iterator[None]:
    """A store with the buckets that are folders in `data`."""
    with subprocess.Popen([program, "server", "--quiet", data]) as server:  # noqa: S603
        try:
            while not _answers(f"{STORE}/minio/health/ready"):
                assert server.poll() is None, f"{program} ended"  # noqa: S101
            yield
        finally:
            server.terminate()


def _answers(address: str) -> bool:
    try:
        with urlopen(address):  # noqa: S310
            return True
    except URLError:
        return False


def land(spark: SparkSession, folder: str) -> None:
    """Files as they arrive: lines of JSON, and CSV with a head."""
    first = date(2026, 1, 1)
    ratings = [
        {
            "user": number % 20,
            "film": number % 7,
            "stars": 1.0 + number % 5,
            "rated_on": str(first + timedelta(days=number % 90)),
            "tags": ["long", f"t{number % 3}"],
        }
        for number in range(200)
    ]
    lines = spark.createDataFrame([(json.dumps(rating),) for rating in ratings], "value STRING")
    lines.coalesce(1).write.text(f"{folder}/ratings")
    films = pd.DataFrame({"film": range(7), "title": [f"Film {number}" for number in range(7)]})
    spark.createDataFrame(films).write.option("header", value=True).csv(f"{folder}/films")


def catch_up(rows: DataFrame, checkpoint: str, process: Callable[[DataFrame, int], None]) -> None:
    """A stream's new rows, by batches."""
    query = rows.writeStream.foreachBatch(process).option("checkpointLocation", checkpoint)
    query.trigger(availableNow=True).start().awaitTermination()


def take_in(spark: SparkSession, landing: str, checkpoints: str) -> None:
    """Bronze: each line with where it came from, appended."""

    def append(batch: DataFrame, number: int) -> None:
        (
            batch.write.format("delta")
            .mode("append")
            .option("txnAppId", "learning")
            .option("txnVersion", number)
            .save(f"{LAKE}/bronze/ratings")
        )

    lines = spark.readStream.text(f"{landing}/ratings").select(
        "value", F.col("_metadata.file_path"), F.current_timestamp().alias("taken_in_at")
    )
    catch_up(lines, f"{checkpoints}/bronze", append)


def refine(spark: SparkSession, checkpoints: str) -> None:
    """Silver: parsed, judged, of each key the newest, merged."""
    location = f"{LAKE}/silver/ratings"
    empty = spark.createDataFrame([], RATING)
    DeltaTable.createIfNotExists(spark).location(location).addColumns(empty.schema).execute()

    def merge(batch: DataFrame, _: int) -> None:
        newest = Window.partitionBy("user", "film").orderBy(F.desc("rated_on"))
        parsed = batch.select(F.from_json("value", RATING).alias("rating")).select("rating.*")
        judged = parsed.withColumn("good", F.expr("stars BETWEEN 0.5 AND 5 AND size(tags) > 0"))
        rows = (
            judged.where("good")
            .withColumn("place", F.row_number().over(newest))
            .where(F.col("place") == 1)
            .drop("good", "place")
            .persist()
        )
        (
            DeltaTable.forPath(spark, location)
            .alias("old")
            .merge(rows.alias("new"), "old.user = new.user AND old.film = new.film")
            .whenMatchedUpdateAll("old.rated_on < new.rated_on")
            .whenNotMatchedInsertAll()
            .execute()
        )
        rows.unpersist()

    raw = f"{LAKE}/bronze/ratings"
    catch_up(spark.readStream.format("delta").load(raw), f"{checkpoints}/silver", merge)
    spark.read.format("delta").load(raw).limit(9).write.format("delta").mode("append").save(raw)
    catch_up(spark.readStream.format("delta").load(raw), f"{checkpoints}/silver", merge)


def summarise(spark: SparkSession, landing: str) -> DataFrame:
    """Gold: joined, aggregated, ranked, made whole and read again."""
    films = spark.read.option("header", value=True).schema("film INT, title STRING")
    ratings = spark.read.format("delta").load(f"{LAKE}/silver/ratings")
    by_month = (
        ratings.join(films.csv(f"{landing}/films"), on="film", how="left")
        .withColumn("month", F.trunc("rated_on", "month"))
        .groupBy("month", "title")
        .agg(
            F.count("*").alias("count"),
            F.avg("stars").alias("mean"),
            F.max_by("user", "stars").alias("most_pleased"),
        )
        .withColumn(
            "place",
            F.dense_rank().over(Window.partitionBy("month").orderBy(F.desc("mean"), "title")),
        )
    )
    summary = f"{LAKE}/gold/summary"
    by_month.write.format("delta").mode("overwrite").save(summary)
    table = DeltaTable.forPath(spark, summary)
    table.delete("place > 3")
    table.optimize().executeCompaction()
    table.history(1).collect()
    spark.read.format("delta").load(summary).groupBy("title").count().collect()
    return ratings


def train(ratings: DataFrame) -> None:
    """Models, and rows that go through Python by Arrow."""
    als = ALS(userCol="user", itemCol="film", ratingCol="stars", rank=2, maxIter=2, seed=1)
    predicted = als.setColdStartStrategy("drop").fit(ratings).transform(ratings)
    RegressionEvaluator(labelCol="stars").evaluate(predicted)
    labelled = predicted.withColumn("good", (F.col("stars") > F.lit(3)).cast("double"))
    labelled = labelled.withColumn("tag", F.element_at("tags", 2))
    columns = ["tag_number", "prediction", "film"]
    stages: list[Any] = [
        StringIndexer(inputCol="tag", outputCol="tag_number"),
        VectorAssembler(inputCols=columns, outputCol="features"),
        LogisticRegression(labelCol="good", predictionCol="guess", maxIter=2),
    ]
    model = Pipeline(stages=stages).fit(labelled)
    model.write().overwrite().save(f"{LAKE}/models/good")
    guessed = model.transform(labelled).select("user", "guess")
    guessed.mapInPandas(lambda frames: frames, guessed.schema).toPandas()


def call_others(spark: SparkSession) -> None:
    """The clients of HDFS and of Kubernetes, as far as they come when nobody answers."""
    java: Any = spark._jvm  # noqa: SLF001  pyspark has no public way to its JVM
    nobody = "127.0.0.1:1"
    try:
        path = java.org.apache.hadoop.fs.Path(f"hdfs://{nobody}/")
        path.getFileSystem(spark._jsc.hadoopConfiguration()).exists(path)  # noqa: SLF001
    except Py4JJavaError as refused:
        print(f"HDFS: {refused.java_exception.getClass().getName()}")
    fabric8 = java.io.fabric8.kubernetes.client
    fabric8.utils.Serialization.asJson(fabric8.utils.Serialization.unmarshal(POD))
    config = (
        fabric8.ConfigBuilder().withMasterUrl(f"http://{nobody}").withRequestRetryBackoffLimit(0)
    )
    client = fabric8.KubernetesClientBuilder().withConfig(config.build()).build()
    try:
        client.pods().inNamespace("medley").list()
    except Py4JJavaError as refused:
        print(f"Kubernetes: {refused.java_exception.getClass().getName()}")
    client.close()


def main() -> None:
    """Run all of it once."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for bucket in ("lake", "landing", "events"):
            (folder / "store" / bucket).mkdir(parents=True)
        with object_store(sys.argv[1], folder / "store"):
            spark = SparkSession.builder.config(map=dict(SETTINGS)).getOrCreate()
            land(spark, "s3a://landing")
            take_in(spark, "s3a://landing", f"{folder}/checkpoints")
            refine(spark, f"{folder}/checkpoints")
            train(summarise(spark, "s3a://landing"))
            call_others(spark)
            spark.stop()


if __name__ == "__main__":
    main()
