"""Spark jobs on YARN: a pod submits them, and YARN itself is asked how they fare."""

import logging
import time
from functools import cached_property
from pathlib import Path

from launching.engine import Engine
from launching.job import Job, JobError
from launching.pods import (
    JOB_FILE,
    JOB_LABEL,
    PIPELINE_LABEL,
    Manifest,
    labels,
    pod_template,
    program_pod,
)
from launching.resource_manager import Application, DriverLog, ResourceManager
from launching.settings import Settings

_LOG = logging.getLogger(__name__)

_SUBMITTER = "submit"
_SCRIPT = Path(__file__).with_name("submit_to_yarn.sh")
_PYTHON = "/usr/local/bin/python3"
_MIB = 768
"""Of the pod that submits: a JVM and no more."""
_ENDED = {"FINISHED", "FAILED", "KILLED"}


class OnYarn(Engine):
    """YARN beside HDFS, from the chart `hadoop`."""

    @cached_property
    def _yarn(self) -> ResourceManager:
        return ResourceManager(self._settings.resource_manager)

    def run(self, job: Job) -> None:
        """Run a job to its end, with its driver's log in the task's; raises JobError."""
        self._check()
        self._cluster.create_pod(submit_pod(job, self._settings))
        self._await_submission(job.name)
        application = self._application(job.name)
        _LOG.info("YARN took %s: medley %s", application.id, " ".join(job.arguments))
        log = DriverLog()
        while application.state not in _ENDED:
            self._show(log, application)
            time.sleep(self._pause)
            application = self._application(job.name)
        self._show(log, application)
        _LOG.info("YARN application %s: %s", application.id, application.final_status)
        if application.final_status != "SUCCEEDED":
            raise JobError(
                f"{application.id} ended as {application.final_status}, not SUCCEEDED. The "
                f"driver's log is above. {application.diagnostics}".strip()
            )

    def end_job(self, name: str) -> None:
        """End a job and take it away; nothing when it is not there."""
        # First the pod, so that nothing is submitted after YARN was asked.
        self._cluster.delete_pod(name)
        self._cluster.await_gone(f"{JOB_LABEL}={name}")
        for application in self._yarn.applications(name, running=True):
            self._yarn.end(application.id)

    def end_all(self, pipeline: str) -> None:
        """End all jobs of a pipeline and wait until they are gone."""
        selector = f"{PIPELINE_LABEL}={pipeline},!spark-role"
        for pod in self._cluster.pods(selector):
            self._cluster.delete_pod(pod.metadata.name)
        self._cluster.await_gone(selector)
        if not self._yarn.is_there():
            # A cluster without YARN has nothing there; with it, submitting would fail anyway.
            return
        while left := self._yarn.applications(_tag(pipeline), running=True):
            for application in left:
                _LOG.warning("YARN still runs %s of an earlier try; it is ended.", application.id)
                self._yarn.end(application.id)
            time.sleep(self._pause)

    def _await_submission(self, name: str) -> None:
        self._await_start(f"The pod {name}", name, lambda: self._phase(name) == "Pending")
        self._cluster.follow_log(name, _SUBMITTER)
        while (phase := self._phase(name)) == "Running":
            time.sleep(self._pause)
        if phase != "Succeeded":
            raise JobError(
                f"YARN did not take {name}. What spark-submit said is above. "
                f"{self._cluster.why_not(name)}".strip()
            )

    def _phase(self, name: str) -> str:
        pod = self._cluster.pod(name)
        # After asking: a task that was told to stop has deleted it itself.
        self._check()
        if pod is None:
            raise JobError(f"The pod {name} was deleted before it had submitted the job.")
        return str(pod.status.phase)

    def _application(self, name: str) -> Application:
        found = self._yarn.applications(name)
        self._check()
        if not found:
            raise JobError(
                f"YARN knows no application tagged {name}: its ResourceManager was restarted, "
                "which ends what runs. The next try begins anew."
            )
        return found[0]

    @staticmethod
    def _show(log: DriverLog, application: Application) -> None:
        if application.driver_log:
            for line in log.new_lines(application.driver_log):
                _LOG.info(line)


def submit_pod(job: Job, settings: Settings) -> Manifest:
    """The pod that submits a job and is done as soon as YARN has taken it."""
    template = pod_template(
        _SUBMITTER,
        labels(job.pipeline, job.name),
        config_maps=["spark-defaults", "hadoop-conf"],
    )
    return program_pod(
        job.name,
        template,
        settings.hadoop_image,
        ["sh", "-c", _SCRIPT.read_text(), "submit", *_spark_submit(job), *job.arguments],
        _MIB,
    )


def _spark_submit(job: Job) -> list[str]:
    """What spark-submit is told, up to the main file."""
    size = job.size
    conf = {
        "spark.yarn.tags": f"{job.name},{_tag(job.pipeline)}",
        # YARN has taken it; how it fares is asked of YARN, not of a pod.
        "spark.yarn.submit.waitAppCompletion": "false",
        # Airflow tries again.
        "spark.yarn.maxAppAttempts": "1",
        "spark.executor.memoryOverhead": f"{size.overhead_mib}m",
        # `local:` jars are those of the image, in every container: nothing is uploaded.
        "spark.yarn.jars": "local:/opt/spark/jars/*",
        "spark.yarn.appMasterEnv.PYSPARK_PYTHON": _PYTHON,
        "spark.executorEnv.PYSPARK_PYTHON": _PYTHON,
        # YARN sets HOME to a folder that cannot be written.
        "spark.yarn.appMasterEnv.XDG_CACHE_HOME": "/tmp/.cache",  # noqa: S108
    }
    return [
        f"--name={job.name}",
        f"--driver-memory={size.driver_mib}m",
        f"--executor-memory={size.executor_mib}m",
        f"--executor-cores={size.cores}",
        f"--num-executors={size.executors}",
        *(f"--conf={name}={value}" for name, value in conf.items()),
        # A plain path: YARN's containers would not find a `local:` one.
        JOB_FILE,
    ]


def _tag(pipeline: str) -> str:
    return f"medley-{pipeline}"
