"""A platform that is up: how the tests reach it, and the small slice of real data that they run."""

import base64
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from jobs.lakehouse import discovery
from jobs.lakehouse.settings import Settings
from jobs.lakehouse.storage import Storage, local_path
from jobs.sources import object_store
from jobs.sources.zone import bring
from tests.cluster.slices import cut
from tests.conftest import environment_of

ROOT = Path(__file__).parents[2]
_PATIENCE_SECONDS = 60


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

    def run(self) -> None:
        """Bring movies up to date."""
        subprocess.run(
            [sys.executable, "-m", "jobs.cli", "run", "movies"],
            env=environment_of(self.home),
            stdout=subprocess.DEVNULL,
            check=True,
        )

    def land(self, whole: Path, users: range, name: str) -> list[Path]:
        """Put a slice of the data into its landing folders; returns the new files."""
        return cut(whole, local_path(self.settings.landing_uri) / "movies", users, name)


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Embedded:
    """An empty lake on this machine."""
    return Embedded(tmp_path_factory.mktemp("embedded"))


def send(files: list[Path], embedded: Embedded, cluster: Cluster) -> None:
    """Put files of the embedded landing zone into the cluster's, under the same names."""
    here = local_path(embedded.settings.landing_uri)
    with cluster.forwarded("minio", 9000) as port:
        there = Settings.from_environment(
            {
                "MEDLEY_LANDING": "s3a://landing",
                "AWS_ENDPOINT_URL": f"http://localhost:{port}",
                "AWS_ACCESS_KEY_ID": cluster.secret("minio-spark", "access-key"),
                "AWS_SECRET_ACCESS_KEY": cluster.secret("minio-spark", "secret-key"),
            }
        )
        landing = Storage.of(there).landing_uri
        for file in files:
            target = f"{landing}/{file.relative_to(here)}"
            object_store.put_if_absent(target, partial(Path, file), there)


def run_there(pipeline: str, engine: str) -> str:
    """Let Airflow run a pipeline, as `make run` does; returns what it printed."""
    done = subprocess.run(
        ["scripts/run", pipeline, engine],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stdout
    return done.stdout
