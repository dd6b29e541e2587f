"""What holds for every object that a chart makes."""

import json
from collections.abc import Iterator
from functools import cache

import kubernetes_validate
import pytest

from tests.charts.conftest import Rendered
from tests.charts.rendering import CHARTS, KUBERNETES, Chart, Manifest, Manifests, Pod, Renderer


def test_kubernetes_would_take_it(rendered: Rendered) -> None:
    """Each object fits the schema of the Kubernetes version that kind-config.yaml names."""
    for found in rendered.manifests.all:
        _validate(json.dumps(found))


@cache
def _validate(text: str) -> None:
    kubernetes_validate.validate(json.loads(text), KUBERNETES, strict=True)


def test_objects_are_named_after_the_release(rendered: Rendered) -> None:
    """Names begin with the release's, no namespace is fixed, and the usual labels are there."""
    for found in rendered.manifests.all:
        metadata = found["metadata"]
        name = metadata["name"]

        assert name == rendered.chart.name or name.startswith(f"{rendered.chart}-"), name
        assert "namespace" not in metadata, name
        assert {
            "app.kubernetes.io/name": rendered.chart.name,
            "app.kubernetes.io/instance": rendered.chart.name,
            "app.kubernetes.io/part-of": "medley",
        }.items() <= metadata["labels"].items(), name


def test_the_name_can_be_overridden(chart: Chart, render: Renderer) -> None:
    """With `fullnameOverride` every object and every reference follows."""
    manifests = render(chart.name, {"fullnameOverride": "renamed"})

    for found in manifests.all:
        assert found["metadata"]["name"].startswith("renamed"), found["metadata"]["name"]
    _assert_references(chart, manifests)


def test_no_two_objects_are_one(rendered: Rendered) -> None:
    """Kind and name tell objects apart."""
    names = [(found["kind"], found["metadata"]["name"]) for found in rendered.manifests.all]

    assert len(set(names)) == len(names)


def test_a_chart_follows_its_namespace(chart: Chart, render: Renderer) -> None:
    """No address in it names another namespace than the release's."""
    assert "medley.svc" not in render(chart.name, namespace="elsewhere").text


def test_services_find_their_pods(rendered: Rendered) -> None:
    """Each Service selects a pod that runs on, and each of its ports is one of the pod's."""
    running = [pod for pod in rendered.manifests.pods if pod.runs_on]
    for name, service in rendered.manifests.of("Service").items():
        selector = service["spec"]["selector"].items()
        found = [pod for pod in running if selector <= pod.labels.items()]

        assert len(found) == 1, name
        ports = [port for made in found[0].containers for port in made.get("ports", [])]
        for port in service["spec"]["ports"]:
            target = port.get("targetPort", port["port"])
            assert target in {value for made in ports for value in made.values()}, name


def test_what_is_referred_to_exists(rendered: Rendered) -> None:
    """ConfigMaps, Secrets, accounts and Services are made, or are named in the values."""
    _assert_references(rendered.chart, rendered.manifests)


def _assert_references(chart: Chart, manifests: Manifests) -> None:
    given = set(_texts(chart.values)) | {
        text for path in chart.scenarios for text in _words(path.read_text(encoding="utf-8"))
    }
    for pod in manifests.pods:
        assert pod.spec["serviceAccountName"] in manifests.of("ServiceAccount"), str(pod)
        for kind, name in _references(pod.spec):
            assert name in manifests.of(kind) or name in given, f"{pod}: {kind}/{name}"
    for name, found in manifests.of("StatefulSet").items():
        assert found["spec"]["serviceName"] in manifests.of("Service"), name


def _words(text: str) -> list[str]:
    return [word.strip("\"',{}[]:") for word in text.split()]


def _texts(part: object) -> Iterator[str]:
    """All texts in some values."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        for value in part.values():
            yield from _texts(value)
    elif isinstance(part, list):
        for value in part:
            yield from _texts(value)


def _references(part: object) -> Iterator[tuple[str, str]]:
    """Kind and name of the ConfigMaps and Secrets that a pod's spec refers to."""
    if isinstance(part, list):
        for entry in part:
            yield from _references(entry)
    if not isinstance(part, dict):
        return
    for key, value in part.items():
        if isinstance(value, dict) and value.get("optional"):
            # Pods start without it.
            continue
        if key in ("configMapKeyRef", "configMapRef", "configMap"):
            yield "ConfigMap", value["name"]
        elif key in ("secretKeyRef", "secretRef"):
            yield "Secret", value["name"]
        elif key == "secret":
            # A volume says `secretName`, a part of a projected one `name`.
            yield "Secret", value.get("secretName") or value["name"]
        else:
            yield from _references(value)


def test_generated_secrets_are_random_and_kept(chart: Chart, render: Renderer) -> None:
    """Each has a part that every rendering draws anew, and stays when the release goes."""
    first, second = render(chart.name).of("Secret"), render.fresh(chart.name).of("Secret")

    for name, secret in first.items():
        assert secret["data"] != second[name]["data"], name
        assert secret["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}, name


def test_no_secret_stands_in_the_open(rendered: Rendered) -> None:
    """No environment variable, argument or ConfigMap holds what a Secret of the chart holds."""
    secrets = {
        value
        for secret in rendered.manifests.of("Secret").values()
        for value in secret["data"].values()
    }
    for found in rendered.manifests.all:
        if found["kind"] != "Secret":
            assert not secrets & set(_texts(found)), found["metadata"]["name"]
    for pod in rendered.manifests.pods:
        for container in pod.containers:
            for entry in container.get("env", []):
                if entry["name"].endswith(("PASSWORD", "SECRET", "SECRET_KEY", "TOKEN")):
                    assert "value" not in entry, f"{pod}: {entry['name']}"


def test_helm_tests_clean_up(rendered: Rendered) -> None:
    """There are tests; they run only when asked for, end by themselves, and leave no pod."""
    tests = [pod for pod in rendered.manifests.pods if _hook(pod.owner) == "test"]

    assert tests
    for pod in tests:
        annotations = pod.owner["metadata"]["annotations"]
        policy = annotations["helm.sh/hook-delete-policy"]
        assert policy == "before-hook-creation,hook-succeeded", str(pod)
        assert pod.spec["restartPolicy"] == "Never", str(pod)


def _hook(found: Manifest) -> str:
    return str(found["metadata"].get("annotations", {}).get("helm.sh/hook", ""))


def test_network_policies_cover_every_pod(rendered: Rendered) -> None:
    """No pod of a chart is open to all, and none may call everywhere."""
    policies = rendered.manifests.of("NetworkPolicy").values()

    for pod in rendered.manifests.pods:
        for direction in ("Ingress", "Egress"):
            assert any(
                policy["spec"]["podSelector"].get("matchLabels", {}).items() <= pod.labels.items()
                and direction in policy["spec"]["policyTypes"]
                for policy in policies
            ), f"{pod}: {direction}"
    for policy in policies:
        assert all(rule.get("from") for rule in policy["spec"].get("ingress", []))
        assert all(rule.get("to") for rule in policy["spec"].get("egress", []))


def test_network_policies_let_clients_in(rendered: Rendered) -> None:
    """Each port of a Service is open to a pod that carries some `…-client` label."""
    open_ports = {
        port["port"]
        for policy in rendered.manifests.of("NetworkPolicy").values()
        for rule in policy["spec"].get("ingress", [])
        if any(_is_client(peer) for peer in rule["from"])
        for port in rule["ports"]
    }
    for name, service in rendered.manifests.of("Service").items():
        pod = next(
            pod
            for pod in rendered.manifests.pods
            if pod.runs_on and service["spec"]["selector"].items() <= pod.labels.items()
        )
        for port in service["spec"]["ports"]:
            assert _number(pod, port) in open_ports, f"{name}: {port}"


def _is_client(peer: Manifest) -> bool:
    labels = peer.get("podSelector", {}).get("matchLabels", {})
    return any(key.endswith("-client") and value == "true" for key, value in labels.items())


def _number(pod: Pod, port: Manifest) -> int:
    """The number of the container's port that a Service's port leads to."""
    target = port.get("targetPort", port["port"])
    ports = [made for container in pod.containers for made in container.get("ports", [])]
    return next(
        int(made["containerPort"])
        for made in ports
        if target in (made.get("name"), made["containerPort"])
    )


def test_network_policies_can_be_switched_off(chart: Chart, render: Renderer) -> None:
    """A cluster with policies of its own gets none of ours."""
    manifests = render(chart.name, {"networkPolicy": {"enabled": False}})

    assert {} == manifests.of("NetworkPolicy")


def test_more_ingress_and_egress_can_be_given(chart: Chart, render: Renderer) -> None:
    """What a user adds stands in the policies beside what is there."""
    ingress = {"from": [{"namespaceSelector": {"matchLabels": {"team": "data"}}}]}
    egress = {"to": [{"ipBlock": {"cidr": "192.0.2.0/24"}}]}
    values = {"networkPolicy": {"extraIngress": [ingress], "extraEgress": [egress]}}
    policies = render(chart.name, values).of("NetworkPolicy").values()

    assert any(ingress in policy["spec"].get("ingress", []) for policy in policies)
    assert any(egress in policy["spec"].get("egress", []) for policy in policies)


def test_there_are_charts() -> None:
    """The tests above do run over something."""
    assert "minio" in [chart.name for chart in CHARTS]


@pytest.mark.parametrize("name", ["minio", "postgresql", "kafka"])
def test_no_client_may_call_out_of_the_namespace(name: str, render: Renderer) -> None:
    """Stores call DNS and their own pods, nothing else."""
    policy = render(name).one("NetworkPolicy", name)
    own = {"app.kubernetes.io/name": name, "app.kubernetes.io/instance": name}

    dns, within = policy["spec"]["egress"]
    assert {53} == {port["port"] for port in dns["ports"]}
    assert [{"podSelector": {"matchLabels": own}}] == within["to"]
