"""Writes a new pipeline that works: its folder, its test, and a first file to read."""

import keyword
import re
import shutil
from importlib.resources import files
from pathlib import Path
from string import Template

import jobs
from jobs.errors import DeclarationError, SetupError
from jobs.lakehouse.store.scratch import scratch
from jobs.lakehouse.store.storage import Storage, local_path
from jobs.settings import Settings

_MODULES = ("__init__.py", "flow.py", "silver.py", "gold.py")
_TEST = "test_silver.py"
_SAMPLE = "visits.csv"
_TAKEN = {"medley", "quarantine", "main", "memory", "system", "temp"}
"""Names that mean something else in queries."""


def write_pipeline(name: str, settings: Settings, checkout: Path | None = None) -> list[Path]:
    """Write `jobs/<name>`, its test, and a sample file in its landing folder.

    Args:
        name: The pipeline's name.
        settings: Where files from outside arrive.
        checkout: The folder of the repository; by default the one that this code runs from.

    Returns the files written. Raises DeclarationError for a name that cannot be one or that is
    taken, SetupError when Medley does not run from a checkout.
    """
    root = checkout or _checkout()
    _check_name(name, root)
    landing = local_path(Storage.of(settings).landing_uri) / name / "visits"
    folders = {
        root / "jobs" / name: _MODULES,
        root / "tests" / "jobs" / name: (_TEST,),
        landing: (_SAMPLE,),
    }
    taken = [folder for folder in folders if folder.exists()]
    if taken:
        raise DeclarationError(
            f"There is already {taken[0]}; expected nothing there. Choose another name, or "
            "remove it."
        )
    for folder, names in folders.items():
        _write_folder(folder, names, name)
    return [folder / file for folder, names in folders.items() for file in names]


def _checkout() -> Path:
    root = Path(jobs.__file__).parents[1]
    if not (root / "pyproject.toml").is_file() or not (root / "tests").is_dir():
        raise SetupError(
            f"Medley runs from {root}, which is no checkout of its repository; a pipeline is "
            "written beside the others. Clone the repository, `make setup`, and run it there."
        )
    return root


def _check_name(name: str, root: Path) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise DeclarationError(
            f"'{name}' cannot be a pipeline's name; expected small letters, digits and "
            "underscores, a letter first, like web_shop."
        )
    module = root / "jobs" / name
    if name in _TAKEN or module.exists() or module.with_suffix(".py").exists():
        raise DeclarationError(f"The name '{name}' is taken; choose another one.")


def _write_folder(folder: Path, names: tuple[str, ...], pipeline: str) -> None:
    """Make a folder with these files, whole or not at all."""
    templates = files("jobs.scaffold") / "templates"
    with scratch(folder.parent) as draft:
        made = draft / folder.name
        made.mkdir()
        for name in names:
            template = Template((templates / f"{name}.txt").read_text(encoding="utf-8"))
            text = template.substitute(name=pipeline, imports=_test_imports(pipeline))
            (made / name).write_text(text, encoding="utf-8")
        shutil.move(made, folder)


def _test_imports(pipeline: str) -> str:
    """The test's imports of our own code, in the order that the linter wants."""
    modules = {pipeline: "flow, silver", "lakehouse.testing": "raw_frame, row_of"}
    return "\n".join(f"from jobs.{module} import {modules[module]}" for module in sorted(modules))
