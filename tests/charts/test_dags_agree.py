"""The pods that the DAGs make, and the charts: each names what the other has."""

from typing import Any

import kubernetes_validate
import pytest
import yaml

from launching import pods
from launching.settings import Settings
from tests.charts.rendering import KUBERNETES, Renderer


def _made(container: str = "spark", *config_maps: str) -> dict[str, Any]:
    labels = pods.labels("movies", "movies-gold-abcdefgh")
    return pods.pod_template(container, labels, config_maps=config_maps)


def test_pods_are_those_of_the_chart(render: Renderer) -> None:
    """Environment, security, volumes and labels stand in both, once for each side that starts."""
    data = render("spark").one("ConfigMap", "spark-defaults")["data"]
    expected = yaml.safe_load(data["pod-template.yaml"])
    made = _made()
    own = {pods.PIPELINE_LABEL, pods.JOB_LABEL}

    assert expected["spec"]["containers"] == made["spec"]["containers"]
    assert expected["spec"]["volumes"] == made["spec"]["volumes"]
    assert expected["spec"]["securityContext"].items() >= made["spec"]["securityContext"].items()
    assert expected["spec"]["enableServiceLinks"] == made["spec"]["enableServiceLinks"]
    assert expected["metadata"]["labels"] == {
        name: value for name, value in made["metadata"]["labels"].items() if name not in own
    }


def test_what_pods_name_is_there(render: Renderer) -> None:
    """ConfigMaps, the Secret with its keys, and the ServiceAccount, under the charts' names."""
    spark, hadoop, minio = render("spark"), render("hadoop"), render("minio")
    documents = ("spark-documents", "uri")
    spec = _made("spark", "spark-defaults", "hadoop-conf")["spec"]
    (container,) = spec["containers"]
    named = {entry["configMapRef"]["name"] for entry in container["envFrom"]} | {
        volume["configMap"]["name"] for volume in spec["volumes"] if "configMap" in volume
    }
    keys = {
        (entry["valueFrom"]["secretKeyRef"]["name"], entry["valueFrom"]["secretKeyRef"]["key"])
        for entry in container["env"]
    }

    assert named <= {*spark.of("ConfigMap"), *hadoop.of("ConfigMap")}
    assert keys - {documents} == {
        (name, key) for name in ["minio-spark"] for key in minio.one("Secret", name)["data"]
    }
    assert documents in keys
    assert spec["serviceAccountName"] in spark.of("ServiceAccount")


@pytest.mark.parametrize(
    "config_maps", [(), ("spark-defaults",), ("spark-defaults", "hadoop-conf")]
)
def test_kubernetes_would_take_the_pods(config_maps: tuple[str, ...]) -> None:
    """Each fits the schema of the Kubernetes version that kind-config.yaml names."""
    pod = pods.program_pod("movies-x", _made("main", *config_maps), "medley/spark:1", ["true"], 512)

    kubernetes_validate.validate(pod, KUBERNETES, strict=True)


def test_airflow_sets_what_the_dags_read(render: Renderer) -> None:
    """The values reach the settings, and point at Services that the charts make."""
    values = {"spark": {"image": "mine/spark:1"}, "hadoop": {"image": "mine/hadoop:1"}}
    scheduler = render("airflow", values).pod("Deployment", "airflow-scheduler")
    found = scheduler.environment("scheduler")
    settings = Settings.from_environment(
        {name: value for name, value in found.items() if isinstance(value, str)}
    )

    assert ("mine/spark:1", "mine/hadoop:1") == (settings.spark_image, settings.hadoop_image)
    assert {"MEDLEY_NAMESPACE", "MEDLEY_ALERT_WEBHOOK", "MEDLEY_LAKE", "MEDLEY_TRINO_URL"} <= {
        *found
    }
    service = settings.resource_manager.removeprefix("http://").partition(":")[0]
    assert service in render("hadoop").of("Service")


def test_tasks_reach_yarn(render: Renderer) -> None:
    """Its ResourceManager, and the NodeManagers that show a driver's log."""
    airflow = render("airflow")
    (policy,) = airflow.of("NetworkPolicy").values()
    scheduler = airflow.pod("Deployment", "airflow-scheduler")
    hadoop = {"matchLabels": {"app.kubernetes.io/name": "hadoop"}}
    ports = [
        port["port"]
        for rule in policy["spec"]["egress"]
        for port in rule.get("ports", [])
        if {"podSelector": hadoop} in rule["to"]
    ]

    assert [8042, 8088] == ports
    assert "true" == scheduler.labels["yarn-client"]
