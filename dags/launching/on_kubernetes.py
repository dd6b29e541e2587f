"""Spark jobs as SparkApplications of the Spark operator.

The provider's SparkKubernetesOperator does the same by the driver's pod alone: it succeeds when
that pod does, waits for ever after a failed submission, and cannot choose an engine when the
task runs. What counts here is the application's own state.
"""

import logging
import time
from datetime import UTC, datetime

from launching.engine import Engine
from launching.errors import JobError, failure
from launching.job import Job
from launching.manifests import TASK_LABEL, selector, spark_application
from launching.template import Manifest

_LOG = logging.getLogger(__name__)

DRIVER = "spark-kubernetes-driver"
"""What Spark calls the driver's container."""

_BEFORE = {"", "NEW", "SUBMITTED", "PENDING_SUBMISSION"}
_ENDED = {"COMPLETED", "FAILED"}
_LOST = {"FAILED", "FAILING", "SUBMISSION_FAILED"}


class OnKubernetes(Engine):
    """The Spark operator in a namespace."""

    def find(self, task: str) -> str | None:
        """The name of the application that an earlier try left, if it may still end well."""
        for application in self._cluster.applications(f"{TASK_LABEL}={task}"):
            metadata = application["metadata"]
            if _state(application)[0] not in _LOST and "deletionTimestamp" not in metadata:
                return str(metadata["name"])
        return None

    def run(self, job: Job) -> None:
        """Run a job to its end, with its driver's log in the task's; raises JobError."""
        self._check()
        self._cluster.create_application(spark_application(job, self._template()))
        _LOG.info("SparkApplication %s made: medley %s", job.name, " ".join(job.arguments))
        self._follow(job.name, None)

    def take_up(self, name: str) -> None:
        """Follow an application that `find` found to its end; raises JobError."""
        self._follow(name, datetime.now(UTC))

    def end_job(self, name: str) -> None:
        """End a job and take it away; nothing when it is not there."""
        self._cluster.delete_application(name)

    def end_all(self, pipeline: str, spare: str | None = None) -> None:
        """End all jobs of a pipeline but the one to spare, and wait until they are gone."""
        labels = selector(pipeline, spare)
        for application in self._cluster.applications(labels):
            name = application["metadata"]["name"]
            _LOG.warning("SparkApplication %s of an earlier try is still there; it is ended.", name)
            self._cluster.delete_application(name)
        self._cluster.await_gone(f"{labels},spark-role")

    def _follow(self, name: str, log_since: datetime | None) -> None:
        driver = f"{name}-driver"
        self._await_start(
            f"The driver of {name}", driver, lambda: self._ask_state(name)[0] in _BEFORE
        )
        self._cluster.follow_log(driver, DRIVER, log_since)
        state, reason = self._ask_state(name)
        while state not in _ENDED:
            time.sleep(self._pause)
            state, reason = self._ask_state(name)
        _LOG.info("SparkApplication %s: %s", name, state)
        if state != "COMPLETED":
            said = "; ".join(filter(None, [reason, self._cluster.why_not(driver)]))
            raise failure(
                f"{name} ended as {state}, not COMPLETED. The driver's log is above. {said}.",
                self._cluster.exit_code(driver, DRIVER),
            )

    def _ask_state(self, name: str) -> tuple[str, str]:
        application = self._cluster.application(name)
        # After asking: a task that was told to stop has deleted it itself.
        self._check()
        if application is None:
            raise JobError(f"SparkApplication {name} was deleted before it had ended.")
        return _state(application)


def _state(application: Manifest) -> tuple[str, str]:
    """An application's own state and what it says about it."""
    state = application.get("status", {}).get("applicationState", {})
    return state.get("state", ""), state.get("errorMessage", "")
