"""The services: each proves its own job, and keeps out those who have no business with it."""

import json
import subprocess

import pytest

from tests.cluster.conftest import ROOT, Cluster

pytestmark = pytest.mark.cluster

CHARTS = sorted(path.parent.name for path in ROOT.glob("charts/*/Chart.yaml"))
STORES = {
    "postgresql": ("postgresql", 5432),
    "ferretdb": ("ferretdb", 27017),
    "minio": ("minio", 9000),
    "kafka": ("kafka", 9092),
    "hdfs": ("hadoop-namenode-0.hadoop-namenode", 8020),
}
"""Host and port, by the name in the label of those who may call."""
_TRIES = 8
"""A new pod's address reaches those who enforce the policies a few seconds after it has begun."""


@pytest.mark.parametrize("chart", [name for name in CHARTS if name != "common"])
def test_a_service_does_its_job(chart: str, cluster: Cluster) -> None:
    """`helm test`: an object, a document, a block, a topic, a query, a run is written and read."""
    done = subprocess.run(
        [
            "helm",
            f"--kube-context={cluster.context}",
            f"--namespace={cluster.namespace}",
            "test",
            chart,
            "--logs",
            "--timeout=5m",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )

    assert 0 == done.returncode, done.stdout


def test_strangers_are_kept_out(cluster: Cluster) -> None:
    """A pod reaches each store with the client's label, and without it reaches none."""
    assert STORES.keys() == _reached(
        cluster, "friend", {f"{name}-client": "true" for name in STORES}
    )
    assert set() == _reached(cluster, "stranger", {})


def _reached(cluster: Cluster, name: str, labels: dict[str, str]) -> set[str]:
    """The stores that a pod with these labels can connect to."""
    pod = f"test-{name}"
    cluster.kubectl("delete", "pod", pod, "--ignore-not-found", "--wait")
    cluster.kubectl("apply", "--filename=-", given=json.dumps(_pod(pod, labels, cluster)))
    try:
        cluster.kubectl(
            "wait", f"pod/{pod}", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=180s"
        )
        return set(cluster.kubectl("logs", pod).split())
    finally:
        cluster.kubectl("delete", "pod", pod, "--wait=false")


def _pod(name: str, labels: dict[str, str], cluster: Cluster) -> dict[str, object]:
    """A pod that prints the name of each store whose port it can connect to."""
    image = cluster.get("statefulset", "minio")["spec"]["template"]["spec"]["containers"][0]
    calls = "\n".join(
        f"for try in {{1..{_TRIES}}}; do"
        f" if timeout 3 bash -c 'exec 3<>/dev/tcp/{host}/{port}' 2>/dev/null;"
        f" then echo {store}; break; fi; sleep 1; done &"
        for store, (host, port) in STORES.items()
    )
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 1000,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": "calls",
                    "image": image["image"],
                    "command": ["bash", "-c", f"{calls}\nwait"],
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "capabilities": {"drop": ["ALL"]},
                    },
                    "resources": {
                        "requests": {"cpu": "10m", "memory": "16Mi"},
                        "limits": {"memory": "64Mi"},
                    },
                }
            ],
        },
    }
