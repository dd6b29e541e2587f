"""What `make deploy` would install: with our images, and as the profile and the cluster ask."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from jobs.settings import Settings
from tests.charts.helm import find_helm
from tests.charts.rendering import ROOT, Manifests

_OURS = re.compile(r"registry\.example/team/medley/([a-z]+):0\.1\.0-[0-9a-f]{12}")


def _render(chart: str, home: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Let the script render a chart for a cluster that need not be there."""
    helm = find_helm(Settings.from_environment().cache, print)
    environment = {
        # The one that was found may bear its version in its name.
        "PATH": f"{_folder_of(helm, home)}:{os.environ['PATH']}",
        "HOME": str(home),
        "KUBECONFIG": str(home / "none"),
        "KIND": "no",
        "REGISTRY": "registry.example/team",
    }
    return subprocess.run(
        [ROOT / "scripts/deploy", "--render", chart],
        env=environment | variables,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def _folder_of(helm: Path, home: Path) -> Path:
    folder = home / "bin"
    folder.mkdir()
    (folder / "helm").symlink_to(helm)
    return folder


def _images(rendered: Manifests) -> set[str]:
    return {container["image"] for pod in rendered.pods for container in pod.containers}


@pytest.mark.parametrize(
    ("chart", "expected"),
    [("ferretdb", {"ferretdb", "spark"}), ("hadoop", {"hadoop"}), ("spark-history", {"spark"})],
)
def test_our_images_come_from_the_registry(chart: str, expected: set[str], tmp_path: Path) -> None:
    """Each value that the chart's annotation names gets its image, with a tag of its content."""
    done = _render(chart, tmp_path)
    assert done.returncode == 0, done.stderr
    found = [_OURS.fullmatch(image) for image in _images(Manifests(done.stdout))]

    assert expected == {match[1] if match else None for match in found}


def test_public_images_stay_as_they_are(tmp_path: Path) -> None:
    """A chart without the annotation is installed with the image that its values name."""
    done = _render("kafka", tmp_path)

    assert {"apache/kafka:4.2.0"} == _images(Manifests(done.stdout))


@pytest.mark.parametrize("kind", ["yes", "no"])
def test_a_profile_leaves_out_what_it_does_not_use(kind: str, tmp_path: Path) -> None:
    """The smoke test has HDFS without YARN, in the sizes of whichever cluster there is."""
    done = _render("hadoop", tmp_path, PROFILE="smoke", KIND=kind)
    sets = Manifests(done.stdout).of("StatefulSet")

    assert {"hadoop-namenode", "hadoop-datanode"} == set(sets)
    assert {"yes": 1, "no": 2}[kind] == sets["hadoop-datanode"]["spec"]["replicas"]


def test_your_own_values_come_last(tmp_path: Path) -> None:
    """What the folder VALUES says holds against a profile and kind's sizes."""
    own = tmp_path / "hadoop.yaml"
    own.write_text("hdfs: {datanode: {replicas: 3}}\nyarn: {enabled: true}\n", encoding="utf-8")
    done = _render("hadoop", tmp_path, PROFILE="smoke", KIND="yes", VALUES=str(tmp_path))
    sets = Manifests(done.stdout).of("StatefulSet")

    assert "hadoop-nodemanager" in sets
    assert 3 == sets["hadoop-datanode"]["spec"]["replicas"]


def test_an_unknown_profile_is_refused(tmp_path: Path) -> None:
    """Also one for which there are files in ci/; those that there are stand in the message."""
    done = _render("hadoop", tmp_path, PROFILE="kind")

    assert 1 == done.returncode
    assert "deploy: PROFILE=kind is not known; expected one of: all smoke\n" == done.stderr
