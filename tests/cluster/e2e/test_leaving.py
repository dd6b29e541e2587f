"""`make cluster-down` on a cluster that is not kind's, where others live too."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.access import ROOT, Cluster

pytestmark = pytest.mark.cluster

_STRANGER = {
    "Chart.yaml": "apiVersion: v2\nname: theirs\nversion: 1.0.0\n",
    "templates/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: theirs}\n",
}


@pytest.fixture
def elsewhere(cluster: Cluster, tmp_path: Path) -> Iterator[Cluster]:
    """A namespace with Medley's object store, and a stranger's release with a name of Medley's."""
    shared = Cluster(cluster.context, "elsewhere")
    for name, text in _STRANGER.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    there = (f"--kube-context={shared.context}", f"--namespace={shared.namespace}")
    for command in (
        ["scripts/cluster", "up"],
        ["scripts/deploy", "minio"],
        ["helm", "install", "kafka", str(tmp_path), *there],
    ):
        subprocess.run(command, cwd=ROOT, env=_environment(shared), check=True)
    yield shared
    shared.kubectl("delete", "namespace", shared.namespace)


def _environment(cluster: Cluster) -> dict[str, str]:
    """That of `make … KIND=no` with the registry from which this cluster pulls."""
    return os.environ | {
        "KIND": "no",
        "CONTEXT": cluster.context,
        "NAMESPACE": cluster.namespace,
        "REGISTRY": os.environ.get("REGISTRY", "localhost:5001"),
    }


def _leave(cluster: Cluster, *words: str) -> "subprocess.CompletedProcess[str]":
    which = (f"CONTEXT={cluster.context}", f"NAMESPACE={cluster.namespace}")
    return subprocess.run(
        ["make", "cluster-down", "KIND=no", *which, *words],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def _names(cluster: Cluster, kind: str) -> set[str]:
    return {str(item["metadata"]["name"]) for item in cluster.get(kind)["items"]}


def test_only_what_is_medleys_goes_and_only_when_confirmed(elsewhere: Cluster) -> None:
    """Unconfirmed nothing goes; confirmed the releases go; volumes and secrets when asked."""
    refused = _leave(elsewhere)

    assert 0 != refused.returncode
    assert f"confirm it: make cluster-down KIND=no CONFIRM={elsewhere.context}" in refused.stderr
    assert {"minio"} == _names(elsewhere, "statefulsets")

    done = _leave(elsewhere, f"CONFIRM={elsewhere.context}")

    assert 0 == done.returncode, done.stderr
    assert set() == _names(elsewhere, "statefulsets")
    assert "theirs" in _names(elsewhere, "configmaps")
    assert {"minio-root"} <= _names(elsewhere, "secrets")
    assert {"data-minio-0"} == _names(elsewhere, "persistentvolumeclaims")

    purged = _leave(elsewhere, f"CONFIRM={elsewhere.context}", "PURGE=yes")

    assert 0 == purged.returncode, purged.stderr
    assert set() == _names(elsewhere, "persistentvolumeclaims")
    assert "minio-root" not in _names(elsewhere, "secrets")
    assert "theirs" in _names(elsewhere, "configmaps")


def test_the_operator_of_another_namespace_stays(elsewhere: Cluster) -> None:
    """It serves the platform of these tests, which goes on."""
    _leave(elsewhere, f"CONFIRM={elsewhere.context}", "PURGE=yes")

    operators = Cluster(elsewhere.context, "spark-operator")
    assert "spark-operator-controller" in _names(operators, "deployments")
