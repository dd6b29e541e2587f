"""Airflow without a database, and the DAGs as it reads them."""

import os
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DAGS = ROOT / "dags"

# Airflow writes its configuration when it is imported.
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="airflow-")
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "false"
os.environ["AIRFLOW__CORE__UNIT_TEST_MODE"] = "true"

from airflow.dag_processing.dagbag import DagBag  # noqa: E402
from airflow.sdk import DAG  # noqa: E402
from kubernetes import config  # noqa: E402

from fake_cluster import FakeKubernetes, FakeYarn, Platform, serve  # noqa: E402
from launching import operator  # noqa: E402
from launching.in_pod import InPod  # noqa: E402
from launching.on_kubernetes import OnKubernetes  # noqa: E402
from launching.on_yarn import OnYarn  # noqa: E402
from launching.template import Template  # noqa: E402

CONFIG_MAP = yaml.safe_load(Path(__file__).with_name("spark-application.yaml").read_text())
"""What the chart spark makes of its own values; tests/charts/test_dags_agree.py keeps it so."""


@pytest.fixture(scope="session")
def dag_bag() -> DagBag:
    """The DAGs as the DAG processor reads them, file by file, with all its rules."""
    return DagBag(str(DAGS))


@pytest.fixture(scope="session")
def dags(dag_bag: DagBag) -> dict[str, DAG]:
    """The DAGs by id."""
    return dict(dag_bag.dags)


@pytest.fixture
def template() -> Template:
    """What jobs look like by the chart's own values."""
    return Template.parse(CONFIG_MAP["data"])


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    """Kubernetes with YARN in it; engines look at them without pausing."""
    kubernetes, yarn = FakeKubernetes(), FakeYarn()
    kubernetes.on_pod = yarn.submit
    kubernetes.config_maps["spark-application"] = CONFIG_MAP
    with serve(kubernetes.answer) as kubernetes_url, serve(yarn.answer) as yarn.url:
        kubeconfig = tmp_path / "kubeconfig"
        kubeconfig.write_text(yaml.safe_dump(_kubeconfig(kubernetes_url)))
        # The client reads KUBECONFIG once, when it is imported.
        load = partial(config.load_config, config_file=str(kubeconfig))
        monkeypatch.setattr("launching.cluster.config.load_config", load)
        monkeypatch.setenv("MEDLEY_YARN_URL", yarn.url)
        kinds: dict[str, Callable[..., Any]] = {
            "k8s": OnKubernetes,
            "yarn": OnYarn,
            "pod": InPod,
        }
        engines = {name: partial(kind, pause=0.01) for name, kind in kinds.items()}
        monkeypatch.setattr(operator, "ENGINES", engines)
        yield Platform(kubernetes, yarn)


def _kubeconfig(url: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        "clusters": [{"name": "test", "cluster": {"server": url}}],
        "users": [{"name": "test", "user": {}}],
    }
