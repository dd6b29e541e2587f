"""The operator: runs `medley …` as one Spark application, on Kubernetes or YARN, or in a pod."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException

from launching.engine import Engine
from launching.errors import JobError
from launching.in_pod import InPod
from launching.job import Job, task_key, unique_name
from launching.on_kubernetes import OnKubernetes
from launching.on_yarn import OnYarn
from launching.settings import Settings

_LOG = logging.getLogger(__name__)

ENGINES: Mapping[str, Callable[[Settings, Callable[[], None]], Engine]] = {
    "k8s": OnKubernetes,
    "yarn": OnYarn,
    "pod": InPod,
}


class MedleyOperator(BaseOperator):
    """Run `medley <arguments>`; done when the job itself says so.

    A job that an earlier try of the same task in the same run left is taken up: a worker that is
    killed leaves it behind. All else that runs for the pipeline is ended first, whatever its
    engine, because a table has one writer at a time. The pipeline's pool has one slot, so all that
    bears its label is such a leftover.

    Args:
        pipeline: Whose tables are written.
        arguments: Those of `medley`; empty ones are left out. A template.
        kind: Whose size the chart `spark` tells.
        engine: A name in ENGINES. A template.
        **kwargs: Those of any operator.
    """

    template_fields: Sequence[str] = ("arguments", "engine")
    ui_color = "#f4a460"

    def __init__(
        self,
        *,
        pipeline: str,
        arguments: Sequence[str],
        kind: str,
        engine: str = "{{ params.engine }}",
        **kwargs: Any,  # noqa: ANN401  whatever Airflow takes
    ) -> None:
        super().__init__(**kwargs)
        self.pipeline = pipeline
        self.arguments = list(arguments)
        self.kind = kind
        self.engine = engine
        self._under_way: tuple[Engine, str] | None = None
        self._told_to_stop = False

    def execute(self, context: Mapping[str, Any]) -> None:
        """Run the job to its end; raises JobError when that is not a good one."""
        if self.engine not in ENGINES:
            raise AirflowFailException(
                f"There is no engine '{self.engine}'; expected one of {', '.join(ENGINES)}."
            )
        settings = Settings.from_environment()
        engines = {name: make(settings, self._check) for name, make in ENGINES.items()}
        engine = engines[self.engine]
        job = self._job(context["ti"])
        left = engine.find(job.task)
        for each in engines.values():
            each.end_all(self.pipeline, spare=left)
        self._under_way = engine, left or job.name
        try:
            if left:
                _LOG.info("%s of an earlier try is taken up; that try has its log so far.", left)
                engine.take_up(left)
            else:
                engine.run(job)
        finally:
            self._end()

    def on_kill(self) -> None:
        """End the job; Airflow calls this, in the midst of `execute`, to stop the task.

        That is so when somebody marks the task or clears it, and when its time is up. When
        Airflow's own pod is stopped the chart keeps the signal from tasks: the job goes on.
        """
        self._told_to_stop = True
        self._end()

    def _job(self, task_instance: Any) -> Job:  # noqa: ANN401  Airflow's type is its own affair
        return Job(
            name=unique_name(f"{self.pipeline}-{self.task_id}"),
            pipeline=self.pipeline,
            task=task_key(task_instance.dag_id, task_instance.run_id, task_instance.task_id),
            kind=self.kind,
            arguments=[argument for argument in self.arguments if argument],
        )

    def _end(self) -> None:
        """End the job; where that fails the next try does it. This one's outcome stays."""
        if not self._under_way:
            return
        engine, name = self._under_way
        try:
            engine.end_job(name)
        except Exception:  # noqa: BLE001  whatever it is, it is logged whole
            _LOG.exception("%s could not be taken away.", name)
        else:
            self._under_way = None

    def _check(self) -> None:
        """Raise when the task was told to stop: Airflow goes on in `execute` after `on_kill`."""
        if self._told_to_stop:
            raise JobError("The task was told to stop; its job is ended.")
