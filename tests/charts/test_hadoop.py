"""The chart hadoop: HDFS and YARN, together and apart, and the script that asks HDFS."""

import importlib.util
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import pytest

from tests.charts.rendering import ROOT, ChartRefusedError, Manifests, Renderer

HDFS = {"hadoop-namenode", "hadoop-datanode"}
YARN = {"hadoop-resourcemanager", "hadoop-nodemanager"}
NAMENODE = "hadoop-namenode-0.hadoop-namenode.medley.svc.cluster.local"


def _settings(manifests: Manifests, file: str) -> dict[str, str]:
    text = manifests.one("ConfigMap", "hadoop-conf")["data"][file]
    return {
        entry.findtext("name", ""): entry.findtext("value", "")
        for entry in ET.fromstring(text)  # noqa: S314 - the chart's own
    }


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, HDFS | YARN),
        ({"yarn": {"enabled": False}}, HDFS),
        ({"hdfs": {"enabled": False}, "yarn": {"defaultFs": "hdfs://far:8020"}}, YARN),
    ],
)
def test_each_half_can_be_left_out(
    values: dict[str, object], expected: set[str], render: Renderer
) -> None:
    """With its Services, its tests and its ports in the NetworkPolicy."""
    manifests = render("hadoop", values)
    rules = manifests.one("NetworkPolicy", "hadoop")["spec"]["ingress"]
    clients = {
        label
        for rule in rules
        for label in rule["from"][0]["podSelector"]["matchLabels"]
        if label.endswith("-client")
    }

    assert expected == set(manifests.of("StatefulSet")) == set(manifests.of("Service"))
    assert (HDFS <= expected) == ("hadoop-setup" in manifests.of("Job"))
    assert (HDFS <= expected) == ("hadoop-test-files" in manifests.of("Pod"))
    assert (YARN <= expected) == ("hadoop-test-application" in manifests.of("Pod"))
    assert (HDFS <= expected) == ("hdfs-client" in clients)
    assert (YARN <= expected) == ("yarn-client" in clients)


def test_all_go_by_the_pods_full_names(render: Renderer) -> None:
    """Addresses change when a pod restarts, and short names end at the namespace."""
    manifests = render("hadoop")

    assert f"hdfs://{NAMENODE}:8020" == _settings(manifests, "core-site.xml")["fs.defaultFS"]
    assert (
        NAMENODE.replace("namenode", "resourcemanager")
        == _settings(manifests, "yarn-site.xml")["yarn.resourcemanager.hostname"]
    )
    for name in ("datanode", "nodemanager"):
        daemon = manifests.pod("StatefulSet", f"hadoop-{name}")
        domain = daemon.environment(name)["DOMAIN"]
        assert f"hadoop-{name}.medley.svc.cluster.local" == domain


def test_yarn_stages_on_the_hdfs_that_is_named(render: Renderer) -> None:
    """Where the chart has no HDFS of its own."""
    values = {"hdfs": {"enabled": False}, "yarn": {"defaultFs": "hdfs://far:8020"}}

    assert {"fs.defaultFS": "hdfs://far:8020"} == _settings(
        render("hadoop", values), "core-site.xml"
    )


def test_settings_of_ones_own_come_first(render: Renderer) -> None:
    """They are added, and go before the chart's."""
    values = {
        "hdfs": {"config": {"dfs.blocksize": 33_554_432, "dfs.replication": 1}},
        "yarn": {"config": {"yarn.log-aggregation-enable": True}},
    }
    manifests = render("hadoop", values)
    hdfs = _settings(manifests, "hdfs-site.xml")

    assert ("33554432", "1") == (hdfs["dfs.blocksize"], hdfs["dfs.replication"])
    assert "0.0.0.0:9870" == hdfs["dfs.namenode.http-address"]
    yarn = _settings(manifests, "yarn-site.xml")
    assert "true" == yarn["yarn.log-aggregation-enable"]


def test_containers_of_yarn_reach_what_applications_call(render: Renderer) -> None:
    """The NodeManager's pods bear the services' client labels, and may call their pods."""
    manifests = render("hadoop", {"yarn": {"nodemanager": {"clientOf": ["minio", "kafka"]}}})
    labels = manifests.pod("StatefulSet", "hadoop-nodemanager").labels
    peers = [
        rule["to"][0].get("podSelector", {}).get("matchLabels")
        for rule in manifests.one("NetworkPolicy", "hadoop")["spec"]["egress"]
    ]

    assert ["minio-client", "kafka-client"] == [key for key in labels if key.endswith("-client")]
    assert {"app.kubernetes.io/name": "minio"} in peers
    assert {"app.kubernetes.io/name": "kafka"} in peers
    assert {"app.kubernetes.io/name": "mlflow"} not in peers


def test_only_hdfs_keeps_data(render: Renderer) -> None:
    """YARN's daemons have scratch space alone."""
    claims = {
        name: "volumeClaimTemplates" in found["spec"]
        for name, found in render("hadoop").of("StatefulSet").items()
    }

    assert {name: name in HDFS for name in HDFS | YARN} == claims


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"hdfs": {"enabled": False}, "yarn": {"enabled": False}},
            "hdfs.enabled and yarn.enabled are both false",
        ),
        ({"hdfs": {"enabled": False}}, "yarn.defaultFs is empty and hdfs.enabled is false"),
        (
            {"hdfs": {"replication": 3}},
            "hdfs.replication: 3 copies of each block cannot lie on 2 DataNodes",
        ),
        (
            {"hdfs": {"datanode": {"persistence": {"existingClaim": "mine"}}}},
            "one claim cannot serve 2 DataNodes",
        ),
        (
            {"yarn": {"nodemanager": {"containers": {"memoryMiB": 8192}}}},
            "4608Mi cannot hold the containers' 8192 MiB and 512 MiB for the NodeManager itself",
        ),
        (
            {"yarn": {"nodemanager": {"resources": {"limits": {"memory": "4G"}}}}},
            '"4G" is not in Mi or Gi',
        ),
        ({"yarn": {"defaultFs": "s3a://lake"}}, "'s3a://lake' does not match pattern"),
        (
            {"hdfs": {"directories": [{"path": "tmp", "owner": "hdfs", "mode": "755"}]}},
            "'tmp' does not match pattern",
        ),
        (
            {"hdfs": {"directories": [{"path": "/a", "owner": "a", "mode": 755}]}},
            "at '/hdfs/directories/0/mode': got number, want string",
        ),
    ],
)
def test_wrong_values_are_refused(
    values: dict[str, object], message: str, render: Renderer
) -> None:
    """At install, with a sentence, not later in a pod."""
    with pytest.raises(ChartRefusedError) as refused:
        render("hadoop", values)

    assert message in str(refused.value)


def test_a_limit_in_gibibytes_is_understood(render: Renderer) -> None:
    """4.5Gi holds 4096 MiB of containers and the NodeManager."""
    node = {"containers": {"memoryMiB": 4096}, "resources": {"limits": {"memory": "4.5Gi"}}}

    assert render("hadoop", {"yarn": {"nodemanager": node}}).of("StatefulSet")


class Daemon:
    """A daemon of HDFS as hdfs.py sees it: its beans, and what it was asked to change."""

    def __init__(self) -> None:
        self.bean: dict[str, str] | None = None
        self.refuses = False
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.address = ""

    def answer(self, method: str, target: str) -> tuple[int, dict[str, Any]]:
        """Status and body for a request."""
        parts = urlsplit(target)
        if method == "GET":
            return 200, {"beans": [self.bean] if self.bean is not None else []}
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.asked.append((parts.path, query))
        if self.refuses:
            return 403, {"RemoteException": {"message": "Permission denied: user=hdfs"}}
        return 200, {"boolean": True}


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    """A daemon on this machine's loopback."""
    stand_in = Daemon()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = stand_in.answer(self.command, self.path)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        do_PUT = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        stand_in.address = f"http://127.0.0.1:{server.server_port}"
        yield stand_in
        server.shutdown()


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script hdfs.py as a module, which does not wait."""
    path = ROOT / "charts/hadoop/files/hdfs.py"
    spec = importlib.util.spec_from_file_location("hdfs_script", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "WAIT_SECONDS", 0)
    monkeypatch.setattr(module.time, "sleep", lambda _: None)
    return module


def test_a_namenode_in_safe_mode_is_not_ready(daemon: Daemon, script: ModuleType) -> None:
    """Its port answers then, and no one may write."""
    daemon.bean = {"Safemode": "Safe mode is ON. 3 blocks are missing."}
    assert "Safe mode is ON" in script.trouble_of(script.namenode_trouble, daemon.address)

    daemon.bean = {"Safemode": ""}
    assert "" == script.trouble_of(script.namenode_trouble, daemon.address)


def test_a_daemon_that_starts_is_not_ready(daemon: Daemon, script: ModuleType) -> None:
    """Neither while it has no beans, nor while its port is shut; no traceback tells so."""
    for address in (daemon.address, "http://127.0.0.1:9"):
        trouble = script.trouble_of(script.namenode_trouble, address)
        assert f"{address} does not answer yet" in trouble


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["RUNNING"], ""),
        (["CONNECTING"], "not registered"),
        (["RUNNING", "FAILED"], "not registered"),
        ([], "not registered"),
    ],
)
def test_a_datanode_is_ready_once_registered(
    states: list[str], expected: str, daemon: Daemon, script: ModuleType
) -> None:
    """Its port answers before the NameNode knows it."""
    actors = json.dumps([{"ActorState": state} for state in states])
    daemon.bean = {"BPServiceActorInfo": actors}

    assert expected == script.datanode_trouble(daemon.address)[:14]


def test_folders_are_made_with_owner_and_mode(daemon: Daemon, script: ModuleType) -> None:
    """In their order, by the superuser."""
    daemon.bean = {"Safemode": ""}

    script.make_directories(
        daemon.address, [{"path": "/user/spark", "owner": "spark", "mode": "755"}]
    )

    who = {"user.name": "hdfs"}
    path = "/webhdfs/v1/user/spark"
    assert [
        (path, {"op": "MKDIRS", **who}),
        (path, {"op": "SETOWNER", "owner": "spark", "group": "spark", **who}),
        (path, {"op": "SETPERMISSION", "permission": "755", **who}),
    ] == daemon.asked


def test_no_folder_is_made_in_safe_mode(daemon: Daemon, script: ModuleType) -> None:
    """The job gives up after a while, and says what the NameNode said."""
    daemon.bean = {"Safemode": "Safe mode is ON."}

    with pytest.raises(SystemExit, match=r"takes no writes: Safe mode is ON\."):
        script.make_directories(daemon.address, [{"path": "/a", "owner": "a", "mode": "755"}])
    assert [] == daemon.asked


def test_a_refused_folder_ends_the_job(daemon: Daemon, script: ModuleType) -> None:
    """With the operation, the path and the NameNode's reason."""
    daemon.bean = {"Safemode": ""}
    daemon.refuses = True

    with pytest.raises(SystemExit, match=r"MKDIRS /a: .*Permission denied"):
        script.make_directories(daemon.address, [{"path": "/a", "owner": "a", "mode": "755"}])
