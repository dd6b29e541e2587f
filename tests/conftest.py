"""One Spark for all tests, and lakes that each test has for itself."""

import os
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

import jobs
from jobs.lakehouse.declare import discovery
from jobs.lakehouse.machine.jars import ensure_jars
from jobs.lakehouse.machine.java import find_java
from jobs.lakehouse.machine.session import open_session
from jobs.lakehouse.steps import runner
from jobs.lakehouse.steps.decision import RunOptions
from jobs.lakehouse.steps.receipts import Receipt
from jobs.lakehouse.steps.run_context import RunContext
from jobs.lakehouse.store import commits
from jobs.lakehouse.store.lake import Lake
from jobs.lakehouse.store.storage import Storage, local_path
from jobs.settings import Settings

TOY_PIPELINES = Path(__file__).parent / "pipelines"


def environment_of(home: Path) -> dict[str, str]:
    """The environment of a run on a lake of its own.

    MLflow notes the registry that it talks to in this process's environment, where another
    lake's run would find it.
    """
    inherited = {name: value for name, value in os.environ.items() if "MLFLOW" not in name}
    return {**inherited, "MEDLEY_HOME": str(home), "MEDLEY_SPARK_MEMORY_MIB": "1024"}


# Java's own, for a session that lives for minutes and has a core to spare for its compiler.
_JAVA_OPTIONS = (
    "-XX:Tier4InvocationThreshold=5000 -XX:Tier4MinInvocationThreshold=600 "
    "-XX:Tier4CompileThreshold=15000 -XX:Tier4BackEdgeThreshold=40000"
)


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """The session as a run on one machine has it, with less memory."""
    environment = environment_of(tmp_path_factory.mktemp("spark"))
    session = open_session(
        Settings.from_environment({**environment, "MEDLEY_JAVA_OPTIONS": _JAVA_OPTIONS})
    )
    yield session
    session.stop()


@pytest.fixture(scope="session")
def document_server(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real server of MongoDB's protocol, in the memory of Spark's JVM."""
    settings = Settings.from_environment(environment_of(tmp_path_factory.mktemp("documents")))
    package = "de.bwaldvogel:mongo-java-server-memory-backend:1.47.0"
    jars = ensure_jars(settings, find_java(settings), [package])
    context = spark.sparkContext
    gateway = context._gateway  # noqa: SLF001  pyspark has no public way to the JVM
    assert gateway is not None
    java = gateway.jvm.java
    urls = gateway.new_array(java.net.URL, len(jars))
    for place, jar in enumerate(jars):
        urls[place] = java.net.URL(jar.as_uri())
    loader = java.net.URLClassLoader(urls, java.lang.ClassLoader.getSystemClassLoader())
    backend = loader.loadClass("de.bwaldvogel.mongo.backend.memory.MemoryBackend")
    arguments = gateway.new_array(java.lang.Object, 1)
    newest = loader.loadClass("de.bwaldvogel.mongo.ServerVersion").getEnumConstants()[-1]
    # It claims an older protocol than its version's own, older than what pymongo still speaks.
    wire_version = newest.getClass().getDeclaredField("wireVersion")
    wire_version.setAccessible(True)
    wire_version.setInt(newest, 13)
    arguments[0] = backend.newInstance().version(newest)
    server_class = loader.loadClass("de.bwaldvogel.mongo.MongoServer")
    server = server_class.getConstructors()[0].newInstance(arguments)
    yield f"mongodb://127.0.0.1:{server.bind().getPort()}"
    server.shutdownNow()


class Toy:
    """A toy pipeline of tests/pipelines on a lake of its own."""

    def __init__(self, name: str, spark: SparkSession, home: Path) -> None:
        """Name the pipeline; `home` is an empty folder."""
        self.name = name
        self.settings = Settings.from_environment(environment_of(home))
        self.storage = Storage.of(self.settings)
        self.lake = Lake(spark, self.storage)

    def land(self, source: str, file: str, content: str | bytes) -> Path:
        """Put a file into the landing folder of a source."""
        folder = local_path(self.storage.landing_uri) / self.name / source
        folder.mkdir(parents=True, exist_ok=True)
        data = content.encode() if isinstance(content, str) else content
        (folder / file).write_bytes(data)
        return folder / file

    def run(
        self, *only: str, since: date | None = None, full_refresh: bool = False
    ) -> dict[str, list[Receipt]]:
        """Run the pipeline, or some of its steps; returns the receipts of each step."""
        context = self.context(RunOptions(since=since, full_refresh=full_refresh))
        outcomes = runner.run_pipeline(discovery.pipeline(self.name).select(only), context)
        return {outcome.step.short_name: outcome.receipts for outcome in outcomes}

    def context(self, options: RunOptions | None = None) -> RunContext:
        """A run that begins now."""
        steps = discovery.pipeline(self.name).steps
        return runner.new_context(self.lake, self.settings, steps, options)

    def table(self, name: str) -> DataFrame:
        """A table of the pipeline."""
        return self.lake.read(discovery.find_step(f"{self.name}.{name}"))

    def rows(self, name: str, *columns: str) -> list[tuple[Any, ...]]:
        """The rows of a table in the order of their values."""
        return sorted(tuple(row) for row in self.table(name).select(*columns or "*").collect())

    def quarantined(self, name: str) -> list[tuple[tuple[str, ...], str]]:
        """The reasons and raw rows in a table's quarantine, in the order of the raw rows."""
        path = self.storage.quarantine(discovery.find_step(f"{self.name}.{name}"))
        if commits.latest_version(self.lake.files, path) is None:
            return []
        found = self.lake.read_at(path, name).collect()
        return sorted(((tuple(row["reasons"]), row["raw"]) for row in found), key=lambda r: r[1])


@pytest.fixture
def toy_pipelines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let discovery find the pipelines of the tests beside the real ones."""
    monkeypatch.setattr(jobs, "__path__", [*jobs.__path__, str(TOY_PIPELINES)])


@pytest.fixture
def pipelines_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder, of which each folder with a flow is a pipeline beside the real ones."""
    folder = tmp_path / "pipelines"
    folder.mkdir()
    monkeypatch.setattr(jobs, "__path__", [*jobs.__path__, str(folder)])
    known = set(sys.modules)
    yield folder
    # Another test may write another pipeline of that name.
    for module in set(sys.modules) - known:
        if str(folder) in str(getattr(sys.modules[module], "__file__", None)):
            del sys.modules[module]


@pytest.fixture
def shop(spark: SparkSession, tmp_path: Path, toy_pipelines: None) -> Toy:  # noqa: ARG001
    """The shop of tests/pipelines with an empty lake."""
    return Toy("shop", spark, tmp_path)


@pytest.fixture
def bakery(spark: SparkSession, tmp_path: Path, toy_pipelines: None) -> Toy:  # noqa: ARG001
    """The bakery of tests/pipelines, which has a model, with an empty lake."""
    return Toy("bakery", spark, tmp_path)
