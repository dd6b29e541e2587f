"""A new pipeline is written whole, works as it stands, and never over another one."""

import importlib
from pathlib import Path

import pytest

import jobs
from jobs.errors import DeclarationError, SetupError
from jobs.lakehouse.declare import discovery
from jobs.lakehouse.declare.table import Bronze
from jobs.lakehouse.steps.step import function_of
from jobs.scaffold.new_pipeline import write_pipeline
from jobs.settings import Settings


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository without pipelines, from which this process takes some too."""
    root = tmp_path / "checkout"
    (root / "jobs").mkdir(parents=True)
    monkeypatch.setattr(jobs, "__path__", [*jobs.__path__, str(root / "jobs")])
    importlib.invalidate_caches()
    return root


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A lake that was never used."""
    return Settings.from_environment({"MEDLEY_HOME": str(tmp_path / "home")})


def test_the_folder_its_test_and_a_sample_are_written(checkout: Path, settings: Settings) -> None:
    """The paths that come back are those of all files."""
    written = write_pipeline("web_shop", settings, checkout)

    assert [
        checkout / "jobs/web_shop/__init__.py",
        checkout / "jobs/web_shop/flow.py",
        checkout / "jobs/web_shop/silver.py",
        checkout / "jobs/web_shop/gold.py",
        checkout / "tests/jobs/web_shop/test_silver.py",
        settings.home / "landing/web_shop/visits/visits.csv",
    ] == written
    assert all(path.is_file() for path in written)
    found = {path for top in (checkout, settings.home) for path in top.rglob("*") if path.is_file()}
    assert set(written) == found


def test_the_new_flow_is_found_and_its_functions_fit(checkout: Path, settings: Settings) -> None:
    """Discovery checks the declarations; each table has the function that they ask for."""
    write_pipeline("fresh_flow", settings, checkout)

    pipeline = discovery.pipeline("fresh_flow")

    assert ["raw_visits", "visits", "daily_visits"] == [step.short_name for step in pipeline.steps]
    for step in pipeline.steps:
        if not isinstance(step, Bronze):
            assert step.short_name == function_of(step).__name__


def test_the_sample_has_the_declared_columns(checkout: Path, settings: Settings) -> None:
    """So that the first run can take it in."""
    *_, sample = write_pipeline("sampled_flow", settings, checkout)

    (source,) = discovery.pipeline("sampled_flow").sources

    assert list(source.columns) == sample.read_text().splitlines()[0].split(",")


@pytest.mark.parametrize("name", ["Shop", "1st", "web-shop", "", "class", "../shop", "a b"])
def test_a_name_that_is_no_module_name_is_refused(
    checkout: Path, settings: Settings, name: str
) -> None:
    """The error says what a name looks like."""
    with pytest.raises(DeclarationError, match="cannot be a pipeline's name; expected small"):
        write_pipeline(name, settings, checkout)


@pytest.mark.parametrize("name", ["medley", "quarantine", "main", "temp"])
def test_a_name_that_queries_use_is_refused(checkout: Path, settings: Settings, name: str) -> None:
    """They would not be found in SQL."""
    with pytest.raises(DeclarationError, match=f"The name '{name}' is taken"):
        write_pipeline(name, settings, checkout)


def test_an_existing_pipeline_is_left_alone(checkout: Path, settings: Settings) -> None:
    """Nothing of it is changed, and nothing else written."""
    write_pipeline("web_shop", settings, checkout)
    flow = checkout / "jobs/web_shop/flow.py"
    flow.write_text("mine")

    with pytest.raises(DeclarationError, match="The name 'web_shop' is taken"):
        write_pipeline("web_shop", settings, checkout)

    assert "mine" == flow.read_text()


def test_a_leftover_test_or_file_stops_it(checkout: Path, settings: Settings) -> None:
    """Half a pipeline is never written beside it."""
    (checkout / "tests/jobs/web_shop").mkdir(parents=True)

    with pytest.raises(DeclarationError, match=r"already .*tests/jobs/web_shop"):
        write_pipeline("web_shop", settings, checkout)

    assert not (checkout / "jobs/web_shop").exists()


def test_an_installed_medley_writes_nothing(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outside a checkout there is no place for code of the user's."""
    monkeypatch.setattr(jobs, "__file__", str(tmp_path / "site-packages/jobs/__init__.py"))

    with pytest.raises(SetupError, match="no checkout of its repository"):
        write_pipeline("web_shop", settings)
