"""What runs jobs, as the operator sees it."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime

from launching.cluster import Cluster
from launching.errors import JobError, failure
from launching.job import Job
from launching.settings import Settings
from launching.template import Template

_STARTUP_SECONDS = 600


class Engine(ABC):
    """The Spark operator, YARN, which is asked through a pod, or a pod alone."""

    def __init__(self, settings: Settings, check: Callable[[], None], pause: float = 2) -> None:
        """`check` raises when the task was told to stop; `pause` is in seconds."""
        self._settings = settings
        self._check = check
        self._pause = pause
        self._cluster = Cluster(settings.namespace)

    @abstractmethod
    def find(self, task: str) -> str | None:
        """The name of the job that an earlier try of a task left, if it may still end well.

        One that has ended well counts too: nobody was there to note it. A try that saw its job's
        end has taken the job away.
        """

    @abstractmethod
    def run(self, job: Job) -> None:
        """Run a job to its end, with its driver's log in the task's; raises JobError."""

    @abstractmethod
    def take_up(self, name: str) -> None:
        """Follow a job that `find` found to its end, its log from now on; raises JobError."""

    @abstractmethod
    def end_job(self, name: str) -> None:
        """End a job and take it away; nothing when it is not there."""

    @abstractmethod
    def end_all(self, pipeline: str, spare: str | None = None) -> None:
        """End all jobs of a pipeline but the one to spare, and wait until they are gone."""

    def _template(self) -> Template:
        """What jobs look like, as the chart `spark` says at this moment."""
        template: Template = self._cluster.template(self._settings.application)
        return template

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

    def _await_pod(self, name: str, container: str, log_since: datetime | None = None) -> None:
        """Follow a pod that runs one program to its end; raises JobError when that is no good one.

        Without `log_since` its whole log is shown.
        """
        self._await_start(f"The pod {name}", name, lambda: self._phase(name) == "Pending")
        self._cluster.follow_log(name, container, log_since)
        while (phase := self._phase(name)) == "Running":
            time.sleep(self._pause)
        if phase != "Succeeded":
            raise failure(
                f"The pod {name} ended as {phase}, not Succeeded. Its log is above. "
                f"{self._cluster.why_not(name) or 'It gives no reason'}.",
                self._cluster.exit_code(name, container),
            )

    def _phase(self, name: str) -> str:
        pod = self._cluster.pod(name)
        # After asking: a task that was told to stop has deleted it itself.
        self._check()
        if pod is None:
            raise JobError(f"The pod {name} was deleted before it had ended.")
        return str(pod.status.phase)

    def _end_pods(self, selector: str) -> None:
        """Delete pods and wait until they are gone."""
        for pod in self._cluster.pods(selector):
            self._cluster.delete_pod(pod.metadata.name)
        self._cluster.await_gone(selector)
