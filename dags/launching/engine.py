"""What runs jobs, as the operator sees it."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable

from launching.cluster import Cluster
from launching.job import Job, JobError
from launching.settings import Settings

_STARTUP_SECONDS = 600


class Engine(ABC):
    """Kubernetes itself, or YARN, which is asked through a pod."""

    def __init__(self, settings: Settings, check: Callable[[], None], pause: float = 2) -> None:
        """`check` raises when the task was told to stop; `pause` is in seconds."""
        self._settings = settings
        self._check = check
        self._pause = pause
        self._cluster = Cluster(settings.namespace)

    @abstractmethod
    def run(self, job: Job) -> None:
        """Run a job to its end, with its driver's log in the task's; raises JobError."""

    @abstractmethod
    def end_job(self, name: str) -> None:
        """End a job and take it away; nothing when it is not there."""

    @abstractmethod
    def end_all(self, pipeline: str) -> None:
        """End all jobs of a pipeline and wait until they are gone."""

    def _await_start(self, what: str, pod: str, waits: Callable[[], bool]) -> None:
        """Wait while `waits` says so; raises JobError with the pod's reason after ten minutes."""
        until = time.monotonic() + _STARTUP_SECONDS
        while waits():
            if time.monotonic() > until:
                raise JobError(
                    f"{what} did not start in {_STARTUP_SECONDS} seconds: "
                    f"{self._cluster.why_not(pod) or 'its pod gives no reason'}."
                )
            time.sleep(self._pause)
