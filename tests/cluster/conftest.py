"""A platform that is up, and lakes on this machine to compare its tables with."""

import os
from collections.abc import Callable
from pathlib import Path
from threading import Lock

import pytest

from jobs import application
from jobs.application import RunRequest
from jobs.lakehouse.declare import discovery
from jobs.lakehouse.store.storage import local_path
from jobs.settings import Settings
from jobs.sources.landing_zone import bring
from tests.cluster.access import ROOT, Cluster
from tests.cluster.deliveries import Movies
from tests.cluster.twins import Twin, digest_of

_MAKES_TABLES = ("jobs", "mlflow/model_registry", "requirements.lock")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the smoke come first: what it proves, the other tests build on."""
    items.sort(key=lambda item: "/cluster/e2e/" in item.path.as_posix())


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    """The platform that `make cluster-up` made, or that CONTEXT and NAMESPACE name."""
    return Cluster(os.environ.get("CONTEXT", "kind-medley"), os.environ.get("NAMESPACE", "medley"))


@pytest.fixture(scope="session")
def twin_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Twin]:
    """Makes the twin of a pipeline's tables."""
    code = digest_of(ROOT / name for name in _MAKES_TABLES)
    one_at_a_time = Lock()

    def make(pipeline: str) -> Twin:
        request = RunRequest([discovery.pipeline(pipeline)])

        def run(settings: Settings) -> None:
            with one_at_a_time:
                application.run(settings, request)

        return Twin(
            made_by=f"{pipeline} {code}",
            cache=Settings.from_environment().cache / "twins",
            scratch=tmp_path_factory.mktemp(pipeline),
            run=run,
        )

    return make


@pytest.fixture(scope="session")
def packaged() -> Callable[[str], Path]:
    """Lands a pipeline's packaged data in the user's cache, and returns its landing folders."""
    home = Settings.from_environment().cache / "tests"
    settings = Settings.from_environment({"MEDLEY_HOME": str(home)})

    def land(pipeline: str) -> Path:
        for source in discovery.pipeline(pipeline).sources:
            bring(source, settings, lambda _: None)
        return local_path(settings.landing_uri) / pipeline

    return land


@pytest.fixture(scope="session")
def movies(
    cluster: Cluster,
    twin_of: Callable[[str], Twin],
    packaged: Callable[[str], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Movies:
    """Movies in both lakes."""
    return Movies(
        cluster,
        twin_of("movies"),
        whole=packaged("movies"),
        scratch=tmp_path_factory.mktemp("slices"),
    )
