"""What Java has learnt: kept by the run of a new lake, used by later sessions."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from jobs.errors import SetupError
from jobs.lakehouse.machine import aot_cache
from jobs.lakehouse.machine.aot_cache import cache_file, jvm_log, learning, options
from jobs.lakehouse.machine.jars import ensure_jars
from jobs.lakehouse.machine.java import find_java
from jobs.settings import Settings

# Two sessions, as two commands open them; each says what its JVM is to write or to use.
SESSIONS = """
from jobs.lakehouse.machine.aot_cache import learning
from jobs.lakehouse.machine.session import open_session
from jobs.settings import Settings

for _ in range(2):
    with learning(Settings.from_environment(), print) as settings:
        spark = open_session(settings)
        jvm = spark.sparkContext._gateway.jvm
        options = jvm.java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments()
        print(*(option for option in options if "AOTCache" in option))
        spark.stop()
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A cache of its own and a new lake."""
    places = {"MEDLEY_CACHE": str(tmp_path / "cache"), "MEDLEY_HOME": str(tmp_path / "home")}
    return Settings.from_environment(places)


@pytest.fixture
def java_home(tmp_path: Path) -> Path:
    """As much of a Java as tells it from another."""
    home = tmp_path / "java"
    home.mkdir()
    (home / "release").write_text('JAVA_VERSION="25.0.2"\n')
    return home


@pytest.fixture
def _jars(monkeypatch: pytest.MonkeyPatch) -> None:
    """No jars, which nobody needs where no JVM is started."""
    monkeypatch.setattr(aot_cache, "ensure_jars", lambda *_: [])


def _run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A run whose JVM writes what it was asked to write; returns what people were told."""
    told: list[str] = []

    def write_draft() -> None:
        _, _, draft = taught.java_options.partition("-XX:AOTCacheOutput=")
        Path(draft).write_text("learnt", encoding="utf-8")

    monkeypatch.setattr(aot_cache, "_end_java", write_draft)
    with learning(settings, told.append) as taught:
        jvm_log(settings).parent.mkdir(parents=True, exist_ok=True)
        jvm_log(settings).touch()
    return told


@pytest.mark.usefixtures("_jars")
def test_the_first_run_of_a_lake_is_kept(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """People are told why it takes longer, and nothing half-written is left beside the file."""
    told = _run(settings, monkeypatch)

    file = cache_file(settings, find_java(settings), [])
    assert "learnt" == file.read_text(encoding="utf-8")
    assert [file] == list(file.parent.iterdir())
    assert 1 == len(told)


@pytest.mark.usefixtures("_jars")
def test_what_is_kept_is_not_learnt_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither by another new lake, nor by a lake that may have nothing to do."""
    _run(settings, monkeypatch)
    another = replace(settings, home=tmp_path / "another")
    with learning(another, pytest.fail) as same:
        assert another == same

    cache_file(settings, find_java(settings), []).unlink()
    with learning(settings, pytest.fail) as same:
        assert settings == same


@pytest.mark.usefixtures("_jars")
def test_a_run_that_fails_leaves_nothing(settings: Settings) -> None:
    """It has not seen all that there is to learn."""
    with pytest.raises(SetupError), learning(settings, pytest.fail):
        raise SetupError

    assert [] == list(cache_file(settings, find_java(settings), []).parent.iterdir())


@pytest.mark.usefixtures("_jars")
def test_the_newest_few_are_kept(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other checkouts keep theirs; those of environments long gone take no room."""
    folder = cache_file(settings, find_java(settings), []).parent
    folder.mkdir(parents=True)
    for day, name in enumerate(["oldest", "older", "old"]):
        (folder / f"{name}.aot").touch()
        os.utime(folder / f"{name}.aot", (day, day))

    _run(settings, monkeypatch)

    kept = {file.name for file in folder.iterdir()}
    assert {"older.aot", "old.aot"} < kept
    assert "oldest.aot" not in kept


@pytest.mark.usefixtures("_jars")
def test_a_java_that_cannot_write_caches_is_asked_for_none(
    settings: Settings, java_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Java 24 and older end at once with options that they do not know."""
    monkeypatch.setattr(aot_cache, "find_java", lambda _: java_home)
    for version, asked in {"17.0.19": False, "24": False, "25": True, "25.0.2": True}.items():
        (java_home / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n')
        with learning(settings, pytest.fail) as taught:
            assert asked == ("aot" in taught.java_options.lower()), version
    assert not options(settings, java_home, [])


def test_another_java_has_another_file(settings: Settings, java_home: Path) -> None:
    """What one release has learnt is of no use to the next."""
    before = cache_file(settings, java_home, [])
    (java_home / "release").write_text('JAVA_VERSION="26"\n')
    os.utime(java_home / "release", (1, 1))

    assert before != cache_file(settings, java_home, [])


def test_a_session_uses_what_one_before_has_learnt(settings: Settings) -> None:
    """With the real Java: the first one writes the file, and the second one maps it."""
    jars = ensure_jars(Settings.from_environment(os.environ), find_java(settings))
    settings.cache.mkdir(exist_ok=True)
    (settings.cache / "jars").symlink_to(jars[0].parents[1])
    places = {"MEDLEY_CACHE": str(settings.cache), "MEDLEY_HOME": str(settings.home)}
    inherited = {name: value for name, value in os.environ.items() if "JAVA" not in name}

    answer = subprocess.run(
        [sys.executable, "-c", SESSIONS],
        env={**inherited, **places},
        capture_output=True,
        check=True,
        text=True,
    ).stdout.splitlines()

    (file,) = (settings.cache / "aot").iterdir()
    written, told, used, *rest = answer
    assert written.startswith("-XX:AOTCacheOutput=")
    assert told.startswith("Java keeps what it has learnt")
    assert f"-XX:AOTCache={file}" == used
    assert not rest
