"""The DAGs and the charts: what one side makes is what the other one reads."""

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from jobs.lakehouse.declare.table import LAYERS
from launching.job import Job
from launching.manifests import labels, program_pod, spark_application, submit_pod
from launching.settings import Settings
from launching.template import Manifest, Template
from tests.charts.rendering import KUBERNETES, ROOT, Manifests, Pod, Renderer

SCHEMA = json.loads((ROOT / "tests/dags/sparkapplication.schema.json").read_text(encoding="utf-8"))
JOB = Job("movies-gold-abcdefgh", "movies", "0123abcd", "gold", ["run", "movies", "--layer=gold"])
KINDS = [*LAYERS, "together", "maintenance"]

OWN_CLUSTER: Mapping[str, Any] = {
    "image": {"repository": "registry.example.org/team/medley/jobs", "tag": "7"},
    "imagePullSecrets": [{"name": "registry-login"}],
    "nodeSelector": {"pool": "spark"},
    "tolerations": [{"key": "spark-only", "operator": "Exists", "effect": "NoSchedule"}],
    "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}},
    "sizes": {
        "default": {
            "driver": {"cpuRequest": 1},
            "executor": {"cpuRequest": 1, "instances": 2, "memoryMiB": 4096},
        }
    },
    "programResources": {"requests": {"cpu": 1}},
    "submitResources": {"requests": {"cpu": 1}},
    "sparkConf": {"spark.sql.shuffle.partitions": "64"},
    "extraEnv": [
        {"name": "HTTPS_PROXY", "value": "http://proxy:3128"},
        {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "mine", "key": "token"}}},
    ],
    "extraVolumes": [{"name": "authorities", "configMap": {"name": "authorities"}}],
    "extraVolumeMounts": [{"name": "authorities", "mountPath": "/etc/authorities"}],
}
"""Of a cluster with a registry that asks for a login, and with nodes of its own for Spark."""


def _template(render: Renderer, values: Mapping[str, Any] | None = None) -> Template:
    return Template.parse(render("spark", values).one("ConfigMap", "spark-application")["data"])


def _made(template: Template) -> dict[str, Manifest]:
    """Each pod that Airflow makes of a job, or lets Spark make of a template, by its container."""
    spec = spark_application(JOB, template)["spec"]
    pods = [
        spec["driver"]["template"],
        spec["executor"]["template"],
        submit_pod(JOB, template),
        program_pod(JOB, template),
    ]
    return {pod["spec"]["containers"][0]["name"]: pod for pod in pods}


def test_the_dags_are_tested_with_what_the_chart_makes(render: Renderer) -> None:
    """Their tests have no helm, and read a copy."""
    copy = ROOT / "tests/dags/spark-application.yaml"

    assert render("spark").one("ConfigMap", "spark-application") == yaml.safe_load(
        copy.read_text(encoding="utf-8")
    ), (
        "The copy is not what the chart makes today; write it anew: helm template spark "
        f"charts/spark --show-only templates/application.yaml >{copy.relative_to(ROOT)}"
    )


@pytest.mark.parametrize("values", [{}, OWN_CLUSTER], ids=["the chart's values", "own values"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_operator_takes_the_applications(
    kind: str, values: Mapping[str, Any], render: Renderer
) -> None:
    """Every field stands in the Spark operator's own schema, with a value that it takes."""
    job = Job("movies-x-abcdefgh", "movies", "0123abcd", kind, ["run", "movies"])

    jsonschema.validate(spark_application(job, _template(render, values)), SCHEMA)


@pytest.mark.parametrize("values", [{}, OWN_CLUSTER], ids=["the chart's values", "own values"])
def test_kubernetes_takes_the_pods(values: Mapping[str, Any], render: Renderer) -> None:
    """Each fits the schema of the Kubernetes version that kind-config.yaml names."""
    for name, pod in _made(_template(render, values)).items():
        kubernetes_validate.validate({"metadata": {"name": name}} | pod, KUBERNETES, strict=True)


def test_own_values_reach_every_pod(render: Renderer) -> None:
    """A node selector, a toleration, a pull secret, environment and volumes, of one's own."""
    pods = _made(_template(render, OWN_CLUSTER))

    assert {"spark-kubernetes-driver", "spark-kubernetes-executor", "submit", "medley"} == set(pods)
    for name, pod in pods.items():
        spec = pod["spec"]
        (container,) = spec["containers"]
        for field in ("nodeSelector", "tolerations", "affinity", "imagePullSecrets"):
            assert OWN_CLUSTER[field] == spec[field], f"{name}: {field}"
        assert OWN_CLUSTER["extraVolumes"][0] in spec["volumes"], name
        assert OWN_CLUSTER["extraVolumeMounts"][0] in container["volumeMounts"], name
        for entry in OWN_CLUSTER["extraEnv"]:
            assert entry in container["env"], name
        assert labels(JOB).items() <= pod["metadata"]["labels"].items(), name


def test_own_sizes_and_settings_reach_the_application(render: Renderer) -> None:
    """Two executors and one CPU each, for driver and executors; what is not set stays."""
    spec = spark_application(JOB, _template(render, OWN_CLUSTER))["spec"]

    assert "registry.example.org/team/medley/jobs:7" == spec["image"]
    assert "64" == spec["sparkConf"]["spark.sql.shuffle.partitions"]
    assert (1, "1", "1024m", "416m") == tuple(
        spec["driver"][field] for field in ("cores", "coreRequest", "memory", "memoryOverhead")
    )
    assert (2, 2, "1", "4096m", "640m") == tuple(
        spec["executor"][field]
        for field in ("instances", "cores", "coreRequest", "memory", "memoryOverhead")
    )
    for pod in ("submit", "medley"):
        (container,) = _made(_template(render, OWN_CLUSTER))[pod]["spec"]["containers"]
        assert "registry.example.org/team/medley/jobs:7" == container["image"]
        assert 1 == container["resources"]["requests"]["cpu"]


def test_own_sizes_reach_yarn(render: Renderer) -> None:
    """As Spark's settings; how much CPU a pod asks for is no matter of YARN's."""
    (container,) = submit_pod(JOB, _template(render, OWN_CLUSTER))["spec"]["containers"]
    options = container["args"][container["args"].index("submit") + 1 :]
    conf = dict(
        option.removeprefix("--conf=").split("=", 1)
        for option in options
        if option.startswith("--conf=")
    )

    assert {
        "spark.driver.cores": "1",
        "spark.driver.memory": "1024m",
        "spark.driver.memoryOverhead": "416m",
        "spark.executor.instances": "2",
        "spark.executor.cores": "2",
        "spark.executor.memory": "4096m",
        "spark.executor.memoryOverhead": "640m",
        "spark.yarn.tags": "movies-gold-abcdefgh,medley-movies,0123abcd",
        "spark.yarn.dist.archives": "/opt/medley/medley.zip#medley",
        "spark.yarn.appMasterEnv.PYTHONPATH": "medley",
        "spark.executorEnv.PYTHONPATH": "medley",
        "spark.yarn.appMasterEnv.JAVA_HOME": "/opt/java",
        "spark.executorEnv.JAVA_HOME": "/opt/java",
    }.items() <= conf.items()
    assert not [name for name in conf if "dynamicAllocation" in name or "request" in name]
    assert ["--name=movies-gold-abcdefgh"] == [o for o in options if o.startswith("--name")]
    assert ["/opt/medley/job.py", *JOB.arguments] == container["args"][-4:]


def test_executors_may_come_and_go(render: Renderer) -> None:
    """Dynamic allocation on both engines, and switched off for one kind of job."""
    on = {"enabled": True, "minExecutors": 0, "maxExecutors": 8}
    template = _template(
        render,
        {
            "sizes": {
                "default": {"dynamicAllocation": on},
                "silver": {"dynamicAllocation": {"enabled": False}},
            }
        },
    )
    silver = Job("movies-silver-a", "movies", "0123abcd", "silver", [])
    application = spark_application(JOB, template)
    arguments = submit_pod(JOB, template)["spec"]["containers"][0]["args"]

    jsonschema.validate(application, SCHEMA)
    assert {
        "enabled": True,
        "initialExecutors": 1,
        "minExecutors": 0,
        "maxExecutors": 8,
        "shuffleTrackingEnabled": True,
    } == application["spec"]["dynamicAllocation"]
    assert [
        "--conf=spark.dynamicAllocation.enabled=true",
        "--conf=spark.dynamicAllocation.initialExecutors=1",
        "--conf=spark.dynamicAllocation.minExecutors=0",
        "--conf=spark.dynamicAllocation.maxExecutors=8",
        "--conf=spark.dynamicAllocation.shuffleTracking.enabled=true",
    ] == [argument for argument in arguments if "dynamicAllocation" in argument]
    assert "dynamicAllocation" not in spark_application(silver, template)["spec"]


@pytest.mark.parametrize("kind", KINDS)
def test_jobs_fit_into_one_yarn_node(kind: str, render: Renderer) -> None:
    """Else YARN waits for room: the chart hadoop says how much a node lends, in which steps."""
    size = _template(render).size(kind)
    yarn = _properties(render("hadoop").one("ConfigMap", "hadoop-conf")["data"]["yarn-site.xml"])
    step = int(yarn["yarn.scheduler.minimum-allocation-mb"])
    asked = [_mib(size["driver"])] + [_mib(size["executor"])] * size["executor"]["instances"]

    assert sum(-(-mib // step) * step for mib in asked) <= int(
        yarn["yarn.nodemanager.resource.memory-mb"]
    )
    cores = size["executor"]["cores"] * size["executor"]["instances"]
    assert cores <= int(yarn["yarn.nodemanager.resource.cpu-vcores"])


def _mib(part: Manifest) -> int:
    return sum(int(part[field].removesuffix("m")) for field in ("memory", "memoryOverhead"))


def _properties(site: str) -> dict[str, str]:
    return dict(re.findall(r"<name>(.*?)</name><value>(.*?)</value>", site))


def test_the_chart_says_whether_layers_run_together(render: Renderer) -> None:
    """As a truth value; they do not unless it is asked for."""
    assert False is _template(render).together
    assert True is _template(render, {"together": True}).together


def test_applications_name_the_spark_that_is_installed(render: Renderer) -> None:
    """pyproject.toml pins it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version = _template(render).application["spec"]["sparkVersion"]

    assert f"pyspark=={version}" in project["optional-dependencies"]["spark"]


def test_what_jobs_run_is_in_the_image(render: Renderer) -> None:
    """The file that every driver starts, promotion too, and what travels to YARN."""
    dockerfile = (ROOT / "images/jobs/Dockerfile").read_text(encoding="utf-8")
    made = _made(_template(render))
    program = made["medley"]["spec"]["containers"][0]["args"]

    assert (
        "local:///opt/medley/job.py"
        == (spark_application(JOB, _template(render))["spec"]["mainApplicationFile"])
    )
    assert ["python3", "/opt/medley/job.py", *JOB.arguments] == program
    assert re.search(
        r"^COPY .*images/jobs/job\.py .*/opt/medley/(job\.py)?$", dockerfile, re.MULTILINE
    )
    assert "/opt/medley/medley.zip jobs model_registry" in dockerfile


def test_what_pods_name_is_there(render: Renderer) -> None:
    """ConfigMaps, the Secret with its keys, and the ServiceAccount, under the charts' names."""
    spark, hadoop, minio = render("spark"), render("hadoop"), render("minio")
    documents = ("spark-documents", "uri")
    pods = _made(_template(render)).values()
    named = {
        reference["configMapRef"]["name"]
        for pod in pods
        for reference in pod["spec"]["containers"][0]["envFrom"]
    } | {
        volume["configMap"]["name"]
        for pod in pods
        for volume in pod["spec"]["volumes"]
        if "configMap" in volume
    }
    keys = {
        (entry["valueFrom"]["secretKeyRef"]["name"], entry["valueFrom"]["secretKeyRef"]["key"])
        for pod in pods
        for entry in pod["spec"]["containers"][0]["env"]
        if "valueFrom" in entry
    }

    assert {"spark-settings", "spark-defaults", "hadoop-conf"} == named
    assert named <= {*spark.of("ConfigMap"), *hadoop.of("ConfigMap")}
    assert {documents} | {
        (name, key) for name in ["minio-spark"] for key in minio.one("Secret", name)["data"]
    } == keys
    assert {pod["spec"]["serviceAccountName"] for pod in pods} == set(spark.of("ServiceAccount"))


def test_only_drivers_hold_a_key_to_the_cluster(render: Renderer) -> None:
    """They make their executors; all are restricted, and write to scratch volumes alone."""
    made = _made(_template(render))

    for name, pod in made.items():
        (container,) = pod["spec"]["containers"]
        token = pod["spec"]["automountServiceAccountToken"]
        assert (name == "spark-kubernetes-driver") is token
        assert pod["spec"]["securityContext"]["runAsNonRoot"]
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert ["ALL"] == container["securityContext"]["capabilities"]["drop"]


def test_airflow_reads_what_the_chart_makes(render: Renderer) -> None:
    """The values reach the settings, point at what the charts make, and tasks may read it."""
    airflow = render("airflow")
    settings = _settings(airflow.pod("Deployment", "airflow-scheduler"))
    (rule,) = [
        rule
        for rule in airflow.one("Role", "airflow")["rules"]
        if rule["resources"] == ["configmaps"]
    ]

    assert settings.application in render("spark").of("ConfigMap")
    assert [settings.application] == rule["resourceNames"]
    service = settings.resource_manager.removeprefix("http://").partition(":")[0]
    assert service in render("hadoop").of("Service")
    mine = render("airflow", {"spark": {"application": "mine-application"}})
    assert "mine-application" == _settings(mine.pod("Deployment", "airflow-scheduler")).application


def _settings(pod: Pod) -> Settings:
    found = pod.environment("scheduler")
    return Settings.from_environment({k: v for k, v in found.items() if isinstance(v, str)})


def test_the_jobs_image_restarts_nothing_of_airflows(render: Renderer) -> None:
    """No object of Airflow's names it; it stands in what the chart spark makes."""
    airflow: Manifests = render("airflow")

    assert "medley/jobs" not in airflow.text
    assert "medley/spark" not in airflow.text


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
