"""The only place that builds a SparkSession."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path

from pyspark.sql import SparkSession

from jobs.lakehouse.machine import aot_cache
from jobs.lakehouse.machine.jars import ensure_jars
from jobs.lakehouse.machine.java import find_java
from jobs.settings import Settings, export

CONFIGURATION: Mapping[str, str] = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    # All times are UTC, whatever the machine's zone: a rerun elsewhere gives the same gold.
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    # What a step made of its inputs is noted in a commit, also where it made no rows.
    "spark.databricks.delta.skipRecordingEmptyCommits": "false",
    # A `${` in a comment or a rule is no variable.
    "spark.sql.variable.substitute": "false",
    "spark.ui.showConsoleProgress": "false",
}

ONE_MACHINE: Mapping[str, str] = {
    # Spark's and Delta's defaults (200 and 50) are for clusters: here each task costs more
    # than the rows in it.
    "spark.sql.shuffle.partitions": str(os.cpu_count() or 2),
    "spark.databricks.delta.snapshotPartitions": "1",
    # VACUUM lists files by this many tasks: 10,000 by default, for a handful of folders.
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": "4",
    # It runs each stage as a job of its own, to plan the next by: 679 jobs instead of some 300
    # in a run of movies, and nothing in data of this size to plan better.
    "spark.sql.adaptive.enabled": "false",
    "spark.ui.enabled": "false",
    "spark.driver.host": "localhost",
    "spark.driver.bindAddress": "127.0.0.1",
}

JVM_OPTIONS = (
    "-XX:+UseParallelGC "
    # By itself the JVM prints messages to the standard output, into what a command answers.
    "-XX:+DisplayVMOutputToStderr -Xlog:disable -Xlog:all=warning:stderr "
    # ALS without checkpoints has a long lineage, which Java's serializer walks recursively.
    "-Xss4m "
    # Code is optimised once it has run sixty times as often as Java asks for by itself: in a run
    # of two minutes only loops over many rows pay for what the optimiser takes.
    "-XX:Tier4InvocationThreshold=300000 -XX:Tier4MinInvocationThreshold=36000 "
    "-XX:Tier4CompileThreshold=900000 -XX:Tier4BackEdgeThreshold=2400000"
)


def open_session(settings: Settings, name: str = "medley") -> SparkSession:
    """The Spark session that the settings ask for.

    Raises SetupError when Java or the jars cannot be had.
    """
    builder = SparkSession.builder.config(map=dict(CONFIGURATION))
    if settings.spark_master is None:
        # The JVM runs already: spark-submit started it with a name, and this program after it.
        return builder.getOrCreate()
    java_home = find_java(settings)
    jars = ensure_jars(settings, java_home)
    export("JAVA_HOME", str(java_home))
    # Python workers of this session run in the same environment as this program.
    export("PYSPARK_PYTHON", sys.executable)
    # MLflow copies Spark models through this folder.
    export("MLFLOW_DFS_TMP", str(settings.home / "tmp" / "mlflow"))
    logs = settings.home / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with as_file(files("jobs.lakehouse.machine") / "log4j2.properties") as log4j2:
        builder = (
            builder.appName(name)
            .master(settings.spark_master)
            .config(map=dict(ONE_MACHINE))
            .config(
                map={
                    "spark.driver.memory": f"{settings.spark_memory_mib}m",
                    "spark.driver.extraClassPath": os.pathsep.join(map(str, jars)),
                    "spark.driver.extraJavaOptions": (
                        f"-Dlog4j2.configurationFile={log4j2.as_uri()} -Dmedley.log.dir={logs} "
                        f"{JVM_OPTIONS} {aot_cache.options(settings, java_home, jars)} "
                        f"{settings.java_options}"
                    ),
                    "spark.local.dir": str(settings.home / "tmp"),
                    "spark.sql.warehouse.dir": str(settings.home / "tmp" / "warehouse"),
                }
            )
        )
        with _jvm_messages_to(aot_cache.jvm_log(settings)):
            return builder.getOrCreate()


@contextmanager
def _jvm_messages_to(log: Path) -> Iterator[None]:
    """Let the JVM inherit a log file as its standard error: its warnings are not for users."""
    sys.stderr.flush()
    terminal = os.dup(2)
    try:
        with log.open("ab") as stream:
            os.dup2(stream.fileno(), 2)
        yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)
