"""The doctor's look at what a cluster needs, with programs made for the test."""

import json
import re
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jobs.cluster_doctor import examine_cluster
from jobs.cluster_machine import PAGES, Machine, is_free
from jobs.doctor import Finding

Programs = Callable[..., None]

_INFO = {"ServerVersion": "28.0.1", "NCPU": 4, "MemTotal": 16 * 1024**3, "DockerRootDir": "/"}


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """Puts small shell programs on the PATH, and nothing else; all is well by default."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def write(**texts: str | None) -> None:
        for name, text in texts.items():
            if text is None:
                (tmp_path / name).unlink()
            else:
                (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
                (tmp_path / name).chmod(0o755)

    write(
        docker=_docker(_INFO),
        kubectl="echo 'Client Version: v1.36.3'",
        helm="echo v4.3.1",
        kind="echo 'kind v0.33.0 go1.26.0 linux/amd64'",
    )
    return write


def _docker(info: dict[str, Any], containers: str = "") -> str:
    """A docker whose engine says this of itself, and runs these containers."""
    return f"case $1 in info) echo '{json.dumps(info)}';; ps) echo '{containers}';; esac"


# Enough of everything; without a folder of limits, as on a Mac.
_MACHINE = Machine(lambda: 16 * 1024, lambda _: 100 * 1024, lambda _: True, Path("/no/such/folder"))


def _findings(context: str | None = None, machine: Machine = _MACHINE) -> dict[str, Finding]:
    return {finding.name: finding for finding in examine_cluster("medley", context, machine)}


@pytest.mark.usefixtures("programs")
def test_a_machine_with_all_it_needs_is_well() -> None:
    """Each thing is looked at, and its version or amount is told."""
    findings = _findings()

    assert [] == [finding for finding in findings.values() if not finding.ok and finding.advice]
    assert "28.0.1" == findings["Docker"].detail
    assert "v1.36.3" == findings["kubectl"].detail
    assert "v4.3.1" == findings["helm"].detail
    assert "v0.33.0" == findings["kind"].detail
    assert {"cores", "memory", "disk", "inotify limits", "ports"} <= findings.keys()


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("docker", "Install Docker: https://docs.docker.com/engine/install"),
        ("kind", "Install kind 0.31 or newer: https://kind.sigs.k8s.io"),
        ("kubectl", "Install kubectl 1.34 or newer: https://kubernetes.io/docs/tasks/tools"),
        ("helm", "Install helm 3.18 or newer: https://helm.sh"),
    ],
)
def test_a_missing_program_is_found(programs: Programs, name: str, advice: str) -> None:
    """The advice says what to install and where it is."""
    programs(**{name: None})

    finding = {key.lower(): value for key, value in _findings().items()}[name]

    assert (False, advice) == (finding.ok, finding.advice)


@pytest.mark.parametrize(
    ("name", "answer", "detail"),
    [
        ("kind", "echo 'kind v0.30.0 go1.24'", "v0.30.0"),
        ("kubectl", "echo 'Client Version: v1.33.9'", "v1.33.9"),
        ("helm", "echo v3.17.4", "v3.17.4"),
        ("helm", "echo v4.3", "v4.3"),
        ("kind", "echo 'no such flag' >&2; exit 1", "it says 'no such flag'"),
    ],
)
def test_versions_are_compared_as_numbers(
    programs: Programs, name: str, answer: str, detail: str
) -> None:
    """An old program is found, as is one whose answer is none."""
    programs(**{name: answer})

    finding = _findings()[name]

    assert (detail == "v4.3", detail) == (finding.ok, finding.detail)


def test_an_engine_that_does_not_answer_is_found(programs: Programs) -> None:
    """Docker's own words say why; what the engine would have said is not asked for."""
    programs(docker="echo 'Cannot connect to the Docker daemon.' >&2; exit 1")

    findings = _findings()

    assert not findings["Docker"].ok
    assert "Cannot connect to the Docker daemon." == findings["Docker"].detail
    assert "memory" not in findings


def test_too_little_of_docker_is_found(programs: Programs) -> None:
    """Both numbers are told, what there is and what is needed."""
    programs(docker=_docker({**_INFO, "NCPU": 1, "MemTotal": 2 * 1024**3}))

    findings = _findings()

    assert not findings["cores"].ok
    assert "1 in Docker, 2 needed" == findings["cores"].detail
    assert not findings["memory"].ok
    assert re.fullmatch(r"2,048 MiB available, [\d,]+ MiB needed", findings["memory"].detail)


def test_too_little_disk_is_found(programs: Programs) -> None:
    """The folder is Docker's own, or the nearest one that is there."""
    programs(docker=_docker({**_INFO, "DockerRootDir": "/no/such/folder"}))

    finding = _findings(machine=replace(_MACHINE, free_disk_mib=lambda _: 24_575))["disk"]

    assert not finding.ok
    assert "24,575 MiB free at /, 24,576 MiB needed" == finding.detail
    assert "docker system prune" in finding.advice


def test_a_running_cluster_has_taken_its_share(programs: Programs) -> None:
    """`make cluster-up` can be repeated: memory and disk need not be there a second time."""
    programs(docker=_docker({**_INFO, "MemTotal": 1}, containers="4fcdfe8b88f5"))

    finding = _findings()["memory"]

    assert finding.ok
    assert "beside the running cluster" in finding.detail


@pytest.mark.parametrize(("instances", "ok"), [("128", False), ("512", True)])
def test_low_inotify_limits_are_found(
    programs: Programs, tmp_path: Path, instances: str, *, ok: bool
) -> None:
    """The advice is the command that raises them; 128 is what Linux has by itself."""
    programs()
    (tmp_path / "max_user_watches").write_text("524288\n")
    (tmp_path / "max_user_instances").write_text(f"{instances}\n")

    finding = _findings(machine=replace(_MACHINE, inotify=tmp_path))["inotify limits"]

    assert f"max_user_watches 524,288, max_user_instances {instances}" == finding.detail
    assert ok == finding.ok
    assert (not ok) == (
        "sudo sysctl -w fs.inotify.max_user_watches=1048576 fs.inotify.max_user_instances=512"
        in finding.advice
    )


@pytest.mark.usefixtures("programs")
def test_systems_without_inotify_are_well() -> None:
    """Docker's own machine has its limits there."""
    assert _findings()["inotify limits"].ok


@pytest.mark.usefixtures("programs")
def test_a_taken_port_is_named() -> None:
    """It stops nothing: the pages move."""
    finding = _findings(machine=replace(_MACHINE, is_free=lambda port: port != PAGES[0]))["ports"]

    assert finding.ok
    assert f"taken: {PAGES[0]}" == finding.detail
    assert "next free ports" in finding.advice


def test_a_port_is_free_until_somebody_listens() -> None:
    """Asked of the system itself."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not is_free(port)
    assert is_free(port)


def test_the_ports_are_those_that_are_forwarded() -> None:
    """scripts/forward has the list; the doctor knows the same ports."""
    script = (Path(__file__).parents[1] / "scripts" / "forward").read_text(encoding="utf-8")
    table = script.partition("<<'PAGES'\n")[2].partition("\nPAGES")[0]

    assert sorted(PAGES) == sorted(int(re.split(r" {2,}", line)[3]) for line in table.splitlines())


@pytest.mark.parametrize(
    ("answer", "ok", "detail"),
    [
        ("echo yes", True, "prod"),
        ("echo no; exit 1", False, "prod: you may not make namespaces there"),
        ("echo 'error: no such host' >&2; exit 1", False, "prod: error: no such host"),
    ],
)
def test_an_existing_cluster_is_asked(
    programs: Programs, answer: str, *, ok: bool, detail: str
) -> None:
    """With a context neither kind nor this machine's memory matter."""
    programs(
        kind=None,
        kubectl=f"case $1 in version) echo v1.36.3;; *) {answer};; esac",
    )

    findings = _findings("prod")

    assert (ok, detail) == (findings["cluster"].ok, findings["cluster"].detail)
    assert {"Docker", "kubectl", "helm", "cluster"} == findings.keys()


@pytest.mark.usefixtures("programs")
def test_no_context_is_found() -> None:
    """`make … KIND=no` where kubectl knows no cluster."""
    finding = _findings("")["cluster"]

    assert "no context is chosen" == finding.detail
    assert "CONTEXT=" in finding.advice
