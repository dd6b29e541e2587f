"""Settings: what the environment says, or defaults that suit one machine."""

from pathlib import Path

import pytest

from jobs.errors import SettingError
from jobs.settings import Settings


def test_everything_of_a_lake_is_kept_below_its_home(tmp_path: Path) -> None:
    """One variable moves the lake, the landing zone, the checkpoints and the registry."""
    settings = Settings.from_environment({"MEDLEY_HOME": str(tmp_path)})

    assert tmp_path == settings.home
    assert f"file:{tmp_path}/lake" == settings.lake_uri
    assert f"file:{tmp_path}/landing" == settings.landing_uri
    assert f"file:{tmp_path}/checkpoints" == settings.checkpoint_uri
    assert f"sqlite:///{tmp_path}/mlflow/mlflow.db" == settings.tracking_uri


def test_the_default_home_is_in_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without any variable a lake is made where the command runs, on local Spark."""
    monkeypatch.chdir(tmp_path)

    settings = Settings.from_environment({})

    assert tmp_path / ".medley" == settings.home
    assert "local[*]" == settings.spark_master
    assert settings.java_home is None


def test_each_place_can_be_set_by_itself(tmp_path: Path) -> None:
    """A cluster keeps each of them elsewhere."""
    settings = Settings.from_environment(
        {
            "MEDLEY_HOME": str(tmp_path),
            "MEDLEY_LAKE": "hdfs://namenode/lake",
            "MEDLEY_LANDING": "hdfs://namenode/landing",
            "MEDLEY_CHECKPOINTS": "hdfs://namenode/checkpoints",
            "MLFLOW_TRACKING_URI": "http://mlflow:5000",
            "MEDLEY_SPARK_MASTER": "local[2]",
            "JAVA_HOME": "/opt/java",
        }
    )

    assert "hdfs://namenode/lake" == settings.lake_uri
    assert "hdfs://namenode/landing" == settings.landing_uri
    assert "hdfs://namenode/checkpoints" == settings.checkpoint_uri
    assert "http://mlflow:5000" == settings.tracking_uri
    assert "local[2]" == settings.spark_master
    assert Path("/opt/java") == settings.java_home


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("/data/my lake", "file:/data/my lake"),
        ("file:/data/lake", "file:/data/lake"),
        ("file:///data/lake/", "file:/data/lake"),
        ("hdfs://namenode/lake/", "hdfs://namenode/lake"),
    ],
)
def test_a_location_is_spelt_in_one_way(place: str, expected: str) -> None:
    """Paths and URIs of one folder are one location, as Hadoop spells it."""
    assert expected == Settings.from_environment({"MEDLEY_LAKE": place}).lake_uri


def test_a_relative_location_is_resolved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spark's processes may work in another folder."""
    monkeypatch.chdir(tmp_path)

    assert f"file:{tmp_path}/lake" == Settings.from_environment({"MEDLEY_LAKE": "lake"}).lake_uri


def test_a_shared_registry_keeps_its_own_artifacts(tmp_path: Path) -> None:
    """Only the registry of this machine has its artifacts in the home."""
    home = {"MEDLEY_HOME": str(tmp_path)}
    shared = home | {"MLFLOW_TRACKING_URI": "http://mlflow:5000"}

    expected = (tmp_path / "mlflow" / "artifacts").as_uri()
    assert expected == Settings.from_environment(home).artifact_uri
    assert Settings.from_environment(shared).artifact_uri is None


def test_the_cache_is_the_users_own(tmp_path: Path) -> None:
    """The system's convention for caches is kept to, and MEDLEY_CACHE goes before it."""
    convention = {"XDG_CACHE_HOME": str(tmp_path / "xdg")}
    own = {"MEDLEY_CACHE": str(tmp_path / "own")}

    assert tmp_path / "xdg" / "medley" == Settings.from_environment(convention).cache
    assert tmp_path / "own" == Settings.from_environment(convention | own).cache
    assert Path("~/.cache/medley").expanduser().resolve() == Settings.from_environment({}).cache


def test_an_empty_variable_counts_as_unset() -> None:
    """Manifests and Makefiles pass on empty variables where nothing is set."""
    empty = {"MEDLEY_SPARK_MASTER": "", "MEDLEY_SPARK_MEMORY_MIB": "", "JAVA_HOME": ""}

    assert Settings.from_environment({}) == Settings.from_environment(empty)


@pytest.mark.parametrize("text", ["a lot", "-1", "1.5", "511", "2 GiB"])
def test_a_number_that_is_none_or_too_small_is_refused(text: str) -> None:
    """The error quotes the value, the variable and what would do."""
    with pytest.raises(
        SettingError,
        match=rf"MEDLEY_SPARK_MEMORY_MIB is '{text}'; expected a whole number of at least 512\.",
    ):
        Settings.from_environment({"MEDLEY_SPARK_MEMORY_MIB": text})


def test_spark_submit_chooses_the_master() -> None:
    """A program that spark-submit started must not start a Spark of its own kind."""
    submitted = {"PYSPARK_GATEWAY_PORT": "4711", "MEDLEY_SPARK_MASTER": "local[2]"}

    assert Settings.from_environment(submitted).spark_master is None


@pytest.mark.parametrize("master", ["yarn", "k8s://cluster", "spark://host:7077", "locals"])
def test_a_master_elsewhere_is_refused(master: str) -> None:
    """It would get the sizes and the jars of one machine; spark-submit does it right."""
    with pytest.raises(SettingError, match=f"MEDLEY_SPARK_MASTER is '{master}'; expected local"):
        Settings.from_environment({"MEDLEY_SPARK_MASTER": master})


def test_a_secret_is_not_shown() -> None:
    """Settings are printed in logs and errors; keys and passwords are not."""
    settings = Settings.from_environment(
        {
            "AWS_SECRET_ACCESS_KEY": "hush",
            "MEDLEY_DOCUMENTS": "mongodb://medley:hush@store/documents",
            "MEDLEY_SPOTIFY_CLIENT_SECRET": "hush",
        }
    )

    assert "hush" == settings.s3_secret_key
    assert "mongodb://medley:hush@store/documents" == settings.documents_uri
    assert "hush" == settings.of_sources["MEDLEY_SPOTIFY_CLIENT_SECRET"]
    assert "hush" not in repr(settings)
