"""Packages of data: downloaded once, whole, and only the pinned ones."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobs.errors import SourceError
from jobs.lakehouse.declare.origin import Package
from jobs.sources.packages import archive_path, fetch

if TYPE_CHECKING:
    from tests.sources.conftest import Registry


def test_a_package_is_downloaded_once(
    registry: "Registry", package: Package, wheel: bytes, tmp_path: Path
) -> None:
    """The second call finds the archive in the cache and asks nobody."""
    messages: list[str] = []

    archives = [fetch(package, tmp_path, messages.append) for _ in range(2)]

    assert [archive_path(package, tmp_path)] * 2 == archives
    assert wheel == archives[0].read_bytes()
    assert ["downloading tiny-data 1.0"] == messages
    assert 1 == registry.downloads


@pytest.mark.parametrize("damaged", [b"", b"half a wh"])
def test_a_damaged_cached_archive_is_downloaded_again(
    registry: "Registry", package: Package, wheel: bytes, tmp_path: Path, damaged: bytes
) -> None:
    """What a full disk or a power cut left behind is not used."""
    archive = archive_path(package, tmp_path)
    archive.parent.mkdir()
    archive.write_bytes(damaged)

    fetch(package, tmp_path, print)

    assert wheel == archive.read_bytes()
    assert 1 == registry.downloads


def test_another_archive_than_the_pinned_one_is_refused(
    registry: "Registry",
    package: Package,
    make_wheel: Callable[[Mapping[str, bytes]], bytes],
    tmp_path: Path,
) -> None:
    """An index that swaps the archive is found out, and the archive is not kept."""
    registry.files = dict.fromkeys(registry.files, make_wheel({"tiny_data/evil.csv": b""}))

    message = _failure(package, tmp_path)

    assert "tiny-data 1.0 as downloaded has the sha256" in message
    assert f"expected {package.sha256}" in message


@pytest.mark.parametrize("how", ["file cut", "connection cut"])
def test_a_truncated_download_is_refused(
    registry: "Registry", package: Package, wheel: bytes, tmp_path: Path, how: str
) -> None:
    """Half an archive is an error that says so, and is not kept."""
    if how == "file cut":
        registry.files = dict.fromkeys(registry.files, wheel[: len(wheel) // 2])
    registry.breaks_off = how == "connection cut"

    message = _failure(package, tmp_path)

    assert "tiny-data 1.0 could not be downloaded: " in message
    assert "damaged" in message


@pytest.mark.usefixtures("registry")
def test_an_unknown_version_is_named(package: Package, tmp_path: Path) -> None:
    """A version that the index lacks is told apart from a network that is down."""
    message = _failure(replace(package, version="2.0"), tmp_path)

    assert "tiny-data 2.0 could not be downloaded: the registry does not offer that" in message


@pytest.mark.usefixtures("no_network")
def test_without_a_network_the_error_says_so(package: Package, tmp_path: Path) -> None:
    """Pip's retries and tracebacks become one line with a way out."""
    message = _failure(package, tmp_path)

    assert "the registry cannot be reached; connect this machine to the network" in message


def _failure(package: Package, cache: Path) -> str:
    """The one line of a failing download, which leaves nothing in the cache."""
    with pytest.raises(SourceError) as caught:
        fetch(package, cache, print)
    assert [] == list((cache / "packages").iterdir())
    assert "\n" not in str(caught.value)
    return str(caught.value)
