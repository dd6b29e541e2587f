"""What may break in the middle of a run."""

import subprocess
import time
from dataclasses import dataclass

from tests.cluster.conftest import Cluster

_PATIENCE_SECONDS = 900


@dataclass(frozen=True)
class Fault:
    """A pod that is killed when the driver of a layer says that a step begins."""

    layer: str
    step: str
    pod: str | None
    """None for the driver itself."""

    def strike(self, cluster: Cluster, run: subprocess.Popen[str]) -> None:
        """Wait for the moment and kill the pod."""
        driver = self._driver(cluster, run)
        with cluster.following(driver) as lines:
            assert any(line.startswith(f"{self.step} ") for line in lines), f"{driver} has ended"
        cluster.kubectl(
            "delete", "pod", self.pod or driver, "--grace-period=0", "--force", "--wait=false"
        )

    def _driver(self, cluster: Cluster, run: subprocess.Popen[str]) -> str:
        """The running driver of the layer, as soon as there is one."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while True:
            for pod in cluster.get("pods", "--selector=spark-role=driver")["items"]:
                name = str(pod["metadata"]["name"])
                if f"-{self.layer}-" in name and pod["status"]["phase"] == "Running":
                    return name
            assert run.poll() is None, f"the run ended before {self.layer}"
            assert time.monotonic() < until, f"no driver of {self.layer} runs"
            time.sleep(1)
