"""Spark jobs as SparkApplications of the Spark operator.

The provider's SparkKubernetesOperator does the same by the driver's pod alone: it succeeds when
that pod does, waits for ever after a failed submission, and cannot choose an engine when the
task runs. What counts here is the application's own state.
"""

import logging
import time

from launching.cluster import GROUP, VERSION
from launching.engine import Engine
from launching.job import Job, JobError
from launching.pods import (
    JOB_FILE,
    PIPELINE_LABEL,
    SERVICE_ACCOUNT,
    Manifest,
    labels,
    pod_template,
)
from launching.settings import Settings
from launching.sizes import CPU_REQUEST

_LOG = logging.getLogger(__name__)

# The operator finds driver and executors by these names.
DRIVER = "spark-kubernetes-driver"
EXECUTOR = "spark-kubernetes-executor"

_BEFORE = {"", "NEW", "SUBMITTED", "PENDING_SUBMISSION"}
_ENDED = {"COMPLETED", "FAILED"}
_KEPT_SECONDS = 3600
"""For applications whose task could not take them away."""


class OnKubernetes(Engine):
    """The Spark operator in a namespace."""

    def run(self, job: Job) -> None:
        """Run a job to its end, with its driver's log in the task's; raises JobError."""
        self._check()
        self._cluster.create_application(spark_application(job, self._settings))
        _LOG.info("SparkApplication %s made: medley %s", job.name, " ".join(job.arguments))
        driver = f"{job.name}-driver"
        self._await_start(
            f"The driver of {job.name}", driver, lambda: self._state(job.name)[0] in _BEFORE
        )
        self._cluster.follow_log(driver, DRIVER)
        self._await_end(job.name)

    def end_job(self, name: str) -> None:
        """End a job and take it away; nothing when it is not there."""
        self._cluster.delete_application(name)

    def end_all(self, pipeline: str) -> None:
        """End all jobs of a pipeline and wait until they are gone."""
        selector = f"{PIPELINE_LABEL}={pipeline}"
        for application in self._cluster.applications(selector):
            name = application["metadata"]["name"]
            _LOG.warning("SparkApplication %s of an earlier try is still there; it is ended.", name)
            self._cluster.delete_application(name)
        self._cluster.await_gone(f"{selector},spark-role")

    def _await_end(self, name: str) -> None:
        state, reason = self._state(name)
        while state not in _ENDED:
            time.sleep(self._pause)
            state, reason = self._state(name)
        _LOG.info("SparkApplication %s: %s", name, state)
        if state != "COMPLETED":
            said = [reason, self._cluster.why_not(f"{name}-driver")]
            raise JobError(
                f"{name} ended as {state}, not COMPLETED. The driver's log is above. "
                f"{'; '.join(filter(None, said))}".strip()
            )

    def _state(self, name: str) -> tuple[str, str]:
        """The application's own state and what it says about it."""
        application = self._cluster.application(name)
        # After asking: a task that was told to stop has deleted it itself.
        self._check()
        if application is None:
            raise JobError(f"SparkApplication {name} was deleted before it had ended.")
        state = application.get("status", {}).get("applicationState", {})
        return state.get("state", ""), state.get("errorMessage", "")


def spark_application(job: Job, settings: Settings) -> Manifest:
    """What the Spark operator is asked for."""
    size, own = job.size, labels(job.pipeline, job.name)
    common = {"cores": 1, "coreRequest": CPU_REQUEST, "serviceAccount": SERVICE_ACCOUNT}
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": "SparkApplication",
        "metadata": {"name": job.name, "namespace": settings.namespace, "labels": own},
        "spec": {
            "type": "Python",
            "mode": "cluster",
            "sparkVersion": "4.2.0",
            "image": settings.spark_image,
            "imagePullPolicy": "IfNotPresent",
            "mainApplicationFile": f"local://{JOB_FILE}",
            "arguments": list(job.arguments),
            # Airflow tries again, after a pause and under another name.
            "restartPolicy": {"type": "Never"},
            "timeToLiveSeconds": _KEPT_SECONDS,
            "sparkConf": {
                "spark.kubernetes.driver.podTemplateContainerName": DRIVER,
                "spark.kubernetes.executor.podTemplateContainerName": EXECUTOR,
            },
            "driver": {
                **common,
                "memory": f"{size.driver_mib}m",
                "labels": own,
                "template": pod_template(DRIVER, own, config_maps=["spark-defaults"], token=True),
            },
            "executor": {
                **common,
                "cores": size.cores,
                "instances": size.executors,
                "memory": f"{size.executor_mib}m",
                "memoryOverhead": f"{size.overhead_mib}m",
                "labels": own,
                "template": pod_template(EXECUTOR, own),
            },
        },
    }
