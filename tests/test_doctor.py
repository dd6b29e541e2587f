"""The doctor: each thing a run needs is looked at, and what is wrong comes with advice."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from jobs import doctor
from jobs.doctor import Finding, available_memory_mib, examine
from jobs.errors import DeclarationError
from jobs.lakehouse.declare import discovery
from jobs.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A lake that was never used, with modest wishes."""
    return Settings.from_environment(
        {
            "MEDLEY_HOME": str(tmp_path / "home"),
            "MEDLEY_CACHE": str(tmp_path / "cache"),
            "MEDLEY_FREE_DISK_MIB": "1",
            "MEDLEY_SPARK_MEMORY_MIB": "512",
        }
    )


def test_a_set_up_machine_is_well(settings: Settings) -> None:
    """On the machine that runs the tests all is well, and what is yet to come is announced."""
    findings = {finding.name: finding for finding in examine(settings)}

    assert [] == [finding for finding in findings.values() if not finding.ok]
    assert "not downloaded yet" in findings["JVM libraries"].detail
    assert "not downloaded yet: bokeh-sampledata 2026.1" in findings["packaged data"].detail
    assert findings["JVM libraries"].advice
    assert findings["packaged data"].advice


def test_the_doctor_leaves_no_lake_behind(settings: Settings) -> None:
    """Looking is not using: the folders are made by the first run."""
    list(examine(settings))

    assert not settings.home.exists()


def test_too_little_disk_is_found(settings: Settings) -> None:
    """Both numbers are told, what there is and what is needed."""
    finding = _finding(replace(settings, free_disk_mib=10**9), "disk")

    assert not finding.ok
    assert "1,000,000,000 MiB needed" in finding.detail
    assert "set MEDLEY_HOME to a larger disk" in finding.advice


def test_too_little_memory_is_found(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both numbers are told, what there is and what Spark is given."""
    monkeypatch.setattr(doctor, "available_memory_mib", lambda: 511)

    finding = _finding(settings, "memory")

    assert not finding.ok
    assert "511 MiB available, 512 MiB for Spark's heap" == finding.detail
    assert "set MEDLEY_SPARK_MEMORY_MIB lower" in finding.advice


def test_a_place_that_cannot_be_written_is_found(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The finding names the folder and the setting that moves it."""

    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)

    finding = _finding(settings, "lake")

    assert not finding.ok
    assert f"cannot write to {settings.home.parent}: Permission denied" == finding.detail
    assert "MEDLEY_LAKE" in finding.advice


def test_a_place_elsewhere_is_not_tried(settings: Settings) -> None:
    """A store on a cluster is Spark's to reach, not this process's."""
    finding = _finding(replace(settings, lake_uri="hdfs://namenode/lake"), "lake")

    assert finding.ok
    assert "hdfs://namenode/lake (not on this machine, so not tried)" == finding.detail


def test_a_package_in_another_version_is_found(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The finding names the package, its version and the one expected."""
    monkeypatch.setattr(doctor, "version", lambda name: "0.1" if name == "pyspark" else "3.14")

    finding = _finding(settings, "Python packages")

    assert not finding.ok
    assert "pyspark is 0.1, expected ==4.2.0" in finding.detail
    assert "Run `make setup`." == finding.advice


def test_a_flow_that_cannot_work_is_found(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken flow does not break the doctor."""

    def broken() -> None:
        raise DeclarationError("'a.b' has no key.")

    monkeypatch.setattr(discovery, "pipelines", broken)

    finding = _finding(settings, "packaged data")

    assert not finding.ok
    assert "'a.b' has no key." == finding.detail


def test_a_password_is_not_shown(settings: Settings) -> None:
    """The registry's location may carry credentials, and reports are pasted into issues."""
    uri = "postgresql://medley:geheim@db/mlflow"

    detail = _finding(replace(settings, tracking_uri=uri), "settings").detail

    assert "registry postgresql://***@db/mlflow" in detail
    assert "geheim" not in detail


@pytest.mark.parametrize(("limit", "expected"), [("max", 2048), (str(512 * 1024 * 1024), 512)])
def test_memory_is_what_the_container_may_take(tmp_path: Path, limit: str, expected: int) -> None:
    """A container's limit holds when it is less than what the machine has."""
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable: 2097152 kB\n")
    (tmp_path / "limit").write_text(f"{limit}\n")

    assert expected == available_memory_mib(tmp_path / "meminfo", tmp_path / "limit")


def test_memory_is_unknown_on_other_systems(tmp_path: Path) -> None:
    """Without Linux's figures nothing is claimed."""
    assert available_memory_mib(tmp_path / "none", tmp_path / "none") is None


def _finding(settings: Settings, name: str) -> Finding:
    """The finding of that name."""
    return next(finding for finding in examine(settings) if finding.name == name)
