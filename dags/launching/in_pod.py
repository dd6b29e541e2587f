"""Jobs without Spark: one pod that runs `medley`, for Airflow itself has no MLflow."""

import logging
from datetime import UTC, datetime

from launching.engine import Engine
from launching.job import Job
from launching.manifests import TASK_LABEL, program_pod, selector

_LOG = logging.getLogger(__name__)

CONTAINER = "medley"


class InPod(Engine):
    """Pods in a namespace."""

    def find(self, task: str) -> str | None:
        """The name of the pod that an earlier try of a task left, if it may still end well."""
        for pod in self._cluster.pods(f"{TASK_LABEL}={task}"):
            if pod.status.phase != "Failed" and not pod.metadata.deletion_timestamp:
                return str(pod.metadata.name)
        return None

    def run(self, job: Job) -> None:
        """Run a job to its end, with its log in the task's; raises JobError."""
        self._check()
        self._cluster.create_pod(program_pod(job, self._template()))
        _LOG.info("Pod %s made: medley %s", job.name, " ".join(job.arguments))
        self._await_pod(job.name, CONTAINER)

    def take_up(self, name: str) -> None:
        """Follow a pod that `find` found to its end, its log from now on; raises JobError."""
        self._await_pod(name, CONTAINER, datetime.now(UTC))

    def end_job(self, name: str) -> None:
        """End a job and take it away; nothing when it is not there."""
        self._cluster.delete_pod(name)

    def end_all(self, pipeline: str, spare: str | None = None) -> None:
        """End all jobs of a pipeline but the one to spare, and wait until they are gone."""
        self._end_pods(f"{selector(pipeline, spare)},!spark-role")
