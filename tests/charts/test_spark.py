"""The charts spark and spark-history: where jobs and their logs are, and who reaches whom."""

from typing import Any

import pytest
import yaml

from jobs.settings import Settings
from tests.charts.rendering import ROOT, ChartRefusedError, Manifests, Renderer

NAMENODE = "hdfs://hadoop-namenode-0.hadoop-namenode.data.svc.cluster.local:8020"


def _conf(manifests: Manifests, config: str) -> dict[str, str]:
    """spark-defaults.conf of a ConfigMap."""
    lines = manifests.one("ConfigMap", config)["data"]["spark-defaults.conf"].splitlines()
    return dict(line.split(" ", 1) for line in lines)


def _template(manifests: Manifests) -> dict[str, Any]:
    text = manifests.one("ConfigMap", "spark-defaults")["data"]["pod-template.yaml"]
    return dict(yaml.safe_load(text))


def test_jobs_read_the_settings_as_they_are_meant(render: Renderer) -> None:
    """The environment goes through the jobs' own reader."""
    data = render("spark", namespace="data").one("ConfigMap", "spark-settings")["data"]
    settings = Settings.from_environment(data)

    assert settings.lake_uri == "s3a://lake"
    assert settings.landing_uri == "s3a://landing"
    assert settings.checkpoint_uri == f"{NAMENODE}/checkpoints"
    assert settings.tracking_uri == "http://mlflow:5000"
    assert settings.artifact_uri is None
    assert settings.documents_uri == "mongodb://ferretdb:27017/medley"


def test_a_store_of_documents_may_have_a_password(render: Renderer) -> None:
    """Its address is in a Secret then, which pods may be without."""
    variable = next(
        entry
        for entry in _template(render("spark"))["spec"]["containers"][0]["env"]
        if entry["name"] == "MEDLEY_DOCUMENTS"
    )

    assert variable["valueFrom"]["secretKeyRef"] == {
        "name": "spark-documents",
        "key": "uri",
        "optional": True,
    }


def test_models_pass_through_the_default_file_system(render: Renderer) -> None:
    """MLflow fails with `Wrong FS` when its folder lies on another one."""
    manifests = render("spark", namespace="data")
    folder = manifests.one("ConfigMap", "spark-settings")["data"]["MLFLOW_DFS_TMP"]

    assert folder.startswith(_conf(manifests, "spark-defaults")["spark.hadoop.fs.defaultFS"])
    assert folder == f"{NAMENODE}/tmp/mlflow"  # noqa: S108  a folder on HDFS


def test_settings_of_ones_own_win(render: Renderer) -> None:
    """Over the chart's; those that the chart has none of are added."""
    own = {"spark.sql.shuffle.partitions": "64", "spark.executor.instances": "3"}
    conf = _conf(render("spark", {"sparkConf": own}), "spark-defaults")

    assert own.items() <= conf.items()
    assert conf["spark.hadoop.fs.s3a.path.style.access"] == "true"


def test_no_event_logs_when_switched_off(render: Renderer) -> None:
    """An application that cannot write its log would not start."""
    on, off = (
        _conf(render("spark", values), "spark-defaults") for values in ({}, {"eventLogs": ""})
    )

    assert on["spark.eventLog.dir"] == "s3a://spark-events/"
    assert not [name for name in off if name.startswith("spark.eventLog")]


def test_pods_from_the_template_are_restricted(render: Renderer) -> None:
    """Executors get the same rules as every other pod, and no key to the cluster."""
    spec = _template(render("spark"))["spec"]
    container = spec["containers"][0]

    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"/tmp", "/opt/spark/work-dir"} == {  # noqa: S108  a path in the container
        mount["mountPath"] for mount in container["volumeMounts"]
    }


def test_labels_and_policy_of_applications_agree(render: Renderer) -> None:
    """What the policy lets out, the labels let in at the other end."""
    manifests = render("spark")
    labels = _template(manifests)["metadata"]["labels"]
    policy = manifests.one("NetworkPolicy", "spark")["spec"]
    called = {
        rule["to"][0]["podSelector"]["matchLabels"].get("app.kubernetes.io/name")
        for rule in policy["egress"]
        if "podSelector" in rule["to"][0]
    }

    assert policy["podSelector"]["matchLabels"].items() <= labels.items()
    clients = {name.removesuffix("-client") for name in labels if name.endswith("-client")}
    of_hadoop = {"hdfs", "yarn"}
    assert clients - of_hadoop == called - {None, "hadoop"}
    assert of_hadoop <= clients
    assert "hadoop" in called


def test_the_store_of_documents_is_the_one_of_its_chart(render: Renderer) -> None:
    """Service and port are those that the chart ferretdb makes."""
    address = render("spark").one("ConfigMap", "spark-settings")["data"]["MEDLEY_DOCUMENTS"]
    service = render("ferretdb").one("Service", "ferretdb")

    host, port = address.removeprefix("mongodb://").partition("/")[0].split(":")
    assert host == service["metadata"]["name"]
    assert port in {str(entry["port"]) for entry in service["spec"]["ports"]}


def test_only_drivers_reach_the_api(render: Renderer) -> None:
    """Executors neither make pods nor call the outside."""
    policies = render("spark").of("NetworkPolicy")
    outside = {
        name
        for name, policy in policies.items()
        for rule in policy["spec"]["egress"]
        if "ipBlock" in rule["to"][0]
    }

    assert {"spark-drivers"} == outside
    selected = policies["spark-drivers"]["spec"]["podSelector"]["matchLabels"]
    assert selected["spark-role"] == "driver"


def test_the_history_server_reads_what_applications_write(render: Renderer) -> None:
    """Both charts' defaults name the same folder and the same store."""
    writer = _conf(render("spark"), "spark-defaults")
    reader = _conf(render("spark-history"), "spark-history")

    assert writer["spark.eventLog.dir"] == reader["spark.history.fs.logDirectory"]
    store = "spark.hadoop.fs.s3a.endpoint"
    assert writer[store] == reader[store]


@pytest.mark.parametrize(("size", "expected"), [("1Gi", "768m"), ("512Mi", "384m")])
def test_the_history_servers_store_stays_below_its_volume(
    size: str, expected: str, render: Renderer
) -> None:
    """A volume that runs full would end the pod."""
    conf = _conf(render("spark-history", {"storeSize": size}), "spark-history")

    assert expected == conf["spark.history.store.maxDiskUsage"]


@pytest.mark.parametrize(
    ("chart", "values", "message"),
    [
        ("spark", {"settings": {"lake": "s3a://lake/"}}, "'s3a://lake/' does not match pattern"),
        ("spark", {"settings": {"lake": "/lake"}}, "'/lake' does not match pattern"),
        ("spark", {"sparkConf": {"executor.memory": "1g"}}, "'executor.memory' does not match"),
        ("spark", {"sparkConf": {"spark.ui.port": 1}}, "got number, want string"),
        ("spark", {"hdfs": {"uri": "hdfs://x/y"}}, "'hdfs://x/y' does not match pattern"),
        ("spark", {"together": "yes"}, "got string, want boolean"),
        ("spark", {"sizes": {"gold": {"driver": {"memory": "1g"}}}}, "'memory' not allowed"),
        ("spark", {"sizes": {"platinum": {}}}, "additional properties 'platinum' not allowed"),
        ("spark", {"sizes": {"default": {"executor": {"instances": 0}}}}, "minimum: got 0, want 1"),
        ("spark", {"hadoop": {"configMap": ""}}, "'' does not match pattern"),
        ("spark-history", {"logs": {"directory": "s3a://x"}}, "'s3a://x' does not match pattern"),
        ("spark-history", {"storeSize": "1T"}, "'1T' does not match pattern"),
    ],
)
def test_wrong_values_are_refused(
    chart: str, values: dict[str, object], message: str, render: Renderer
) -> None:
    """At install, with a sentence, not later in a pod."""
    with pytest.raises(ChartRefusedError) as refused:
        render(chart, values)

    assert message in str(refused.value)


def test_the_operator_gets_what_it_needs_on_a_busy_node() -> None:
    """Requests, so that it is not the first to starve; a lease that it can renew in time."""
    text = (ROOT / "charts/spark-operator/values.yaml").read_text(encoding="utf-8")
    values = yaml.safe_load(text)

    for part in ("controller", "webhook"):
        sizes = values[part]["resources"]
        assert {"cpu", "memory"} == set(sizes["requests"])
        assert {"memory"} == set(sizes["limits"])
    assert values["controller"]["workers"] == 2
    assert values["controller"]["leaderElection"]["leaseDuration"] == "60s"


def test_drivers_have_one_account(render: Renderer) -> None:
    """The chart spark makes it; the operator's chart would make another with more rights."""
    text = (ROOT / "charts/spark-operator/values.yaml").read_text(encoding="utf-8")
    operator = yaml.safe_load(text)["spark"]

    assert operator["serviceAccount"]["create"] is False
    assert operator["rbac"]["create"] is False
    assert ["medley"] == operator["jobNamespaces"]
    assert "spark" in render("spark").of("ServiceAccount")
