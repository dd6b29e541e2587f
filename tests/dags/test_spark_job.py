"""The operator: what it makes, when it succeeds, and that it leaves nothing running."""

import json
import logging
import threading
import tomllib
from pathlib import Path

import jsonschema
import pytest
from airflow.sdk.exceptions import AirflowFailException

from fake_cluster import Platform
from launching import sizes
from launching.job import Job, JobError, unique_name
from launching.on_kubernetes import spark_application
from launching.on_yarn import submit_pod
from launching.settings import Settings
from launching.spark_job import SparkJob

JOB = Job("movies-gold-abcdefgh", "movies", ["run", "movies", "--layer=gold"], sizes.LAYERS["gold"])
ROOT = Path(__file__).parents[2]
SCHEMA = json.loads(Path(__file__).with_name("sparkapplication.schema.json").read_text())


def _job(engine: str = "k8s") -> SparkJob:
    return SparkJob(
        task_id="gold",
        pipeline="movies",
        arguments=["run", "movies", "--layer=gold", ""],
        size=sizes.LAYERS["gold"],
        engine=engine,
    )


def test_applications_are_what_the_operator_knows(settings: Settings) -> None:
    """Every field stands in the Spark operator's own schema, with a value that it takes."""
    application = spark_application(JOB, settings)

    jsonschema.validate(application, SCHEMA)
    assert "local:///opt/medley/job.py" == application["spec"]["mainApplicationFile"]
    assert ["run", "movies", "--layer=gold"] == application["spec"]["arguments"]
    assert {"type": "Never"} == application["spec"]["restartPolicy"]
    assert 0 < application["spec"]["timeToLiveSeconds"]


def test_applications_name_the_spark_that_is_installed(settings: Settings) -> None:
    """pyproject.toml pins it."""
    spark = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    version = spark_application(JOB, settings)["spec"]["sparkVersion"]

    assert f"pyspark=={version}" in spark["optional-dependencies"]["spark"]


@pytest.mark.parametrize("part", ["driver", "executor"])
def test_pods_need_no_webhook(part: str, settings: Settings) -> None:
    """Security, environment and volumes stand in the template, under the operator's names."""
    spec = spark_application(JOB, settings)["spec"][part]
    pod = spec["template"]["spec"]
    (container,) = pod["containers"]

    assert f"spark-kubernetes-{part}" == container["name"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert ["ALL"] == container["securityContext"]["capabilities"]["drop"]
    assert {"configMapRef": {"name": "spark-settings"}} in container["envFrom"]
    assert (part == "driver") == pod["automountServiceAccountToken"]
    assert {"env", "envFrom", "volumes", "volumeMounts", "securityContext"}.isdisjoint(spec)
    assert "50m" == spec["coreRequest"]


def test_success_is_the_applications_own(
    platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    """COMPLETED ends the task well, with the driver's log in it, and nothing is left behind."""
    _job().execute({})

    (application,) = platform.kubernetes.made
    assert ["run", "movies", "--layer=gold"] == application["spec"]["arguments"]
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

    with pytest.raises(JobError, match=expected):
        _job().execute({})

    assert {} == platform.kubernetes.applications


def test_a_failure_says_how_the_driver_ended(platform: Platform) -> None:
    """An application only says that its driver failed; the pod knows that memory was too small."""
    platform.kubernetes.states = ["RUNNING", "FAILED"]
    platform.kubernetes.exit_code = 137

    with pytest.raises(JobError, match="ended with 137, OOMKilled"):
        _job().execute({})


def test_an_application_that_vanishes_is_a_failure(platform: Platform) -> None:
    """Somebody deleted it: nobody knows how far it came."""
    kubernetes = platform.kubernetes
    kubernetes.states = ["RUNNING"]
    running = threading.Timer(0.5, kubernetes.applications.clear)
    running.start()

    with pytest.raises(JobError, match="was deleted before it had ended"):
        _job().execute({})


def test_a_driver_that_does_not_start_is_named(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message carries the pod's own reason."""
    monkeypatch.setattr("launching.engine._STARTUP_SECONDS", 0)
    platform.kubernetes.states = ["SUBMITTED"]
    platform.kubernetes.exit_code = 1

    with pytest.raises(JobError, match="did not start in 0 seconds: spark-kubernetes-driver ended"):
        _job().execute({})

    assert {} == platform.kubernetes.applications


@pytest.mark.parametrize("engine", ["k8s", "yarn"])
def test_leftovers_of_the_pipeline_are_ended_first(engine: str, platform: Platform) -> None:
    """A worker that is killed leaves its application running: two would write one table."""
    kubernetes, yarn = platform.kubernetes, platform.yarn
    for name, pipeline in (("movies-gold-old", "movies"), ("web-logs-gold-x", "web_logs")):
        labels = {"medley.dev/pipeline": pipeline, "medley.dev/job": name}
        kubernetes.add_application({"metadata": {"name": name, "labels": labels}})
    old = yarn.add("movies-silver-old,medley-movies")
    other = yarn.add("web-logs-silver-x,medley-web_logs")

    _job(engine).execute({})

    assert {"web-logs-gold-x"} == set(kubernetes.applications)
    assert ("KILLED", "RUNNING") == (old["state"], other["state"])


@pytest.mark.parametrize("engine", ["k8s", "yarn"])
def test_a_task_told_to_stop_ends_its_application(engine: str, platform: Platform) -> None:
    """Airflow calls `on_kill` in the midst of `execute`, and goes on in it."""
    platform.kubernetes.states = ["RUNNING"]
    platform.yarn.output = ["line"] * 100_000
    operator = _job(engine)
    stop = threading.Timer(1, operator.on_kill)
    stop.start()

    with pytest.raises(JobError, match="told to stop"):
        operator.execute({})
    stop.join()

    assert ({}, {}) == (platform.kubernetes.applications, platform.kubernetes.pods)
    assert [] == [a for a in platform.yarn.applications if a["state"] == "RUNNING"]


def test_passing_faults_of_kubernetes_are_borne_with(platform: Platform) -> None:
    """An API server on a busy node answers 5xx now and then."""
    platform.kubernetes.failures = [503, 500]

    _job().execute({})


def test_what_cannot_be_taken_away_does_not_hide_the_outcome(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The job's own failure is raised; the next try ends what is left."""
    platform.kubernetes.states = ["FAILED"]
    monkeypatch.setattr("launching.on_kubernetes.OnKubernetes.end_job", _refuse)

    with pytest.raises(JobError, match="ended as FAILED"):
        _job().execute({})

    assert "could not be taken away" in caplog.text


def test_yarn_success_is_yarns_own(platform: Platform, caplog: pytest.LogCaptureFixture) -> None:
    """SUCCEEDED ends the task well; the driver's lines are in its log, each once, in order."""
    with caplog.at_level(logging.INFO):
        _job("yarn").execute({})

    shown = [record.message for record in caplog.records if "line" in record.message]
    assert platform.yarn.output == [line for line in shown if line in platform.yarn.output]
    assert {} == platform.kubernetes.pods


def test_yarn_failure_carries_its_diagnostics(platform: Platform) -> None:
    """The pod that submitted ended with 0; what counts is YARN's final status."""
    platform.yarn.final_status = "FAILED"

    with pytest.raises(JobError, match=r"ended as FAILED, not SUCCEEDED.*User application exited"):
        _job("yarn").execute({})


def test_a_refused_submission_is_a_failure(platform: Platform) -> None:
    """spark-submit's own exit code counts until YARN has the application."""
    platform.kubernetes.exit_code = 1
    platform.kubernetes.on_pod = lambda _: None

    with pytest.raises(JobError, match="YARN did not take movies-gold-"):
        _job("yarn").execute({})


def test_a_resource_manager_that_forgot_is_a_failure(platform: Platform) -> None:
    """A restart of it ends what runs and forgets it."""
    platform.kubernetes.on_pod = lambda _: None

    with pytest.raises(JobError, match="YARN knows no application tagged movies-gold-"):
        _job("yarn").execute({})


def test_submission_takes_the_environment_along(settings: Settings) -> None:
    """The job's arguments come last, after the main file; tags tell whose application it is."""
    pod = submit_pod(JOB, settings)
    (container,) = pod["spec"]["containers"]

    assert ["/opt/medley/job.py", *JOB.arguments] == container["args"][-4:]
    assert "--conf=spark.yarn.tags=movies-gold-abcdefgh,medley-movies" in container["args"]
    assert {"/etc/medley/spark", "/opt/hadoop/conf"} < {
        mount["mountPath"] for mount in container["volumeMounts"]
    }


def test_an_unknown_engine_is_not_tried_again() -> None:
    """Another try would find it as unknown."""
    with pytest.raises(AirflowFailException, match="no engine 'mesos'; expected one of k8s, yarn"):
        _job("mesos").execute({})


def test_names_are_unique_and_fit() -> None:
    """A driver's pod is called <name>-driver, in 63 letters of what Kubernetes allows."""
    long = unique_name("a_pipeline_with_an_uncommonly_long_name_for_what_it_does-bronze")

    assert unique_name("movies-gold") != unique_name("movies-gold")
    assert len(f"{long}-driver") <= 63
    assert long.replace("-", "").isalnum()
    assert long == long.lower()


def _refuse(*_: object) -> None:
    raise OSError("the API server is away")
