"""The script that submits to YARN, as the pod of the chart spark runs it."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from tests.charts.rendering import Manifest, Renderer

CONTAINERS = ("spark.yarn.appMasterEnv", "spark.executorEnv")


@pytest.fixture
def container(render: Renderer) -> Manifest:
    """The container of the pod that submits."""
    values = {"extraEnv": [{"name": "HTTPS_PROXY", "value": "http://proxy:3128"}]}
    data = render("spark", values).one("ConfigMap", "spark-application")["data"]
    document = yaml.safe_load(data["application.yaml"])
    found: Manifest = document["submit"]["spec"]["containers"][0]
    return found


def _submitted(container: Manifest, folder: Path, environment: Mapping[str, str]) -> list[str]:
    """The arguments that reach spark-submit; it stands in `folder`, and the shell is a real one."""
    submit = folder / "spark-submit"
    submit.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    submit.chmod(0o755)
    names = next(e["value"] for e in container["env"] if e["name"] == "TAKEN_ALONG")
    ended = subprocess.run(
        [*container["args"], "--name=x", "job.py", "two words"],
        env={"PATH": f"{folder}:/usr/bin:/bin", "TAKEN_ALONG": names, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stdout.splitlines()


def test_the_environment_goes_into_the_containers(container: Manifest, tmp_path: Path) -> None:
    """Ours and no other, as YARN's own script will read it: between double quotes."""
    arguments = _submitted(
        container,
        tmp_path,
        {
            "MEDLEY_LAKE": "s3a://lake",
            "HADOOP_USER_NAME": "spark",
            "AWS_SECRET_ACCESS_KEY": 'a b/+="$`\\',
            "HTTPS_PROXY": "http://proxy:3128",
            "HOSTNAME": "the pod's",
        },
    )

    assert ["--master", "yarn", "--deploy-mode", "cluster"] == arguments[:4]
    assert ["--name=x", "job.py", "two words"] == arguments[-3:]
    for kind in CONTAINERS:
        assert f"{kind}.MEDLEY_LAKE=s3a://lake" in arguments
        assert f"{kind}.HADOOP_USER_NAME=spark" in arguments
        assert f"{kind}.HTTPS_PROXY=http://proxy:3128" in arguments
        assert f'{kind}.AWS_SECRET_ACCESS_KEY=a b/+=\\"\\$\\`\\\\' in arguments
    assert not [argument for argument in arguments if "HOSTNAME" in argument]


def test_what_is_not_set_is_not_taken_along(container: Manifest, tmp_path: Path) -> None:
    """The Secret with the address of a document store is optional."""
    arguments = _submitted(container, tmp_path, {"MEDLEY_LAKE": "s3a://lake"})

    assert not [argument for argument in arguments if "MEDLEY_DOCUMENTS" in argument]


def test_all_that_the_pod_has_is_taken_along(container: Manifest, render: Renderer) -> None:
    """Its own settings for YARN and for the script aside."""
    names = next(e["value"] for e in container["env"] if e["name"] == "TAKEN_ALONG").split()
    settings = set(render("spark").one("ConfigMap", "spark-settings")["data"])
    own = {entry["name"] for entry in container["env"]} - {"TAKEN_ALONG", "HADOOP_CONF_DIR"}

    assert settings | own == set(names)
    assert len(set(names)) == len(names)
