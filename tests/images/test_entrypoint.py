"""The Spark image's entrypoint does what Spark on Kubernetes asks of an image."""

import subprocess
from pathlib import Path

import pytest

ENTRYPOINT = Path(__file__).parents[2] / "images/spark/entrypoint"
EXECUTOR = {
    "JAVA_HOME": "/java",
    "SPARK_EXECUTOR_MEMORY": "512m",
    "SPARK_DRIVER_URL": "spark://CoarseGrainedScheduler@driver:7078",
    "SPARK_EXECUTOR_ID": "1",
    "SPARK_EXECUTOR_CORES": "2",
    "SPARK_APPLICATION_ID": "spark-42",
    "SPARK_EXECUTOR_POD_IP": "10.0.0.7",
    "SPARK_RESOURCE_PROFILE_ID": "0",
    "SPARK_EXECUTOR_POD_NAME": "movies-exec-1",
}


class Entrypoint:
    """The entrypoint with a `tini` that prints the command, one word a line."""

    def __init__(self, folder: Path) -> None:
        """Put the stand-in on the path."""
        tini = folder / "tini"
        tini.write_text('#!/bin/sh\nshift 2\nprintf "%s\\n" "$@"\n', encoding="utf-8")
        tini.chmod(0o755)
        self.environment = {"PATH": f"{folder}:/usr/bin:/bin", "SPARK_HOME": "/opt/spark"}

    def __call__(self, *arguments: str, **environment: str) -> list[str]:
        """The words of the command that the container would run."""
        done = subprocess.run(
            ["/bin/sh", ENTRYPOINT, *arguments],
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.splitlines()


@pytest.fixture
def entrypoint(tmp_path: Path) -> Entrypoint:
    """The entrypoint, and what it would run."""
    return Entrypoint(tmp_path)


def test_a_driver_submits_in_client_mode(entrypoint: Entrypoint) -> None:
    """Arguments are passed on as they are; the chart's settings lie beneath its own."""
    command = entrypoint(
        "driver",
        "--properties-file",
        "/opt/spark/conf/spark.properties",
        "local:///opt/medley/job.py",
        "run movies",
        SPARK_DRIVER_BIND_ADDRESS="10.0.0.6",
    )

    assert ["/opt/spark/bin/spark-submit", "--deploy-mode", "client"] == command[:3]
    assert "--load-spark-defaults" in command
    assert "spark.driver.bindAddress=10.0.0.6" in command
    assert command[-4:] == [
        "--properties-file",
        "/opt/spark/conf/spark.properties",
        "local:///opt/medley/job.py",
        "run movies",
    ]


def test_an_executor_reports_to_its_driver(entrypoint: Entrypoint) -> None:
    """The class and options are those of Spark's own image."""
    command = entrypoint("executor", **EXECUTOR)
    backend = command.index("org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend")
    options = dict(zip(command[backend + 1 :: 2], command[backend + 2 :: 2], strict=True))

    assert ["/java/bin/java", "-Xms512m", "-Xmx512m"] == command[:3]
    assert options == {
        "--driver-url": EXECUTOR["SPARK_DRIVER_URL"],
        "--executor-id": "1",
        "--cores": "2",
        "--app-id": "spark-42",
        "--hostname": "10.0.0.7",
        "--resourceProfileId": "0",
        "--podName": "movies-exec-1",
    }


def test_the_executors_jvm_gets_its_options_in_order(entrypoint: Entrypoint) -> None:
    """Also those with spaces and quotes, and more than ten."""
    options = [f"-Dnumber={number}" for number in range(12)]
    options[3] = "-Dlog dir='/a b' $HOME `id`"
    given = {f"SPARK_JAVA_OPT_{number}": option for number, option in enumerate(options)}

    assert options == entrypoint("executor", **EXECUTOR, **given)[1:13]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "/opt/spark/conf:/opt/spark/jars/*"),
        ({"SPARK_CONF_DIR": "/conf"}, "/conf:/opt/spark/jars/*"),
        (
            {"HADOOP_CONF_DIR": "/hadoop", "SPARK_CLASSPATH": "/own/*"},
            "/opt/spark/conf:/hadoop:/own/*:/opt/spark/jars/*",
        ),
    ],
)
def test_the_class_path_begins_with_configuration(
    environment: dict[str, str], expected: str, entrypoint: Entrypoint
) -> None:
    """The first of two files of a name wins."""
    command = entrypoint("executor", **EXECUTOR, **environment)

    assert expected == command[command.index("-cp") + 1]


def test_anything_else_runs_as_it_stands(entrypoint: Entrypoint) -> None:
    """The history server and the tests of charts use the image so."""
    assert ["python3", "-c", "print(1, 2)"] == entrypoint("python3", "-c", "print(1, 2)")


def test_a_missing_variable_is_named(entrypoint: Entrypoint) -> None:
    """A pod that was not made by Spark says what it lacks."""
    with pytest.raises(subprocess.CalledProcessError) as failed:
        entrypoint("executor")

    assert "JAVA_HOME" in failed.value.stderr
