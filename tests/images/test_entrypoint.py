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
    """The entrypoint with a `tini` that prints the command, one word a line.

    Its first line is where Spark looks for its configuration.
    """

    def __init__(self, folder: Path) -> None:
        """Put the stand-in on the path, and the chart's settings into a folder of our own."""
        tini = folder / "tini"
        tini.write_text(
            '#!/bin/sh\nshift 2\nprintf "%s\\n" "${SPARK_CONF_DIR:-}" "$@"\n', encoding="utf-8"
        )
        tini.chmod(0o755)
        self.defaults = folder / "defaults"
        self.defaults.mkdir()
        text = ENTRYPOINT.read_text(encoding="utf-8")
        assert 1 == text.count("=/etc/medley/spark\n")
        self.script = folder / "entrypoint"
        self.script.write_text(text.replace("/etc/medley/spark\n", f"{self.defaults}\n"))
        self.environment = {
            "PATH": f"{folder}:/usr/bin:/bin",
            "SPARK_HOME": "/opt/spark",
            "TMPDIR": str(folder),
        }

    def __call__(self, *arguments: str, **environment: str) -> list[str]:
        """Spark's configuration folder, then the words of the command that would run."""
        done = subprocess.run(
            ["/bin/sh", self.script, *arguments],
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
    """The application and its arguments are passed on as they are."""
    _, *command = entrypoint(
        "driver", "local:///opt/medley/job.py", "run movies", SPARK_DRIVER_BIND_ADDRESS="10.0.0.6"
    )

    assert ["/opt/spark/bin/spark-submit", "--deploy-mode", "client"] == command[:3]
    assert "spark.driver.bindAddress=10.0.0.6" in command
    assert ["local:///opt/medley/job.py", "run movies"] == command[-2:]


def test_the_charts_settings_lie_beneath_the_applications(
    entrypoint: Entrypoint, tmp_path: Path
) -> None:
    """Spark gets both as one file, of whose lines the last of a name counts."""
    defaults, own = entrypoint.defaults / "spark-defaults.conf", tmp_path / "spark.properties"
    defaults.write_text("spark.a chart\nspark.b chart", encoding="utf-8")
    own.write_text("spark.b=own\n", encoding="utf-8")
    _, *command = entrypoint(
        "driver", "--properties-file", str(own), "job.py", SPARK_DRIVER_BIND_ADDRESS="10.0.0.6"
    )
    options = command[: command.index("job.py")]
    settings = Path(options[options.index("--properties-file") + 1])

    assert 1 == options.count("--properties-file")
    assert ["spark.a chart", "spark.b chart", "spark.b=own"] == settings.read_text().split("\n")[:3]


def test_javas_cache_suits_a_driver(entrypoint: Entrypoint) -> None:
    """Spark puts its configuration folder on the class path, and there is none."""
    (entrypoint.defaults / "spark-defaults.conf").touch()
    conf_dir, *_ = entrypoint(
        "driver", "job.py", SPARK_DRIVER_BIND_ADDRESS="10.0.0.6", SPARK_CONF_DIR="/opt/spark/conf"
    )

    assert "/nonexistent" == conf_dir


def test_an_executor_reports_to_its_driver(entrypoint: Entrypoint) -> None:
    """The class and options are those of Spark's own image."""
    _, *command = entrypoint("executor", **EXECUTOR)
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

    assert options == entrypoint("executor", **EXECUTOR, **given)[2:14]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "/opt/spark/jars/*"),
        ({"SPARK_CONF_DIR": "/opt/spark/conf"}, "/opt/spark/jars/*"),
        (
            {"HADOOP_CONF_DIR": "/hadoop", "SPARK_CLASSPATH": "/own/*"},
            "/hadoop:/own/*:/opt/spark/jars/*",
        ),
    ],
)
def test_an_executors_class_path_is_sparks_jars(
    environment: dict[str, str], expected: str, entrypoint: Entrypoint
) -> None:
    """Java's cache is for these alone; what users add stands before them, and wins."""
    command = entrypoint("executor", **EXECUTOR, **environment)

    assert expected == command[command.index("-cp") + 1]


def test_anything_else_runs_as_it_stands(entrypoint: Entrypoint) -> None:
    """The tests of charts use the image so."""
    assert ["", "python3", "-c", "print(1, 2)"] == entrypoint("python3", "-c", "print(1, 2)")


def test_other_programs_of_spark_find_the_charts_settings(entrypoint: Entrypoint) -> None:
    """The pod that submits to YARN does, by itself."""
    (entrypoint.defaults / "spark-defaults.conf").touch()

    assert [str(entrypoint.defaults), "spark-class"] == entrypoint("spark-class")


def test_a_missing_variable_is_named(entrypoint: Entrypoint) -> None:
    """A pod that was not made by Spark says what it lacks."""
    with pytest.raises(subprocess.CalledProcessError) as failed:
        entrypoint("executor")

    assert "JAVA_HOME" in failed.value.stderr
