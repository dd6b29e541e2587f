"""Airflow's image has of Medley what Airflow imports, and is made anew for nothing else."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from jobs.lakehouse.declare import discovery

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "images/airflow/imports.py"


def _imported(root: Path) -> list[str]:
    """What the script says of the files below a root."""
    command = [sys.executable, "-I", str(SCRIPT), str(root)]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()


def _write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_what_airflow_does_needs_no_other_file(tmp_path: Path) -> None:
    """With these files alone a fresh Python reads all flows and has what publishing needs."""
    for name in _imported(ROOT):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    program = f"""
import sys
sys.path = [{str(tmp_path)!r}, *(path for path in sys.path if path != {str(ROOT)!r})]
from jobs import settings
from jobs.lakehouse.declare import discovery
from jobs.lakehouse.sql import trino
assert discovery.__file__.startswith({str(tmp_path)!r}), discovery.__file__
settings.Settings.from_environment()
print(*discovery.pipelines())
"""
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, check=False, text=True
    )

    assert "" == done.stderr
    assert f"{' '.join(discovery.pipelines())}\n" == done.stdout


def test_what_jobs_alone_need_is_not_among_them() -> None:
    """Neither what makes tables nor what lands data: Airflow has no Spark."""
    imported = set(_imported(ROOT))

    assert {
        "jobs/movies/flow.py",
        "jobs/movies/datasets.py",
        "jobs/lakehouse/sql/trino.py",
    } <= imported
    assert (
        not {
            "jobs/movies/gold.py",
            "jobs/movies/examples.py",
            "jobs/movies/converters/tmdb.py",
            "jobs/lakehouse/machine/session.py",
            "jobs/application.py",
            "jobs/cli.py",
        }
        & imported
    )


def test_imports_are_followed_as_python_follows_them(tmp_path: Path) -> None:
    """Packages on the way, relative imports, modules named behind `import`; and theirs in turn."""
    _write(
        tmp_path,
        {
            "dags/one.py": "from jobs.base import a",
            "jobs/__init__.py": "",
            "jobs/base/__init__.py": "from . import c",
            "jobs/base/a.py": "try:\n    from ..other.d import e\nexcept ImportError:\n    pass",
            "jobs/base/b.py": "",
            "jobs/base/c.py": "",
            "jobs/other/__init__.py": "",
            "jobs/other/d.py": "import jobs.other.f, os",
            "jobs/other/f.py": "",
        },
    )

    assert [
        "jobs/__init__.py",
        "jobs/base/__init__.py",
        "jobs/base/a.py",
        "jobs/base/c.py",
        "jobs/other/__init__.py",
        "jobs/other/d.py",
        "jobs/other/f.py",
    ] == _imported(tmp_path)


def test_only_dags_run_in_airflow(tmp_path: Path) -> None:
    """What jobs import inside functions or for type checkers does not count; of dags it does."""
    inner = "def run():\n    from jobs import {0}"
    checked = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from jobs import {0}"
    _write(
        tmp_path,
        {
            "dags/deep/one.py": inner.format("a"),
            "dags/two.py": checked.format("b"),
            "jobs/__init__.py": "",
            "jobs/a.py": f"{inner.format('c')}\n{checked.format('d')}\nelse:\n    import jobs.e",
            "jobs/b.py": "",
            "jobs/c.py": "",
            "jobs/d.py": "",
            "jobs/e.py": "",
        },
    )

    assert ["jobs/__init__.py", "jobs/a.py", "jobs/e.py"] == _imported(tmp_path)


def test_a_broken_flow_is_a_file_like_the_others(tmp_path: Path) -> None:
    """It goes into the image, where Airflow tells what is wrong with it."""
    _write(
        tmp_path,
        {
            "jobs/__init__.py": "",
            "jobs/good/__init__.py": "",
            "jobs/good/flow.py": "import jobs.good.names",
            "jobs/good/names.py": "",
            "jobs/broken/__init__.py": "",
            "jobs/broken/flow.py": "def of(:",
        },
    )

    assert [
        "jobs/__init__.py",
        "jobs/broken/__init__.py",
        "jobs/broken/flow.py",
        "jobs/good/__init__.py",
        "jobs/good/flow.py",
        "jobs/good/names.py",
    ] == _imported(tmp_path)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of all that images are made of, to be edited."""
    without_cache = shutil.ignore_patterns("__pycache__", "node_modules", ".*cache")
    for name in ("dags", "images", "jobs", "mlflow", "scripts"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=without_cache)
    for name in ("LICENSE", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def _changed(checkout: Path, edited: str, line: str) -> set[str]:
    """The images whose name is another one after a line was added to a file."""
    images = ("spark", "jobs", "hadoop", "airflow", "mlflow", "minio", "ferretdb")
    before = {image: _name(checkout, image) for image in images}
    with (checkout / edited).open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    return {image for image in images if _name(checkout, image) != before[image]}


def _name(checkout: Path, image: str) -> str:
    command = [str(checkout / "scripts/image"), "name", image]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


@pytest.mark.parametrize(
    ("edited", "line", "expected"),
    [
        ("jobs/movies/gold.py", "# no change in what it does", {"jobs"}),
        ("mlflow/model_registry/gate.py", "# none either", {"jobs"}),
        ("jobs/movies/flow.py", "another = movie_stats", {"jobs", "airflow"}),
        ("jobs/lakehouse/sql/trino.py", "# runs in Airflow", {"jobs", "airflow"}),
        ("dags/pipelines.py", "# Airflow's own", {"airflow"}),
        ("images/hadoop/log4j.properties", "# the daemons'", {"hadoop"}),
        ("images/spark/entrypoint", "# beneath three", {"spark", "jobs", "hadoop"}),
    ],
)
def test_an_edit_renames_the_images_that_it_changes(
    edited: str, line: str, expected: set[str], checkout: Path
) -> None:
    """A name follows the content: what keeps its name is neither built, moved nor restarted."""
    assert expected == _changed(checkout, edited, line)
