"""Runs pipelines from end to end: lands their data, starts Spark, opens the registry, runs."""

import importlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from jobs.errors import DeclarationError, SetupError
from jobs.lakehouse.declare import discovery
from jobs.lakehouse.declare.pipeline import Pipeline
from jobs.lakehouse.declare.table import Bronze, Model, Served
from jobs.lakehouse.machine.jars import ensure_jars
from jobs.lakehouse.machine.java import find_java
from jobs.lakehouse.steps.decision import RunOptions
from jobs.lakehouse.store import lock
from jobs.lakehouse.store.storage import Storage
from jobs.settings import Settings
from jobs.sources.landing_zone import bring_all, is_due

# Spark and MLflow take seconds to import. They are imported while other things start, and
# commands that only need the types of this module do not wait for them.
if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from jobs.lakehouse.steps.runner import Outcome, Watcher
    from jobs.lakehouse.store.lake import Lake
    from jobs.lakehouse.store.ledger import Verdict
    from jobs.lakehouse.store.upkeep import Upkeep

Tell = Callable[[str], None]
"""Told what a run is waiting for before its first step."""

_MIB = 1024 * 1024


@dataclass(frozen=True)
class RunRequest:
    """What is asked of a run."""

    pipelines: Sequence[Pipeline]
    """The parts that `Pipeline.select` chose."""
    options: RunOptions = field(default_factory=RunOptions)
    """What is asked for besides what is due by itself."""


def run(
    settings: Settings,
    request: RunRequest,
    watch: "Watcher" = lambda *_: None,
    tell: Tell = lambda _: None,
) -> "list[Outcome]":
    """Run pipelines one after the other, each after those whose tables it reads.

    Args:
        settings: Where things are.
        request: What to run and how.
        watch: Told when a step begins and when it has ended; from several threads.
        tell: Told what is waited for before that; from several threads.

    Raises SetupError when the machine lacks something, SourceError when packaged data cannot be
    had, LakeError when the lake is in use or newer than this program, and what a failing step
    raises.
    """
    pipelines = in_order(request.pipelines)
    with _open_lake(settings, pipelines, tell) as lake, _only_writer(lake, pipelines, tell):
        from jobs.lakehouse.steps import runner  # noqa: PLC0415  Spark has started meanwhile

        steps = [step for found in discovery.readable_pipelines() for step in found.steps]
        context = runner.new_context(lake, settings, steps, request.options)
        return [
            outcome
            for pipeline in pipelines
            for outcome in runner.run_pipeline(pipeline, context, watch)
        ]


def keep_up(settings: Settings, pipeline: Pipeline, tell: Tell = lambda _: None) -> "list[Upkeep]":
    """Compact a pipeline's tables and delete what their retention no longer keeps.

    Raises what `run` raises.
    """
    with _open_lake(settings, (), tell) as lake, _only_writer(lake, [pipeline], tell):
        from jobs.lakehouse.store import upkeep  # noqa: PLC0415  Spark has started meanwhile

        return upkeep.maintain(lake, pipeline)


def decide_delivery(
    settings: Settings, table: Bronze, file: str, verdict: "Verdict", tell: Tell = lambda _: None
) -> None:
    """Note a person's decision about a file that a bronze table has taken in.

    Raises UnknownNameError for a file that it has not taken in, and what `run` raises.
    """
    pipeline = discovery.pipeline(table.pipeline)
    with _open_lake(settings, (), tell) as lake, _only_writer(lake, [pipeline], tell):
        from jobs.lakehouse.steps import deliveries, runner  # noqa: PLC0415  as above

        deliveries.decide(table, file, verdict, runner.new_context(lake, settings, pipeline.steps))


def in_order(pipelines: Sequence[Pipeline]) -> list[Pipeline]:
    """The pipelines, each after those whose tables it reads; raises DeclarationError."""
    by_name = {pipeline.name: pipeline for pipeline in pipelines}
    reads = {
        pipeline.name: {
            read.pipeline
            for step in pipeline.steps
            for read in step.upstream
            if read.pipeline in by_name and read.pipeline != pipeline.name
        }
        for pipeline in pipelines
    }
    try:
        return [by_name[name] for name in TopologicalSorter(reads).static_order()]
    except CycleError as error:
        raise DeclarationError(
            f"Pipelines read each other's tables in a circle: {' → '.join(error.args[1])}."
        ) from error


@contextmanager
def _open_lake(settings: Settings, pipelines: Sequence[Pipeline], tell: Tell) -> "Iterator[Lake]":
    """The lake with Spark running and the pipelines' data landed; no other run on this machine."""
    with lock.only_writer(settings.home):
        _check_disk(settings)
        with ThreadPoolExecutor(thread_name_prefix="prepare") as pool:
            spark = _prepare(settings, pipelines, pool, tell)
            try:
                from jobs.lakehouse.store.lake import Lake  # noqa: PLC0415  Spark has started meanwhile

                yield Lake(spark, Storage.of(settings))
            finally:
                spark.stop()


def _only_writer(
    lake: "Lake", pipelines: Sequence[Pipeline], tell: Tell
) -> AbstractContextManager[None]:
    """Keep other runs of the pipelines away, on whichever machine they are."""
    from jobs.lakehouse.store import lease  # noqa: PLC0415  Spark has started meanwhile

    return lease.only_writer(lake, [pipeline.name for pipeline in pipelines], tell)


def _check_disk(settings: Settings) -> None:
    free = shutil.disk_usage(settings.home).free // _MIB
    if free < settings.free_disk_mib:
        raise SetupError(
            f"The disk of {settings.home} has {free:,} MiB free; a run needs "
            f"{settings.free_disk_mib:,}. Free some, set MEDLEY_HOME to a larger disk, or lower "
            "MEDLEY_FREE_DISK_MIB if you know that this run needs less."
        )


def _prepare(
    settings: Settings, pipelines: Sequence[Pipeline], pool: ThreadPoolExecutor, tell: Tell
) -> "SparkSession":
    """Start Spark while data lands and the registry opens; both are done or under way then."""
    due = [
        source for pipeline in pipelines for source in pipeline.sources if is_due(source, settings)
    ]
    if due and settings.spark_master is not None:
        # What the machine lacks shows at once, not after a long download.
        ensure_jars(settings, find_java(settings))
    landing = pool.submit(bring_all, due, settings, tell)
    tell("starting Spark")
    # Before MLflow's import takes the interpreter: what takes longest is the JVM, which starts
    # in a process of its own.
    session = importlib.import_module("jobs.lakehouse.machine.session")
    steps = [step for pipeline in pipelines for step in pipeline.steps]
    if any(isinstance(step, Model | Served) for step in steps):
        _open_registry_meanwhile(settings, pool)
    spark: SparkSession = session.open_session(settings)
    try:
        landing.result()
    except BaseException:
        spark.stop()
        raise
    return spark


def _open_registry_meanwhile(settings: Settings, pool: ThreadPoolExecutor) -> Future[object]:
    """Make the registry's database while Spark starts; steps that need it wait for it.

    Nobody asks how it went: a registry that does not open fails the step that needs it.
    """

    def connect() -> object:
        registry = importlib.import_module("model_registry.registry")
        return registry.connect(registry.Registry(settings.tracking_uri, settings.artifact_uri))

    return pool.submit(connect)
