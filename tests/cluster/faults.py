"""What may break in the middle of a run."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.request import urlopen

from tests.cluster.access import Cluster
from tests.cluster.runs import Run

_PATIENCE_SECONDS = 900


@dataclass(frozen=True)
class Fault:
    """A pod that is killed when the driver of a layer says that a step begins."""

    layer: str
    """Or `together`."""
    step: str
    pod: str | None
    """A pod's name, or `--selector=…`; None for the driver itself."""

    def strike(self, cluster: Cluster, run: Run) -> str:
        """Wait for the moment and kill the pod; returns the name of the application at work."""
        application = self._application(cluster, run)
        driver = f"{application}-driver"
        with cluster.printing("logs", "--follow", driver) as lines:
            assert any(line.startswith(f"{self.step} ") for line in lines), f"{driver} has ended"
        cluster.kill(self.pod or driver)
        return application

    def _application(self, cluster: Cluster, run: Run) -> str:
        pipeline = self.step.partition(".")[0].replace("_", "-")

        def running() -> list[str]:
            drivers = cluster.get("pods", "--selector=spark-role=driver")["items"]
            return [
                str(pod["metadata"]["name"]).removesuffix("-driver")
                for pod in drivers
                if pod["status"]["phase"] == "Running"
            ]

        return _await_job(f"{pipeline}-{self.layer}-", running, run)


def kill_resource_manager(cluster: Cluster, job: str, run: Run) -> None:
    """Kill YARN's ResourceManager as soon as it runs an application whose name begins so."""
    with cluster.forwarded("hadoop-resourcemanager", 8088) as port:

        def running() -> list[str]:
            url = f"http://localhost:{port}/ws/v1/cluster/apps?states=RUNNING"
            with urlopen(url, timeout=30) as answer:
                found = json.load(answer)["apps"] or {}
            return [str(application["name"]) for application in found.get("app", ())]

        _await_job(job, running, run)
    cluster.kill("hadoop-resourcemanager-0")


def _await_job(beginning: str, running: Callable[[], list[str]], run: Run) -> str:
    """The name of the running job that begins so, as soon as there is one."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        for name in running():
            if name.startswith(beginning):
                return name
        assert not run.has_ended, f"the run ended before any {beginning}…"
        assert time.monotonic() < until, f"no {beginning}… runs"
        time.sleep(1)
