"""The platform that is up, as the tests reach it."""

import base64
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from minio import Minio

from tests.leash import leashed

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

    def kill(self, pod: str) -> None:
        """Kill a pod, or those that a `--selector=…` names, without a word of warning."""
        self.kubectl("delete", "pod", pod, "--grace-period=0", "--force", "--wait=false")

    @contextmanager
    def forwarded(self, service: str, port: int) -> Iterator[int]:
        """A port of this machine that answers as the service does."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            local: int = free.getsockname()[1]
        forwarding = subprocess.Popen(
            leashed([*self._kubectl, "port-forward", f"svc/{service}", f"{local}:{port}"]),
            stdout=subprocess.DEVNULL,
        )
        try:
            _await_port(local)
            yield local
        finally:
            forwarding.terminate()
            forwarding.wait()

    @contextmanager
    def printing(self, *arguments: str) -> Iterator[Iterator[str]]:
        """The lines that kubectl prints, as they come."""
        with subprocess.Popen(
            leashed([*self._kubectl, *arguments]), stdout=subprocess.PIPE, text=True
        ) as kubectl:
            assert kubectl.stdout is not None
            try:
                yield iter(kubectl.stdout)
            finally:
                kubectl.terminate()

    @contextmanager
    def object_store(self) -> Iterator[Minio]:
        """The store, with what the jobs may do there."""
        with self.forwarded("minio", 9000) as port:
            yield Minio(
                f"localhost:{port}",
                access_key=self.secret("minio-spark", "access-key"),
                secret_key=self.secret("minio-spark", "secret-key"),
                secure=False,
            )


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
