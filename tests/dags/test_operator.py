"""The operator: what it makes, when it succeeds, what it takes up, and that it leaves nothing."""

import json
import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest
from airflow.sdk.exceptions import AirflowFailException

from fake_cluster import Platform
from launching.errors import HopelessJobError, JobError
from launching.job import Job, task_key, unique_name
from launching.manifests import labels, spark_application, tags
from launching.operator import MedleyOperator
from launching.template import Template, TemplateError

SCHEMA = json.loads(Path(__file__).with_name("sparkapplication.schema.json").read_text())
RUN: Mapping[str, Any] = {
    "ti": SimpleNamespace(dag_id="movies", run_id="manual__1", task_id="gold"),
}
TASK = task_key("movies", "manual__1", "gold")
ARGUMENTS = ["run", "movies", "--layer=gold"]


def _operator(engine: str = "k8s") -> MedleyOperator:
    return MedleyOperator(
        task_id="gold",
        pipeline="movies",
        arguments=[*ARGUMENTS, ""],
        kind="gold",
        engine=engine,
    )


def _job(name: str, pipeline: str = "movies", task: str = TASK) -> Job:
    return Job(name, pipeline, task, "gold", ARGUMENTS)


def _leave(platform: Platform, name: str, engine: str, **job: str) -> None:
    """What a worker leaves that was killed while it followed a job."""
    left = _job(name, **job)
    if engine == "k8s":
        platform.kubernetes.add_application({"metadata": {"name": name, "labels": labels(left)}})
    elif engine == "yarn":
        platform.kubernetes.add_pod(name, labels(left), "submit")
        platform.yarn.add(",".join(tags(left)))
    else:
        platform.kubernetes.add_pod(name, labels(left), "medley")


# ── What is made ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["bronze", "silver", "gold", "train", "serve", "together"])
def test_applications_are_what_the_operator_knows(kind: str, template: Template) -> None:
    """Every field stands in the Spark operator's own schema, with a value that it takes."""
    job = Job("movies-x-abcdefgh", "movies", TASK, kind, ARGUMENTS)

    jsonschema.validate(spark_application(job, template), SCHEMA)


def test_a_job_is_filled_in_once(template: Template) -> None:
    """What was made for one job does not show in the next one's."""
    first = spark_application(_job("movies-gold-a"), template)
    second = spark_application(_job("movies-gold-b"), template)

    assert "movies-gold-a" in str(first)
    assert "movies-gold-a" not in str(second)


def test_a_chart_that_is_too_old_is_told() -> None:
    """The message says what is missing, of the ConfigMap and of its sizes."""
    with pytest.raises(TemplateError, match=r"no application\.yaml with together, sizes, .*as new"):
        Template.parse({"spark-defaults.conf": ""})
    with pytest.raises(TemplateError, match="no size for 'gold', but for silver"):
        Template(together=False, sizes={"silver": {}}, application={}, submit={}, program={}).size(
            "gold"
        )


@pytest.mark.parametrize("engine", ["k8s", "yarn", "pod"])
def test_the_image_is_that_of_the_moment(engine: str, platform: Platform) -> None:
    """An operator that Airflow has read before makes the next job with the new image."""
    operator = _operator(engine)
    operator.execute(RUN)
    old = platform.kubernetes.config_maps["spark-application"]
    text = old["data"]["application.yaml"].replace("medley/jobs:0.1.0", "medley/jobs:0.1.0-edited")
    platform.kubernetes.config_maps["spark-application"] = {"data": {"application.yaml": text}}

    operator.execute(RUN)

    before, after = platform.kubernetes.made
    assert "medley/jobs:0.1.0-edited" not in str(before)
    assert "medley/jobs:0.1.0-edited" in str(after)


def test_without_the_chart_the_task_says_so(platform: Platform) -> None:
    """It may be installed before the next try."""
    platform.kubernetes.config_maps.clear()

    with pytest.raises(JobError, match=r"no ConfigMap spark-application .*`make deploy-spark`"):
        _operator().execute(RUN)


# ── How a job ends ───────────────────────────────────────────────────────────────────────────


def test_success_is_the_applications_own(
    platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    """COMPLETED ends the task well, with the driver's log in it, and nothing is left behind."""
    _operator().execute(RUN)

    (application,) = platform.kubernetes.made
    assert ARGUMENTS == application["spec"]["arguments"]
    assert "what the driver says" in capsys.readouterr().out
    assert ({}, {}) == (platform.kubernetes.applications, platform.kubernetes.pods)


@pytest.mark.parametrize(
    ("states", "error", "expected"),
    [
        (["SUBMITTED", "RUNNING", "FAILED"], "driver container failed", "driver container failed"),
        (["SUBMISSION_FAILED", "FAILED"], "no such image", "no such image"),
        (["RUNNING", "FAILING", "FAILED"], "", "ended as FAILED, not COMPLETED"),
    ],
)
def test_all_else_is_a_failure(
    states: list[str], error: str, expected: str, platform: Platform
) -> None:
    """Also when the driver's pod ended with 0, which the driver's pod of the fake always does."""
    platform.kubernetes.states = states
    platform.kubernetes.error = error

    with pytest.raises(JobError, match=expected) as failed:
        _operator().execute(RUN)

    assert not isinstance(failed.value, AirflowFailException)
    assert {} == platform.kubernetes.applications


def test_a_failure_says_how_the_driver_ended(platform: Platform) -> None:
    """An application only says that its driver failed; the pod knows that memory was too small."""
    platform.kubernetes.states = ["RUNNING", "FAILED"]
    platform.kubernetes.exit_code = 137

    with pytest.raises(JobError, match="ended with 137, OOMKilled") as failed:
        _operator().execute(RUN)

    assert not isinstance(failed.value, AirflowFailException)


@pytest.mark.parametrize("exit_code", [2, 3])
@pytest.mark.parametrize("engine", ["k8s", "pod"])
def test_what_a_retry_cannot_mend_is_not_tried_again(
    engine: str, exit_code: int, platform: Platform
) -> None:
    """`medley` ends with 3, or with 2 for wrong arguments; Airflow knows the exception."""
    platform.kubernetes.states = ["RUNNING", "FAILED"]
    platform.kubernetes.exit_code = exit_code

    with pytest.raises(AirflowFailException, match="would fail in the same way"):
        _operator(engine).execute(RUN)

    assert ({}, {}) == (platform.kubernetes.applications, platform.kubernetes.pods)


def test_an_application_that_vanishes_is_a_failure(platform: Platform) -> None:
    """Somebody deleted it: nobody knows how far it came."""
    kubernetes = platform.kubernetes
    kubernetes.states = ["RUNNING"]
    running = threading.Timer(0.5, kubernetes.applications.clear)
    running.start()

    with pytest.raises(JobError, match="was deleted before it had ended"):
        _operator().execute(RUN)


def test_a_driver_that_does_not_start_is_named(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message carries the pod's own reason."""
    monkeypatch.setattr("launching.engine._STARTUP_SECONDS", 0)
    platform.kubernetes.states = ["SUBMITTED"]
    platform.kubernetes.exit_code = 1

    with pytest.raises(JobError, match="did not start in 0 seconds: spark-kubernetes-driver ended"):
        _operator().execute(RUN)

    assert {} == platform.kubernetes.applications


def test_passing_faults_of_kubernetes_are_borne_with(platform: Platform) -> None:
    """An API server on a busy node answers 5xx now and then."""
    platform.kubernetes.failures = [503, 500]

    _operator().execute(RUN)


def test_what_cannot_be_taken_away_does_not_hide_the_outcome(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The job's own failure is raised; the next try ends what is left."""
    platform.kubernetes.states = ["FAILED"]
    monkeypatch.setattr("launching.on_kubernetes.OnKubernetes.end_job", _refuse)

    with pytest.raises(JobError, match="ended as FAILED"):
        _operator().execute(RUN)

    assert "could not be taken away" in caplog.text


def test_yarn_success_is_yarns_own(platform: Platform, caplog: pytest.LogCaptureFixture) -> None:
    """SUCCEEDED ends the task well; the driver's lines are in its log, each once, in order."""
    with caplog.at_level(logging.INFO):
        _operator("yarn").execute(RUN)

    shown = [record.message for record in caplog.records if "line" in record.message]
    assert platform.yarn.output == [line for line in shown if line in platform.yarn.output]
    assert {} == platform.kubernetes.pods


@pytest.mark.parametrize(("status", "is_hopeless"), [(1, False), (3, True)])
def test_yarn_failure_carries_its_diagnostics(
    status: int, is_hopeless: object, platform: Platform
) -> None:
    """The pod that submitted ended with 0; what counts is what YARN says of the application."""
    platform.yarn.final_status = "FAILED"
    platform.yarn.diagnostics = f"User application exited with status {status}"

    with pytest.raises(JobError, match=rf"as FAILED, not SUCCEEDED.*status {status}") as failed:
        _operator("yarn").execute(RUN)

    assert is_hopeless is isinstance(failed.value, HopelessJobError)


def test_a_refused_submission_is_a_failure(platform: Platform) -> None:
    """spark-submit's own exit code counts until YARN has the application."""
    platform.kubernetes.exit_code = 1
    platform.kubernetes.on_pod = lambda _: None

    with pytest.raises(JobError, match=r"The pod movies-gold-\w+ ended as Failed"):
        _operator("yarn").execute(RUN)


def test_a_resource_manager_that_forgot_is_a_failure(platform: Platform) -> None:
    """A restart of it ends what runs and forgets it."""
    platform.kubernetes.on_pod = lambda _: None

    with pytest.raises(JobError, match="YARN knows no application tagged movies-gold-"):
        _operator("yarn").execute(RUN)


def test_an_unknown_engine_is_not_tried_again() -> None:
    """Another try would find it as unknown."""
    with pytest.raises(AirflowFailException, match="no engine 'mesos'; expected one of k8s, yarn"):
        _operator("mesos").execute(RUN)


# ── What was left ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("engine", ["k8s", "yarn", "pod"])
def test_a_job_of_the_same_task_is_taken_up(
    engine: str, platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    """After a restart of Airflow: no second one is made, and its end is the task's."""
    _leave(platform, "movies-gold-left", engine)

    _operator(engine).execute(RUN)

    assert [] == platform.kubernetes.made
    assert "what the driver says" not in capsys.readouterr().out, "the earlier try has shown it"
    assert ({}, {}) == (platform.kubernetes.applications, platform.kubernetes.pods)
    assert "KILLED" not in [found["state"] for found in platform.yarn.applications]


@pytest.mark.parametrize("engine", ["k8s", "yarn"])
def test_one_that_has_ended_well_meanwhile_counts(engine: str, platform: Platform) -> None:
    """Nobody was there to note its success; doing it again would be in vain."""
    _leave(platform, "movies-gold-left", engine)
    platform.kubernetes.states = ["COMPLETED"]
    for application in platform.yarn.applications:
        application |= {"state": "FINISHED", "finalStatus": "SUCCEEDED"}

    _operator(engine).execute(RUN)

    assert [] == platform.kubernetes.made


@pytest.mark.parametrize("engine", ["k8s", "yarn", "pod"])
def test_one_that_has_failed_meanwhile_is_done_again(engine: str, platform: Platform) -> None:
    """It is taken away, and the new try makes its own."""
    if engine == "pod":
        platform.kubernetes.exit_code = 1
    _leave(platform, "movies-gold-left", engine)
    platform.kubernetes.exit_code = 0
    for application in platform.kubernetes.applications.values():
        application["status"] = {"applicationState": {"state": "FAILED"}}
    for application in platform.yarn.applications:
        application |= {"state": "FINISHED", "finalStatus": "FAILED"}

    _operator(engine).execute(RUN)

    assert 1 == len(platform.kubernetes.made)
    assert ({}, {}) == (platform.kubernetes.applications, platform.kubernetes.pods)


def test_a_job_that_is_being_deleted_is_not_taken_up(platform: Platform) -> None:
    """Somebody has cleared the task: what runs is about to end."""
    _leave(platform, "movies-gold-left", "k8s")
    application = platform.kubernetes.applications["movies-gold-left"]
    application["metadata"]["deletionTimestamp"] = "2026-01-31T00:00:00Z"

    _operator().execute(RUN)

    assert 1 == len(platform.kubernetes.made)


def test_yarns_memory_of_an_earlier_success_is_no_success(platform: Platform) -> None:
    """Somebody clears a task that has succeeded: YARN still knows its application."""
    platform.yarn.add(",".join(tags(_job("movies-gold-done"))))
    platform.yarn.applications[0] |= {"state": "FINISHED", "finalStatus": "SUCCEEDED"}

    _operator("yarn").execute(RUN)

    assert 1 == len(platform.kubernetes.made)


@pytest.mark.parametrize(
    ("dag_id", "run_id", "task_id"),
    [
        ("movies", "manual__2", "gold"),
        ("movies", "manual__1", "serve"),
        ("maintenance", "manual__1", "gold"),
    ],
)
@pytest.mark.parametrize("engine", ["k8s", "yarn"])
def test_jobs_of_other_tasks_and_runs_are_ended(
    engine: str, dag_id: str, run_id: str, task_id: str, platform: Platform
) -> None:
    """They write the same tables, and nobody waits for them."""
    _leave(platform, "movies-old", engine, task=task_key(dag_id, run_id, task_id))

    _operator(engine).execute(RUN)

    assert 1 == len(platform.kubernetes.made)
    assert ({}, {}) == (platform.kubernetes.applications, platform.kubernetes.pods)
    assert ["KILLED"] * (engine == "yarn") == [
        found["state"] for found in platform.yarn.applications[:-1]
    ]


def test_beside_one_taken_up_all_others_are_ended(platform: Platform) -> None:
    """On both engines; those of another pipeline stay."""
    _leave(platform, "movies-gold-left", "k8s")
    _leave(platform, "movies-silver-old", "k8s", task="other")
    _leave(platform, "movies-bronze-old", "yarn", task="other")
    _leave(platform, "web-logs-gold", "k8s", pipeline="web_logs", task="another")
    _leave(platform, "web-logs-silver", "yarn", pipeline="web_logs", task="another")

    _operator().execute(RUN)

    assert [] == platform.kubernetes.made
    assert {"web-logs-gold"} == set(platform.kubernetes.applications)
    assert {"web-logs-gold-driver", "web-logs-silver"} == set(platform.kubernetes.pods)
    assert ["KILLED", "RUNNING"] == [found["state"] for found in platform.yarn.applications]


@pytest.mark.parametrize("engine", ["k8s", "yarn"])
def test_a_task_told_to_stop_ends_its_application(engine: str, platform: Platform) -> None:
    """Airflow calls `on_kill` in the midst of `execute`, and goes on in it."""
    platform.kubernetes.states = ["RUNNING"]
    platform.yarn.output = ["line"] * 100_000
    operator = _operator(engine)
    stop = threading.Timer(1, operator.on_kill)
    stop.start()

    with pytest.raises(JobError, match="told to stop"):
        operator.execute(RUN)
    stop.join()

    assert ({}, {}) == (platform.kubernetes.applications, platform.kubernetes.pods)
    assert [] == [a for a in platform.yarn.applications if a["state"] == "RUNNING"]


# ── Names ────────────────────────────────────────────────────────────────────────────────────


def test_names_are_unique_and_fit() -> None:
    """A driver's pod is called <name>-driver, in 63 letters of what Kubernetes allows."""
    long = unique_name("a_pipeline_with_an_uncommonly_long_name_for_what_it_does-bronze")

    assert unique_name("movies-gold") != unique_name("movies-gold")
    assert len(f"{long}-driver") <= 63
    assert long.replace("-", "").isalnum()
    assert long == long.lower()


def test_a_task_has_one_key_in_all_its_tries() -> None:
    """Which is a label; another run's is another, however the names are cut."""
    keys = {task_key("movies", "manual__1", "gold"), task_key("movies", "manual__1g", "old")}

    assert TASK == task_key("movies", "manual__1", "gold")
    assert 2 == len(keys)
    assert all(len(key) <= 63 and key.isalnum() for key in keys)


def _refuse(*_: object) -> None:
    raise OSError("the API server is away")
