"""Spark jobs on YARN: a pod submits them, and YARN itself is asked how they fare."""

import logging
import re
import time
from datetime import UTC, datetime
from functools import cached_property

from launching.engine import Engine
from launching.errors import JobError, failure
from launching.job import Job
from launching.manifests import JOB_LABEL, TASK_LABEL, pipeline_tag, selector, submit_pod
from launching.resource_manager import Application, DriverLog, ResourceManager

_LOG = logging.getLogger(__name__)

SUBMITTER = "submit"
"""The container that submits."""

_ENDED = {"FINISHED", "FAILED", "KILLED"}
_LOST = {"FAILED", "KILLED"}
_EXIT_CODE = re.compile(r"User application exited with status (\d+)")


class OnYarn(Engine):
    """YARN beside HDFS, from the chart `hadoop`.

    The pod that submitted a job stays until the task has seen the job's end: it is what tells a job
    that nobody waits for from one that ended long ago, which YARN remembers too.
    """

    @cached_property
    def _yarn(self) -> ResourceManager:
        return ResourceManager(self._settings.resource_manager)

    def find(self, task: str) -> str | None:
        """The name of the job that an earlier try of a task left, if it may still end well."""
        for pod in self._cluster.pods(f"{TASK_LABEL}={task},!spark-role"):
            name = str(pod.metadata.name)
            if not pod.metadata.deletion_timestamp and self._may_end_well(name, pod.status.phase):
                return name
        return None

    def run(self, job: Job) -> None:
        """Run a job to its end, with its driver's log in the task's; raises JobError."""
        self._check()
        self._cluster.create_pod(submit_pod(job, self._template()))
        self._await_pod(job.name, SUBMITTER)
        _LOG.info("YARN took %s: medley %s", job.name, " ".join(job.arguments))
        self._follow(job.name, DriverLog())

    def take_up(self, name: str) -> None:
        """Follow a job that `find` found to its end, its log from now on; raises JobError."""
        self._await_pod(name, SUBMITTER, datetime.now(UTC))
        log = DriverLog()
        if url := self._application(name).driver_log:
            log.new_lines(url)
        self._follow(name, log)

    def end_job(self, name: str) -> None:
        """End a job and take it away; nothing when it is not there."""
        # First the pod, so that nothing is submitted after YARN was asked.
        self._cluster.delete_pod(name)
        self._cluster.await_gone(f"{JOB_LABEL}={name}")
        for application in self._yarn.applications(name, running=True):
            self._yarn.end(application.id)

    def end_all(self, pipeline: str, spare: str | None = None) -> None:
        """End all jobs of a pipeline but the one to spare, and wait until they are gone."""
        self._end_pods(f"{selector(pipeline, spare)},!spark-role")
        if not self._yarn.is_there():
            # A cluster without YARN has nothing there; with it, submitting would fail anyway.
            return
        while left := self._running(pipeline, spare):
            for application in left:
                _LOG.warning("YARN still runs %s of an earlier try; it is ended.", application.id)
                self._yarn.end(application.id)
            time.sleep(self._pause)

    def _running(self, pipeline: str, spare: str | None) -> list[Application]:
        spared = {found.id for found in self._yarn.applications(spare)} if spare else set()
        running = self._yarn.applications(pipeline_tag(pipeline), running=True)
        return [application for application in running if application.id not in spared]

    def _may_end_well(self, name: str, phase: str) -> bool:
        if phase != "Succeeded":
            return phase != "Failed"
        return any(found.final_status not in _LOST for found in self._yarn.applications(name))

    def _follow(self, name: str, log: DriverLog) -> None:
        application = self._application(name)
        while application.state not in _ENDED:
            self._show(log, application)
            time.sleep(self._pause)
            application = self._application(name)
        self._show(log, application)
        _LOG.info("YARN application %s: %s", application.id, application.final_status)
        if application.final_status != "SUCCEEDED":
            exited = _EXIT_CODE.search(application.diagnostics)
            raise failure(
                f"{application.id} ended as {application.final_status}, not SUCCEEDED. The "
                f"driver's log is above. {application.diagnostics}.",
                int(exited[1]) if exited else None,
            )

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
