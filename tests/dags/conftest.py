"""Airflow without a database, and the DAGs as it reads them."""

import os
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

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
from launching import spark_job  # noqa: E402
from launching.on_kubernetes import OnKubernetes  # noqa: E402
from launching.on_yarn import OnYarn  # noqa: E402
from launching.settings import Settings  # noqa: E402


@pytest.fixture(scope="session")
def dag_bag() -> DagBag:
    """The DAGs as the DAG processor reads them, file by file, with all its rules."""
    return DagBag(str(DAGS))


@pytest.fixture(scope="session")
def dags(dag_bag: DagBag) -> dict[str, DAG]:
    """The DAGs by id."""
    return dict(dag_bag.dags)


@pytest.fixture
def settings() -> Settings:
    """Those of an environment that sets nothing."""
    return Settings.from_environment({})


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    """Kubernetes with YARN in it; engines look at them without pausing."""
    kubernetes, yarn = FakeKubernetes(), FakeYarn()
    kubernetes.on_pod = yarn.submit
    with serve(kubernetes.answer) as kubernetes_url, serve(yarn.answer) as yarn.url:
        kubeconfig = tmp_path / "kubeconfig"
        kubeconfig.write_text(yaml.safe_dump(_kubeconfig(kubernetes_url)))
        # The client reads KUBECONFIG once, when it is imported.
        load = partial(config.load_config, config_file=str(kubeconfig))
        monkeypatch.setattr("launching.cluster.config.load_config", load)
        monkeypatch.setenv("MEDLEY_YARN_URL", yarn.url)
        engines = {"k8s": partial(OnKubernetes, pause=0.01), "yarn": partial(OnYarn, pause=0.01)}
        monkeypatch.setattr(spark_job, "ENGINES", engines)
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
