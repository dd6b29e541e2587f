"""The archive of Java classes: written by one JVM, used by the next."""

from pathlib import Path

import pytest

from jobs.lakehouse.class_archive import class_archive_options, jvm_log
from jobs.lakehouse.settings import Settings

MAGIC = bytes.fromhex("a8ab0bf0")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A cache of its own, and a lake that was run once."""
    places = {"MEDLEY_CACHE": str(tmp_path / "cache"), "MEDLEY_HOME": str(tmp_path / "home")}
    settings = Settings.from_environment(places)
    jvm_log(settings).parent.mkdir(parents=True)
    jvm_log(settings).touch()
    return settings


@pytest.fixture
def java_home(tmp_path: Path) -> Path:
    """As much of a Java as tells it from another."""
    home = tmp_path / "java"
    home.mkdir()
    (home / "release").write_text('JAVA_VERSION="17.0.15"\n')
    return home


def _draft(options: str) -> Path:
    """Where the JVM is asked to write the archive."""
    name, _, path = options.split(maxsplit=1)[0].partition("=")
    assert "-XX:ArchiveClassesAtExit" == name
    return Path(path)


def test_the_first_run_of_a_lake_writes_none(settings: Settings, java_home: Path) -> None:
    """It would take a third longer."""
    jvm_log(settings).unlink()

    assert "" == class_archive_options(settings, java_home, [])


def test_what_one_jvm_has_written_the_next_one_uses(settings: Settings, java_home: Path) -> None:
    """The archive gets its name when a later session begins, so it is never used half-written."""
    draft = _draft(class_archive_options(settings, java_home, []))
    draft.write_bytes(MAGIC + b"classes")

    option = class_archive_options(settings, java_home, []).split()[0]

    archive = Path(option.removeprefix("-XX:SharedArchiveFile="))
    assert MAGIC + b"classes" == archive.read_bytes()
    assert [archive] == list(archive.parent.iterdir())


def test_an_archive_of_a_killed_jvm_is_not_used(settings: Settings, java_home: Path) -> None:
    """The JVM writes the header last; until then the file begins with zeros."""
    _draft(class_archive_options(settings, java_home, [])).write_bytes(bytes(4) + b"classes")

    _draft(class_archive_options(settings, java_home, []))


def test_another_java_writes_its_own_archive_and_one_is_kept(
    settings: Settings, java_home: Path
) -> None:
    """After an upgrade the old archive, which no JVM can use any more, takes no room."""
    _draft(class_archive_options(settings, java_home, [])).write_bytes(MAGIC + b"17")
    class_archive_options(settings, java_home, [])
    (java_home / "release").write_text('JAVA_VERSION="21.0.1"\n')

    draft = _draft(class_archive_options(settings, java_home, []))
    draft.write_bytes(MAGIC + b"21")
    class_archive_options(settings, java_home, [])

    assert [MAGIC + b"21"] == [file.read_bytes() for file in draft.parent.iterdir()]
