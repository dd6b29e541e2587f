"""The DAGs: all are read, follow the flows, and keep to the rule of one writer."""

import importlib.util
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import yaml
from airflow.dag_processing.dagbag import DagBag
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.sdk import DAG
from airflow.sdk.exceptions import ParamValidationError
from airflow.serialization.serialized_objects import DagSerialization

import jobs
from jobs.lakehouse import discovery
from jobs.lakehouse.pipeline import Pipeline
from jobs.lakehouse.settings import Settings
from jobs.lakehouse.table import LAYERS
from launching import sizes
from launching.alerts import tell_of_failure
from launching.pipeline_dag import pipeline_dag
from launching.pods import JOB_FILE
from launching.pools import pools
from launching.promotion_dag import promotion_dag
from launching.spark_job import SparkJob

ROOT = Path(__file__).parents[2]
PIPELINES = discovery.pipelines()


@pytest.fixture(params=["shop", "bakery"])
def toy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """The pipelines of other tests: one without models, one with."""
    monkeypatch.setattr(jobs, "__path__", [*jobs.__path__, str(ROOT / "tests" / "pipelines")])
    return discovery.pipeline(request.param)


def test_all_dags_are_read(dag_bag: DagBag) -> None:
    """Without pyspark, mlflow and pandas, which Airflow's image does not have."""
    assert {} == dag_bag.import_errors
    assert [] == [name for name in ("pyspark", "mlflow.tracking", "pandas") if _is_there(name)]


def test_there_is_a_dag_for_each_pipeline(dags: dict[str, DAG]) -> None:
    """Nobody keeps a list: a new flow has its DAG."""
    assert {*PIPELINES, "maintenance", "promotion"} == set(dags)


@pytest.mark.parametrize("pipeline", PIPELINES.values(), ids=list(PIPELINES))
def test_layers_run_in_their_order(pipeline: Pipeline, dags: dict[str, DAG]) -> None:
    """Bronze to serve, those that the flow has; publishing comes last."""
    _check_order(pipeline, dags[pipeline.name])


def test_the_factory_takes_any_flow(toy: Pipeline) -> None:
    """Also one without models, which has neither train nor serve."""
    _check_order(toy, pipeline_dag(toy))


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_a_pipeline_has_one_writer(pipeline: str, dags: dict[str, DAG]) -> None:
    """One run at a time, and one task at a time in its pool, maintenance included."""
    assert 1 == dags[pipeline].max_active_runs
    assert {pipeline} == {task.pool for task in dags[pipeline].tasks}
    assert pipeline == dags["maintenance"].get_task(pipeline).pool


def test_each_pipeline_has_a_pool() -> None:
    """A task whose pool is missing waits for ever; the chart's migration makes these."""
    assert dict.fromkeys(PIPELINES, 1) == {name: pool["slots"] for name, pool in pools().items()}
    assert all({"slots", "description", "include_deferred"} == set(p) for p in pools().values())


def test_tasks_are_tried_again_with_longer_pauses(dags: dict[str, DAG]) -> None:
    """And are told of when the last try has failed, and never run without end."""
    for task in (task for dag in dags.values() for task in dag.tasks):
        assert 3 == task.retries
        assert 2.0 == task.retry_exponential_backoff
        assert timedelta(0) < task.retry_delay < task.max_retry_delay
        assert task.execution_timeout
        assert [tell_of_failure] == list(task.on_failure_callback)


@pytest.mark.parametrize(
    ("conf", "since"),
    [
        ({}, None),
        ({"since": "2026-01-31"}, "2026-01-31"),
        ({"since": None, "engine": "yarn"}, None),
    ],
)
def test_runs_take_parameters(conf: dict[str, object], since: str, dags: dict[str, DAG]) -> None:
    """An engine, and a day for those who want old rows made again."""
    params = _params(dags, conf)

    assert (since, conf.get("engine", "k8s")) == (params["since"], params["engine"])


@pytest.mark.parametrize("conf", [{"engine": "mesos"}, {"since": "last week"}, {"since": 7}])
def test_wrong_parameters_are_refused(conf: dict[str, object], dags: dict[str, DAG]) -> None:
    """When the run is asked for, not in a pod."""
    with pytest.raises(ParamValidationError):
        _params(dags, conf)


@pytest.mark.parametrize(
    ("run_type", "since", "expected"),
    [
        ("scheduled", None, ["run", "movies", "--layer=silver", ""]),
        ("manual", None, ["run", "movies", "--layer=silver", ""]),
        ("manual", "2026-01-05", ["run", "movies", "--layer=silver", "--since=2026-01-05"]),
        ("backfill", None, ["run", "movies", "--layer=silver", "--since=2026-01-31"]),
        ("backfill", "2026-01-05", ["run", "movies", "--layer=silver", "--since=2026-01-05"]),
    ],
)
def test_a_backfill_makes_its_day_again(
    run_type: str, since: str | None, expected: list[str], dags: dict[str, DAG]
) -> None:
    """A run of every day only takes in what is new; a manual one has no day at all."""
    context: dict[str, Any] = {
        "params": {"since": since, "engine": "yarn"},
        "dag_run": SimpleNamespace(run_type=run_type),
    }
    if run_type != "manual":
        context["data_interval_start"] = datetime(2026, 1, 31, tzinfo=UTC)
    task = dags["movies"].get_task("silver").prepare_for_execution()

    task.render_template_fields(context)

    assert (expected, "yarn") == (task.arguments, task.engine)


def test_a_backfill_has_a_run_for_each_day(dags: dict[str, DAG]) -> None:
    """Of the DAG as the scheduler knows it: days before now, each with itself as its interval."""
    dag = DagSerialization.from_dict(DagSerialization.to_dict(dags["movies"]))
    first, last = datetime(2019, 12, 30, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)

    runs = list(dag.iter_dagrun_infos_between(first, last))

    assert [first + timedelta(days=day) for day in range(3)] == [r.logical_date for r in runs]
    assert [r.logical_date for r in runs] == [r.data_interval.start for r in runs]
    assert [r.logical_date + timedelta(days=1) for r in runs] == [r.data_interval.end for r in runs]


def test_past_days_are_not_caught_up(dags: dict[str, DAG]) -> None:
    """The first day that may be asked for is long ago; only asking begins its run."""
    assert {False} == {dag.catchup for dag in dags.values()}


@pytest.mark.parametrize("pipeline", PIPELINES.values(), ids=list(PIPELINES))
def test_pages_name_every_table(pipeline: Pipeline, dags: dict[str, DAG]) -> None:
    """With its grain, from the flow."""
    page = dags[pipeline.name].doc_md or ""

    assert pipeline.doc in page
    for step in pipeline.steps:
        assert f"| {step.layer} | `{step.name}` | {step.doc.splitlines()[0]}" in page


def test_publishing_needs_no_pod(monkeypatch: pytest.MonkeyPatch, dags: dict[str, DAG]) -> None:
    """It calls `jobs.lakehouse.publishing.publish` in the worker."""
    published: list[tuple[str, str]] = []
    module = ModuleType("jobs.lakehouse.publishing")

    def publish(pipeline: Pipeline, settings: Settings) -> list[str]:
        published.append((pipeline.name, settings.lake_uri))
        return []

    module.publish = publish  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setenv("MEDLEY_LAKE", "s3a://lake")
    task = dags["movies"].get_task("publish")

    task.python_callable(*task.op_args, **task.op_kwargs)

    assert [("movies", "s3a://lake")] == published


def test_maintenance_runs_for_each_pipeline(dags: dict[str, DAG]) -> None:
    """One after the other, once a week."""
    dag = dags["maintenance"]

    assert set(PIPELINES) == set(dag.task_ids)
    assert (1, 1) == (dag.max_active_runs, dag.max_active_tasks)
    for task in dag.tasks:
        assert isinstance(task, SparkJob)
        assert ["maintain", task.task_id] == task.arguments


def test_promotion_asks_for_a_model_and_a_version(toy: Pipeline, dags: dict[str, DAG]) -> None:
    """Models are those of the flows; neither has a default, for nothing is promoted by chance."""
    declared = {m.name for p in PIPELINES.values() for m in p.steps if m.layer == "train"}
    params = dags["promotion"].params

    assert declared == set(params.get_param("model").schema["enum"])
    with pytest.raises(ParamValidationError):
        params.validate()
    assert None is dags["promotion"].schedule
    models = [step.name for step in toy.steps if step.layer == "train"]
    assert models == promotion_dag([toy]).params.get_param("model").schema["enum"]


def test_promotion_runs_in_a_pod(dags: dict[str, DAG]) -> None:
    """Of the Spark image, with the model's name and version as arguments."""
    (task,) = dags["promotion"].tasks
    assert isinstance(task, KubernetesPodOperator)
    operator = task.prepare_for_execution()
    operator.render_template_fields({"params": {"model": "movies.ranker", "version": 3}})
    pod = operator.build_pod_request_obj(dry_run=True)
    (container,) = pod.spec.containers

    assert ["python3", "/opt/medley/job.py", "promote", "movies.ranker", "3"] == container.args
    assert container.image.startswith("medley/spark:")
    assert container.security_context.read_only_root_filesystem
    assert pod.spec.security_context.run_as_non_root
    assert "true" == pod.metadata.labels["mlflow-client"]


def test_what_jobs_run_is_in_the_image() -> None:
    """The file that every driver starts, and promotion too, is copied there."""
    dockerfile = (ROOT / "images" / "spark" / "Dockerfile").read_text()

    assert f"COPY images/spark/job.py {JOB_FILE}\n" in dockerfile


@pytest.mark.parametrize("size", [*sizes.LAYERS.values(), sizes.MAINTENANCE], ids=str)
def test_jobs_fit_into_one_yarn_node(size: sizes.Size) -> None:
    """Else YARN waits for room: charts/hadoop/values.yaml says how much a node lends."""
    values = yaml.safe_load((ROOT / "charts" / "hadoop" / "values.yaml").read_text())
    containers = values["yarn"]["nodemanager"]["containers"]
    # Spark adds a tenth to a driver, at least 384 MiB; YARN rounds up to its smallest container.
    driver = size.driver_mib + max(384, size.driver_mib // 10)
    asked = [driver] + [size.executor_mib + size.overhead_mib] * size.executors
    rounded = [-(-mib // 256) * 256 for mib in asked]

    assert sum(rounded) <= containers["memoryMiB"]
    assert size.cores * size.executors <= containers["cores"]


def test_every_layer_has_a_size() -> None:
    """A layer without one would fail the DAG of each pipeline."""
    assert set(LAYERS) == set(sizes.LAYERS)


def _check_order(pipeline: Pipeline, dag: DAG) -> None:
    present = {step.layer for step in pipeline.steps}
    tasks = [*(layer for layer in LAYERS if layer in present), "publish"]

    assert tasks == [task.task_id for task in dag.topological_sort()]
    for before, after in pairwise(tasks):
        assert {after} == dag.get_task(before).downstream_task_ids


def _params(dags: dict[str, DAG], conf: dict[str, object]) -> dict[str, Any]:
    params = dags["movies"].params.__copy__()
    params.update(conf)
    validated: dict[str, Any] = params.validate()
    return validated


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False
