"""The DAGs: all are read, follow the flows, and keep to the rule of one writer."""

import importlib.util
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG, TriggerRule
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException, ParamValidationError
from airflow.serialization.serialized_objects import DagSerialization

import jobs
from fake_cluster import Platform
from jobs.lakehouse.declare import discovery
from jobs.lakehouse.declare.pipeline import Pipeline
from jobs.lakehouse.declare.table import LAYERS
from jobs.settings import Settings
from launching.alerts import tell_of_failure
from launching.operator import MedleyOperator
from launching.pipeline_dag import pipeline_dag
from launching.pools import pools
from launching.promotion_dag import promotion_dag
from launching.template import Template

ROOT = Path(__file__).parents[2]
PIPELINES = discovery.pipelines()
MISNAMED = """
from jobs.lakehouse.declare.table import Silver
raw = Silver('renamed.other', doc='One row per a.', reads=[], schema='a INT', key=['a'])
"""


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
    """Bronze to serve, those that the flow has; publishing comes last, also after `together`."""
    _check_order(pipeline, dags[pipeline.name])


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_one_application_takes_the_place_of_the_layers(pipeline: str, dags: dict[str, DAG]) -> None:
    """Only where `together` was skipped they begin, and publishing comes after either.

    Airflow skips a task of the rule all_skipped when something before it was done, and skips what
    comes after a skipped one under its own rule, both without starting a process.
    """
    dag = dags[pipeline]
    rules = {task.task_id: task.trigger_rule for task in dag.tasks}

    assert TriggerRule.ALL_SKIPPED == rules.pop("bronze")
    assert TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS == rules.pop("publish")
    assert {TriggerRule.ALL_SUCCESS} == set(rules.values())


@pytest.mark.parametrize(
    ("chart", "run", "is_wanted"),
    [
        ("false", None, False),
        ("true", None, True),
        ("false", True, True),
        ("true", False, False),
    ],
)
def test_a_run_or_else_the_chart_wants_one_application(
    chart: str, run: object, is_wanted: object, platform: Platform, dags: dict[str, DAG]
) -> None:
    """The chart's value is looked up at that moment; the task skips itself or goes on."""
    text = platform.kubernetes.config_maps["spark-application"]["data"]["application.yaml"]
    platform.kubernetes.config_maps["spark-application"] = {
        "data": {"application.yaml": text.replace("together: false", f"together: {chart}", 1)}
    }
    hook = dags["movies"].get_task("together")._pre_execute_hook  # noqa: SLF001  no public name
    assert hook is not None

    if is_wanted:
        hook({"params": {"together": run}})
    else:
        with pytest.raises(AirflowSkipException):
            hook({"params": {"together": run}})


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


@pytest.fixture
def broken_flows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Pipelines beside the others whose flows cannot be read, with what their DAGs will say."""
    texts = {
        "torn": ("flow.py", "raw = Bronze(", r"SyntaxError: '\(' was never closed"),
        "lost": ("flow.py", "import nowhere_to_be_found", "No module named 'nowhere_to_be_found'"),
        "gone": ("flow.py", "import sys; sys.exit(0)", "SystemExit: 0"),
        "spoilt": ("__init__.py", "1 / 0", "ZeroDivisionError"),
        "renamed": (
            "flow.py",
            MISNAMED,
            "declares 'renamed.other' as `raw`",
        ),
    }
    for name, (file, text, _) in texts.items():
        folder = tmp_path / name
        folder.mkdir()
        for empty in ("__init__.py", "flow.py"):
            (folder / empty).touch()
        (folder / file).write_text(text)
    monkeypatch.setattr(jobs, "__path__", [*jobs.__path__, str(tmp_path)])
    yield {name: reason for name, (_, _, reason) in texts.items()}
    for module in [f"jobs.{name}{part}" for name in texts for part in ("", ".flow")]:
        sys.modules.pop(module, None)


def test_a_broken_flow_leaves_all_other_dags_alone(broken_flows: dict[str, str]) -> None:
    """In its place stands a DAG of that name whose one task fails with the reason, at once."""
    bag = DagBag(str(ROOT / "dags"))
    dags = dict(bag.dags)

    assert {} == bag.import_errors
    assert {*PIPELINES, *broken_flows, "maintenance", "promotion"} == set(dags)
    assert set(PIPELINES) == set(dags["maintenance"].task_ids)
    for pipeline in PIPELINES:
        assert "publish" in dags[pipeline].task_ids
    for name, reason in broken_flows.items():
        (task,) = dags[name].tasks
        assert 0 == task.retries
        assert [tell_of_failure] == list(task.on_failure_callback)
        with pytest.raises(AirflowFailException, match=reason):
            task.python_callable(*task.op_args, **task.op_kwargs)


def test_a_broken_flow_has_its_pool(broken_flows: dict[str, str]) -> None:
    """Once it is mended, its tasks do not wait for one."""
    assert {*PIPELINES, *broken_flows} == set(pools())


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
        ({"since": None, "engine": "yarn", "together": True}, None),
    ],
)
def test_runs_take_parameters(conf: dict[str, object], since: str, dags: dict[str, DAG]) -> None:
    """An engine, and a day for those who want old rows made again."""
    params = _params(dags, conf)

    assert (since, conf.get("engine", "k8s")) == (params["since"], params["engine"])
    assert conf.get("together") is params["together"]


@pytest.mark.parametrize(
    "conf",
    [{"engine": "mesos"}, {"since": "last week"}, {"since": 7}, {"together": "yes"}],
)
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
    silver, together = (
        dags["movies"].get_task(task).prepare_for_execution() for task in ("silver", "together")
    )

    silver.render_template_fields(context)
    together.render_template_fields(context)

    assert (expected, "yarn") == (silver.arguments, silver.engine)
    assert [word for word in expected if word != "--layer=silver"] == together.arguments


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
    """It calls `jobs.lakehouse.sql.trino.publish` in the worker."""
    published: list[tuple[str, str]] = []
    module = ModuleType("jobs.lakehouse.sql.trino")

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
        assert isinstance(task, MedleyOperator)
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


def test_promotion_runs_in_a_pod(platform: Platform, dags: dict[str, DAG]) -> None:
    """As the chart has it at that moment, with the model's name and version as arguments."""
    (task,) = dags["promotion"].tasks
    operator = task.prepare_for_execution()
    operator.render_template_fields({"params": {"model": "movies.ranker", "version": 3}})

    operator.execute(
        {"ti": SimpleNamespace(dag_id="promotion", run_id="manual__1", task_id="promote")}
    )

    (pod,) = platform.kubernetes.made
    (container,) = pod["spec"]["containers"]
    assert ["python3", "/opt/medley/job.py", "promote", "movies.ranker", "3"] == container["args"]
    assert container["image"].startswith("medley/jobs:")
    assert {} == platform.kubernetes.pods


def test_every_task_has_a_size(dags: dict[str, DAG], template: Template) -> None:
    """The chart knows each kind of job that the DAGs make with Spark."""
    kinds = {
        task.kind
        for dag in dags.values()
        for task in dag.tasks
        if isinstance(task, MedleyOperator) and task.engine != "pod"
    }

    assert {*LAYERS, "together", "maintenance"} == kinds == set(template.sizes)


def _check_order(pipeline: Pipeline, dag: DAG) -> None:
    present = {step.layer for step in pipeline.steps}
    chain = ["together", *(layer for layer in LAYERS if layer in present), "publish"]
    expected = dict(zip(chain, [{after} for after in chain[1:]] + [set()], strict=True))
    expected["together"] = {"bronze", "publish"}

    assert expected == {task.task_id: set(task.downstream_task_ids) for task in dag.tasks}


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
