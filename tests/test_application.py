"""What happens before and around a run, without Spark: order, checks, and who waits for whom."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from jobs import application
from jobs.application import RunRequest, in_order, run
from jobs.errors import DeclarationError, LakeError, SetupError, SourceError
from jobs.lakehouse.declare import discovery
from jobs.lakehouse.declare.pipeline import Pipeline
from jobs.lakehouse.declare.table import Gold, Silver, Source, Table
from jobs.lakehouse.store import lock
from jobs.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A lake that was never used, on a disk that suffices."""
    return Settings.from_environment(
        {"MEDLEY_HOME": str(tmp_path / "home"), "MEDLEY_FREE_DISK_MIB": "1"}
    )


def silver(name: str) -> Silver:
    """A table that reads nothing."""
    return Silver(
        name,
        doc="One row per id.",
        reads=[],
        refresh="whole",
        schema="id INT NOT NULL",
        key=["id"],
    )


def gold(name: str, reads: Sequence[Table]) -> Gold:
    """A table that reads these."""
    return Gold(name, doc="One row per id.", reads=reads, schema="id INT NOT NULL", key=["id"])


def test_a_pipeline_runs_after_those_that_it_reads() -> None:
    """Whatever the order in which they are given."""
    plays = silver("listening.plays")
    charts = Pipeline("charts", "", (gold("charts.top", [plays]),))
    listening = Pipeline("listening", "", (plays,))

    assert [listening, charts] == in_order([charts, listening])


def test_pipelines_that_read_each_other_are_refused() -> None:
    """The error draws the circle."""
    one, two = silver("one.a"), silver("two.a")
    circle = [
        Pipeline("one", "", (one, gold("one.b", [two]))),
        Pipeline("two", "", (two, gold("two.b", [one]))),
    ]

    with pytest.raises(DeclarationError, match=r"in a circle: (one → two → one|two → one → two)"):
        in_order(circle)


def test_too_little_disk_stops_a_run_at_once(settings: Settings) -> None:
    """Before anything is downloaded or started; both numbers are told."""
    greedy = replace(settings, free_disk_mib=10**9)

    with pytest.raises(SetupError, match=r"MiB free; a run needs 1,000,000,000\. Free some"):
        run(greedy, RunRequest([discovery.pipeline("movies")]))


def test_two_runs_at_once_are_refused(settings: Settings) -> None:
    """The second one ends with a line; the first goes on."""
    with (
        lock.only_writer(settings.home),
        pytest.raises(LakeError, match=r"Another run \(process \d+\)"),
    ):
        run(settings, RunRequest([discovery.pipeline("movies")]))


def test_what_the_machine_lacks_shows_before_the_download(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for a hundred megabytes to hear that there is no Java."""
    landed: list[Source] = []

    def no_java(_: Settings) -> Path:
        raise SetupError("Spark needs Java 17 or newer.")

    monkeypatch.setattr(application, "find_java", no_java)
    monkeypatch.setattr("jobs.sources.landing_zone.bring", lambda source, *_: landed.append(source))

    with pytest.raises(SetupError, match="Spark needs Java"):
        run(settings, RunRequest([discovery.pipeline("movies")]))
    assert [] == landed


def test_only_what_the_selected_steps_read_lands(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And Spark, started meanwhile, is stopped when the data cannot be had."""
    landed: list[str] = []
    stopped: list[bool] = []

    class Session:
        def stop(self) -> None:
            stopped.append(True)

    def no_network(source: Source, *_: object) -> None:
        landed.append(source.name)
        raise SourceError("The registry cannot be reached.")

    monkeypatch.setattr(application, "find_java", lambda _: Path("java"))
    monkeypatch.setattr(application, "ensure_jars", lambda *_: [])
    monkeypatch.setattr("jobs.sources.landing_zone.bring", no_network)
    monkeypatch.setattr("jobs.lakehouse.machine.session.open_session", lambda _: Session())
    part = discovery.pipeline("movies").select(["raw_users", "users"])

    with pytest.raises(SourceError, match="cannot be reached"):
        run(settings, RunRequest([part]))
    assert ["movies.users"] == landed
    assert [True] == stopped
