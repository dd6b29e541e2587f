"""The cluster on one machine, for which all charts have small sizes."""

import kubernetes_validate
import yaml
from packaging.specifiers import SpecifierSet

from tests.charts.rendering import KIND_CONFIG, KUBERNETES, Chart


def test_one_node_does_all() -> None:
    """A control plane alone is free of the taint that would keep pods away."""
    assert ["control-plane"] == [node["role"] for node in KIND_CONFIG["nodes"]]


def test_the_kubelet_starts_on_cgroup_v1() -> None:
    """The patch is one that kind hands to every kubelet."""
    (patch,) = [yaml.safe_load(text) for text in KIND_CONFIG["kubeadmConfigPatches"]]

    assert ("KubeletConfiguration", False) == (patch["kind"], patch["failCgroupV1"])


def test_the_charts_are_checked_against_that_version() -> None:
    """The package of schemas knows it, and does not fall back to an older one."""
    assert KUBERNETES.rpartition(".")[0] in [
        known.rpartition(".")[0] for known in kubernetes_validate.utils.all_versions()
    ]


def test_a_chart_installs_on_that_version(chart: Chart) -> None:
    """What a chart says of the Kubernetes that it needs includes it."""
    needed = chart.about["kubeVersion"].removesuffix("-0")

    assert KUBERNETES in SpecifierSet(needed)
