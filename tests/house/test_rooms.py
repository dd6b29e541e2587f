"""House rules for modules: each thing is known in one place."""

import re
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest
from typer import Context
from typer.main import get_group

import model_registry
from jobs.cli import app

ROOT = Path(__file__).parents[2]
CODE = [*(ROOT / "jobs").rglob("*.py"), *(ROOT / "mlflow" / "model_registry").rglob("*.py")]
MADE = {".venv", ".venv-airflow", ".git", ".cache", ".medley"}
TEXTS = [
    path
    for pattern in ("*.py", "*.md", "*.toml", "Makefile", "*.mk", "*.txt", "*.properties", "*.lock")
    for path in ROOT.rglob(pattern)
    if not MADE & set(path.relative_to(ROOT).parts)
]


def _files_with(pattern: str) -> Iterator[str]:
    for path in CODE:
        if re.search(pattern, path.read_text(encoding="utf-8")):
            yield str(path.relative_to(ROOT))


@pytest.mark.parametrize(
    ("pattern", "home"),
    [
        (r"SparkSession\.builder", "jobs/lakehouse/machine/session.py"),
        (r"os\.environ", "jobs/settings.py"),
        (r"from delta\.", "jobs/lakehouse/store/lake.py"),
        (r"from deltalake", "jobs/lakehouse/sql/local_lake.py"),
        (r"readStream|writeStream", None),
    ],
)
def test_what_is_known_in_one_place(pattern: str, home: str | None) -> None:
    """Sessions, the environment and Delta have one module each; streams stay in the core."""
    found = sorted(_files_with(pattern))

    if home is not None:
        assert [home] == found
    else:
        assert all(name.startswith("jobs/lakehouse/") for name in found)


def test_the_core_knows_no_pipeline() -> None:
    """jobs/lakehouse imports no pipeline and names none in its code."""
    pipelines = [path.parent.name for path in (ROOT / "jobs").glob("*/flow.py")]
    imports = "|".join(rf"jobs\.{name}\b" for name in pipelines)

    assert [] == [name for name in _files_with(imports) if name.startswith("jobs/lakehouse/")]


def test_the_folder_mlflow_does_not_hide_the_library() -> None:
    """No `__init__.py` lies in mlflow/, and both import under their own names."""
    assert not (ROOT / "mlflow" / "__init__.py").exists()
    assert mlflow.__version__
    assert Path(str(model_registry.__file__)).is_relative_to(ROOT / "mlflow")


def test_modules_are_small() -> None:
    """Code fits a reader's head; flows are tables of contents and may be long."""
    long = [
        str(path.relative_to(ROOT))
        for path in CODE
        if path.name != "flow.py" and len(path.read_text(encoding="utf-8").splitlines()) > 250
    ]

    assert [] == long


def test_no_file_names_a_registry_host() -> None:
    """Packages come through their clients' own settings, so that mirrors work."""
    hosts = re.compile(r"(pypi|pythonhosted)\.org|repo1?\.maven|registry\.npmjs|proxy\.golang")
    own = Path(__file__)

    assert [] == [
        str(path.relative_to(ROOT))
        for path in TEXTS
        if path != own and hosts.search(path.read_text(encoding="utf-8"))
    ]


def test_what_the_readme_promises_is_there() -> None:
    """Every `make` goal and every `medley` command in the README exists, and every link."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    makefiles = [ROOT / "Makefile", *(ROOT / "make").glob("*.mk")]
    makefile = "".join(path.read_text(encoding="utf-8") for path in makefiles)
    goals = set(re.findall(r"make ([a-z-]+)", readme))
    commands = set(re.findall(r"bin/medley ([a-z]+)", readme))
    links = set(re.findall(r"\]\(([^)#:]+)\)", readme))

    assert set() == {goal for goal in goals if not re.search(rf"^{goal}:", makefile, re.MULTILINE)}
    group = get_group(app)
    assert set() == commands - set(group.list_commands(Context(group)))
    assert set() == {link for link in links if not (ROOT / link).exists()}
