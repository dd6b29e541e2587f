"""What holds for every pod of every chart: security, sizes, probes."""

from decimal import Decimal

from tests.charts.conftest import Rendered
from tests.charts.rendering import CHARTS, Renderer

UNITS = {
    "m": Decimal("0.001"),
    "k": Decimal(10**3),
    "M": Decimal(10**6),
    "G": Decimal(10**9),
    "Ki": Decimal(2**10),
    "Mi": Decimal(2**20),
    "Gi": Decimal(2**30),
}


def amount(quantity: str | float) -> Decimal:
    """A quantity as Kubernetes writes it, such as 50m or 1.5Gi, as a number."""
    text = str(quantity)
    unit = next((unit for unit in UNITS if text.endswith(unit)), "")
    return Decimal(text.removesuffix(unit)) * UNITS.get(unit, 1)


def test_pods_are_restricted(rendered: Rendered) -> None:
    """Pod security "restricted": not root, nothing of the host, no capability, seccomp."""
    for pod in rendered.manifests.pods:
        context = pod.spec["securityContext"]

        assert context["runAsNonRoot"] is True, str(pod)
        assert context["runAsUser"] > 0, str(pod)
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}, str(pod)
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod.spec), str(pod)
        for volume in pod.spec.get("volumes", []):
            kinds = {"configMap", "secret", "emptyDir", "persistentVolumeClaim", "projected"}
            assert set(volume) - {"name"} <= kinds, f"{pod}: {volume['name']}"
        for container in pod.containers:
            expected = {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert expected == container["securityContext"], f"{pod}: {container['name']}"


def test_pods_hold_no_key_to_the_cluster(rendered: Rendered) -> None:
    """Only a pod whose account is bound to a role has a token; no Service leaks into its env."""
    bound = {
        subject["name"]
        for binding in rendered.manifests.of("RoleBinding").values()
        for subject in binding["subjects"]
    }
    for account in rendered.manifests.of("ServiceAccount").values():
        assert account["automountServiceAccountToken"] is False
    for pod in rendered.manifests.pods:
        assert pod.spec["enableServiceLinks"] is False, str(pod)
        if pod.spec["automountServiceAccountToken"]:
            assert pod.spec["serviceAccountName"] in bound, str(pod)


def test_no_rights_over_the_whole_cluster(rendered: Rendered) -> None:
    """Roles are of the namespace, and name what they allow."""
    assert not rendered.manifests.of("ClusterRole")
    assert not rendered.manifests.of("ClusterRoleBinding")
    for name, role in rendered.manifests.of("Role").items():
        for rule in role["rules"]:
            assert "*" not in [*rule["verbs"], *rule["resources"], *rule["apiGroups"]], name


def test_containers_have_sizes(rendered: Rendered) -> None:
    """Each asks for CPU and memory and has an end to its memory, not below what it asks for.

    A CPU limit would throttle a start on idle cores, so none is set.
    """
    for pod in rendered.manifests.pods:
        for container in pod.containers:
            where = f"{pod}: {container['name']}"
            sizes = container["resources"]

            assert amount(sizes["requests"]["cpu"]) > 0, where
            assert amount(sizes["requests"]["memory"]) > 0, where
            assert amount(sizes["limits"]["memory"]) >= amount(sizes["requests"]["memory"]), where
            assert "cpu" not in sizes["limits"], where


def test_temporary_space_has_an_end(rendered: Rendered) -> None:
    """A scratch volume that runs full ends its own pod, not the node's."""
    for pod in rendered.manifests.pods:
        for volume in pod.spec.get("volumes", []):
            if "emptyDir" in volume and volume["name"] != "data":
                assert "sizeLimit" in volume["emptyDir"], f"{pod}: {volume['name']}"


def test_long_running_containers_are_probed(rendered: Rendered) -> None:
    """They may start slowly: two cores share a whole platform. Later a busy one is not killed."""
    for pod in rendered.manifests.pods:
        if not pod.runs_on:
            continue
        for container in pod.spec["containers"]:
            where = f"{pod}: {container['name']}"
            startup, liveness = container["startupProbe"], container["livenessProbe"]

            assert container["readinessProbe"], where
            assert startup["failureThreshold"] >= 60, where
            assert startup["failureThreshold"] * startup.get("periodSeconds", 10) >= 180, where
            assert liveness.get("failureThreshold", 3) * liveness.get("periodSeconds", 10) >= 60, (
                where
            )
            assert liveness.get("timeoutSeconds", 1) >= 5, where


def test_images_are_pinned(rendered: Rendered) -> None:
    """Every image has a tag that stays the same, and is not pulled when the node has it."""
    for pod in rendered.manifests.pods:
        for container in pod.containers:
            tag = container["image"].rpartition(":")[2]

            assert tag not in ("", "latest", container["image"]), str(pod)
            assert container["imagePullPolicy"] == "IfNotPresent", str(pod)


def test_jobs_end(rendered: Rendered) -> None:
    """A Job tries a few times, and a failed one keeps its pods for their logs."""
    for name, job in rendered.manifests.of("Job").items():
        assert 1 <= job["spec"]["backoffLimit"] <= 6, name
        assert job["spec"]["template"]["spec"]["restartPolicy"] == "Never", name


def test_the_platform_fits_on_two_cores(render: Renderer) -> None:
    """On kind all services together ask for at most 600m of CPU: Spark needs the rest."""
    asked = {
        f"{chart}/{pod}": amount(container["resources"]["requests"]["cpu"])
        * pod.owner["spec"].get("replicas", 1)
        for chart in CHARTS
        for pod in render(chart.name, scenario=chart.folder / "ci/kind-values.yaml").pods
        if pod.runs_on
        for container in pod.spec["containers"]
    }

    assert sum(asked.values()) <= Decimal("0.6"), asked
