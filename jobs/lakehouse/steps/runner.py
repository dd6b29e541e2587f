"""Runs a pipeline: every step as soon as what it reads is done, side by side."""

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from graphlib import TopologicalSorter

from py4j.protocol import Py4JJavaError

from jobs.errors import MedleyError, StepError
from jobs.lakehouse.declare.pipeline import Pipeline
from jobs.lakehouse.declare.table import Bronze, Model, Silver, Step, Table
from jobs.lakehouse.steps.decision import RunOptions
from jobs.lakehouse.steps.ingest import ingest
from jobs.lakehouse.steps.rebuild import rebuild
from jobs.lakehouse.steps.receipts import Receipt, gather
from jobs.lakehouse.steps.refine import refine
from jobs.lakehouse.steps.retrying import may_help
from jobs.lakehouse.steps.run_context import RunContext
from jobs.lakehouse.steps.training import train
from jobs.lakehouse.store.lake import Lake
from jobs.settings import Settings
from model_registry import Registry

SIDE_BY_SIDE = 4
"""Steps under way at once: more than the cores of a small machine, for steps wait a lot."""


@dataclass(frozen=True)
class Outcome:
    """What became of one step; without receipts it had nothing to do."""

    step: Step
    receipts: list[Receipt]
    seconds: float


Watcher = Callable[[Step, Outcome | None], None]
"""Called when a step begins (None) and when it has ended (its outcome)."""


def run_pipeline(
    pipeline: Pipeline, run: RunContext, watch: Watcher = lambda *_: None
) -> list[Outcome]:
    """Run all steps of a pipeline, each after those that it reads.

    Steps under way when one fails are let finish; none is begun after it. Raises what the
    failing step raised, as a MedleyError; of several, one that another try may mend.
    """
    outcomes: list[Outcome] = []
    try:
        for outcome in _run_in_order(pipeline, run, watch):
            outcomes.append(outcome)
            watch(outcome.step, outcome)
    finally:
        trained = [r for o in outcomes for r in o.receipts if isinstance(o.step, Model)]
        gather(run.lake, pipeline.steps, trained)
    return outcomes


def new_context(
    lake: Lake, settings: Settings, steps: Sequence[Step], options: RunOptions | None = None
) -> RunContext:
    """A run that begins now."""
    registry = Registry(settings.tracking_uri, settings.artifact_uri)
    return RunContext(lake, new_run_id(), registry, options or RunOptions(), steps)


def new_run_id() -> str:
    """A name for a run: when it began, and something that tells it from others."""
    return f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{uuid.uuid4().hex[:6]}"


def _run_in_order(pipeline: Pipeline, run: RunContext, watch: Watcher) -> Iterator[Outcome]:
    """Run what is ready side by side; yields outcomes as they come, then raises a failure.

    Of the steps that are ready those begin first for which the most others wait in a row.
    """
    sorter = TopologicalSorter(pipeline.graph)
    sorter.prepare()
    ready: list[Step] = []
    failures: list[BaseException] = []
    running: set[Future[Outcome]] = set()
    with ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="step") as pool:
        while sorter.is_active():
            ready += sorter.get_ready()
            ready.sort(key=pipeline.urgency.__getitem__)
            while ready and len(running) < SIDE_BY_SIDE and not failures:
                running.add(pool.submit(_run_timed, ready.pop(), run, watch))
            if not running:
                break
            ended, running = wait(running, return_when=FIRST_COMPLETED)
            failures += [error for future in ended if (error := future.exception())]
            for future in ended:
                if future.exception() is None:
                    sorter.done(future.result().step)
                    yield future.result()
    if failures:
        raise next(filter(may_help, failures), failures[0])


def _run_timed(step: Step, run: RunContext, watch: Watcher) -> Outcome:
    watch(step, None)
    # Spark's UI and history name each job by its step.
    run.lake.spark.sparkContext.setJobDescription(step.name)
    begun = time.monotonic()
    try:
        receipts = _run_step(step, run.for_one_step())
    except MedleyError:
        raise
    # Some library's sys.exit(0) would end the run as if all were well.
    except (Exception, SystemExit) as error:
        raise StepError(
            f"'{step.name}' failed: {_reason(error)} `medley --debug …` shows the whole trace."
        ) from error
    return Outcome(step, receipts, time.monotonic() - begun)


def _reason(error: Exception | SystemExit) -> str:
    """The first line of what an error says; of Java's, that of what caused it in the end."""
    said = repr(error) if isinstance(error, SystemExit) else str(error)
    if isinstance(error, Py4JJavaError):
        cause = error.java_exception
        while cause.getCause() is not None:
            cause = cause.getCause()
        said = cause.toString()
    lines = said.strip().splitlines()
    return lines[0] if lines else repr(error)


def _run_step(step: Step, run: RunContext) -> list[Receipt]:
    match step:
        case Bronze():
            return ingest(step, run)
        case Silver(refresh="new_rows"):
            return refine(step, run)
        case Table():
            return rebuild(step, run)
        case Model():
            return train(step, run)
        case _:
            raise StepError(
                f"'{step.name}' is a {type(step).__name__}; no step knows how to run it."
            )
