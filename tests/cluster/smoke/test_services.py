"""The services: each proves its own job, and keeps out those who have no business with it."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.cluster.access import ROOT, Cluster
from tests.leash import leashed

pytestmark = pytest.mark.cluster

CHARTS = sorted(path.parent.name for path in ROOT.glob("charts/*/Chart.yaml"))
CHARTS.remove("common")  # a library
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


Proof = Future["subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def proofs(cluster: Cluster) -> Iterator[Mapping[str, Proof]]:
    """`helm test` of each chart, two at a time: most of it is waiting for a pod's start."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        yield {chart: pool.submit(_helm_test, chart, cluster) for chart in CHARTS}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("chart", CHARTS)
def test_a_service_does_its_job(chart: str, proofs: Mapping[str, Proof]) -> None:
    """`helm test`: an object, a document, a block, a topic, a query, a run is written and read."""
    done = proofs[chart].result()

    assert 0 == done.returncode, done.stdout


def _helm_test(chart: str, cluster: Cluster) -> "subprocess.CompletedProcess[str]":
    where = (f"--kube-context={cluster.context}", f"--namespace={cluster.namespace}")
    return subprocess.run(
        leashed(["helm", *where, "test", chart, "--logs", "--timeout=5m"]),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


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
