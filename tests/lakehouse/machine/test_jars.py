"""The cache of JVM libraries, with a stand-in for Spark's Ivy."""

import sys
from pathlib import Path

import pytest

from jobs.errors import SetupError
from jobs.lakehouse.machine import jars
from jobs.lakehouse.machine.jars import cached_jars, ensure_jars
from jobs.settings import Settings

JAVA_HOME = Path("/opt/java")
RESOLVE = """\
mkdir "$ivy/jars"
printf 'first jar' > "$ivy/jars/a.jar"
printf 'second jar' > "$ivy/jars/b.jar"
"""


class FakeSpark:
    """A Spark home whose `spark-submit` notes each call and then runs a piece of shell."""

    def __init__(self, home: Path) -> None:
        self.calls = home / "calls"
        self.program = home / "bin" / "spark-submit"
        self.program.parent.mkdir(parents=True)
        self.does(RESOLVE)

    def does(self, shell: str) -> None:
        """Say what the next calls do; `$ivy` is the folder that Ivy was given."""
        self.program.write_text(
            f'#!/bin/sh\necho "$JAVA_HOME $PYSPARK_PYTHON $*" >> {self.calls}\n'
            "for word do\n"
            '  case "$word" in --conf=spark.jars.ivy=*) ivy="${word#*ivy=}" ;; esac\n'
            "done\n" + shell,
            encoding="utf-8",
        )
        self.program.chmod(0o755)

    @property
    def number_of_calls(self) -> int:
        """How often it ran."""
        return len(self.calls.read_text(encoding="utf-8").splitlines())


@pytest.fixture
def spark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSpark:
    """The stand-in, in the place of pyspark's own."""
    home = tmp_path / "spark"
    monkeypatch.setattr(jars, "spark_home", lambda: home)
    return FakeSpark(home)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a cache of their own."""
    return Settings.from_environment({"MEDLEY_CACHE": str(tmp_path / "cache")})


def test_jars_are_resolved_once(spark: FakeSpark, settings: Settings) -> None:
    """The second call starts no process, and gives the same paths."""
    first = ensure_jars(settings, JAVA_HOME)
    second = ensure_jars(settings, JAVA_HOME)

    assert ["a.jar", "b.jar"] == [jar.name for jar in first]
    assert first == second
    assert 1 == spark.number_of_calls


def test_ivy_runs_on_the_chosen_java_and_python(spark: FakeSpark, settings: Settings) -> None:
    """The machine's own Java and Python may be too old for Spark."""
    ensure_jars(settings, JAVA_HOME)

    (call,) = spark.calls.read_text(encoding="utf-8").splitlines()
    assert call.startswith(f"{JAVA_HOME} {sys.executable} ")
    assert f"--packages={','.join(jars.JARS)} " in call


@pytest.mark.parametrize("damage", ["truncated", "missing", "no manifest", "odd manifest"])
def test_a_damaged_cache_is_made_anew(spark: FakeSpark, settings: Settings, damage: str) -> None:
    """What a full disk or a cleaner left behind is not put on Spark's class path."""
    jar, _ = ensure_jars(settings, JAVA_HOME)
    manifest = jar.with_name("manifest.json")
    match damage:
        case "truncated":
            jar.write_bytes(b"fir")
        case "missing":
            jar.unlink()
        case "no manifest":
            manifest.unlink()
        case _:
            manifest.write_text('{"jars": [7', encoding="utf-8")

    assert cached_jars(settings) is None
    assert b"first jar" == ensure_jars(settings, JAVA_HOME)[0].read_bytes()
    assert 2 == spark.number_of_calls


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("Host repository not found. url=x", "connect this machine to the network"),
        ("PKIX path building failed", "add that to Java's trust store"),
        ("unresolved dependency: io.delta#delta-spark;9: not found", "check the versions"),
        ("something else", "spark-submit failed"),
    ],
)
def test_a_failing_download_is_one_line(
    spark: FakeSpark, settings: Settings, output: str, reason: str
) -> None:
    """Ivy's pages stay in its log; the error says what, why, and where the log is."""
    spark.does(f"echo '{output}' >&2\necho page\nexit 1\n")

    with pytest.raises(SetupError) as caught:
        ensure_jars(settings, JAVA_HOME)

    log = settings.cache / "jars" / "ivy.log"
    message = str(caught.value)
    assert "\n" not in message
    assert f"The JVM libraries {jars.JARS[0]} could not be downloaded: " in message
    assert reason in message
    assert f"Ivy's log is {log}." in message
    assert f"{output}\npage\n" == log.read_text(encoding="utf-8")


def test_a_killed_download_leaves_nothing_half_made(spark: FakeSpark, settings: Settings) -> None:
    """Only a finished download becomes the cache, and the next call finishes one."""
    spark.does('mkdir "$ivy/jars"\nprintf "fir" > "$ivy/jars/a.jar"\nkill -9 $$\n')

    with pytest.raises(SetupError):
        ensure_jars(settings, JAVA_HOME)

    assert ["ivy.log"] == [path.name for path in (settings.cache / "jars").iterdir()]
    spark.does(RESOLVE)
    assert 2 == len(ensure_jars(settings, JAVA_HOME))


def test_the_faster_of_two_downloads_stays(
    spark: FakeSpark, settings: Settings, tmp_path: Path
) -> None:
    """Two first runs at once do not pull the jars away from under each other."""
    folder = ensure_jars(settings, JAVA_HOME)[0].parent
    faster = folder.rename(tmp_path / "faster").stat().st_ino
    spark.does(f"{RESOLVE}mv {tmp_path}/faster {folder}\n")

    jar, _ = ensure_jars(settings, JAVA_HOME)

    assert faster == jar.parent.stat().st_ino


def test_an_empty_result_is_no_result(spark: FakeSpark, settings: Settings) -> None:
    """Excluding too much would else show as a missing class, minutes later."""
    spark.does('mkdir "$ivy/jars"\n')

    with pytest.raises(SetupError, match="left no jar"):
        ensure_jars(settings, JAVA_HOME)


@pytest.mark.usefixtures("spark")
def test_another_list_of_jars_has_a_folder_of_its_own(
    settings: Settings,
) -> None:
    """After an upgrade the old versions are not taken for the new ones."""
    ensure_jars(settings, JAVA_HOME)

    assert cached_jars(settings, ["io.delta:delta-spark_4.2_2.13:99"]) is None
