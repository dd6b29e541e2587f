"""The operator: runs `medley …` as one Spark application, on Kubernetes or on YARN."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException

from launching.engine import Engine
from launching.job import Job, JobError, unique_name
from launching.on_kubernetes import OnKubernetes
from launching.on_yarn import OnYarn
from launching.settings import Settings
from launching.sizes import Size

_LOG = logging.getLogger(__name__)

ENGINES: Mapping[str, Callable[[Settings, Callable[[], None]], Engine]] = {
    "k8s": OnKubernetes,
    "yarn": OnYarn,
}


class SparkJob(BaseOperator):
    """Run `medley <arguments>`; done when the application itself says so.

    Before it begins, whatever an earlier try of the pipeline left running is ended, on both
    engines: a worker that is killed cannot clean up, and a table has one writer at a time. The
    pipeline's pool has one slot, so all that bears its label is such a leftover.

    Args:
        pipeline: Whose tables are written.
        arguments: Those of `medley`; empty ones are left out. A template.
        size: How much the application gets.
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
        size: Size,
        engine: str = "{{ params.engine }}",
        **kwargs: Any,  # noqa: ANN401  whatever Airflow takes
    ) -> None:
        kwargs.setdefault("execution_timeout", size.timeout)
        super().__init__(**kwargs)
        self.pipeline = pipeline
        self.arguments = list(arguments)
        self.size = size
        self.engine = engine
        self._under_way: tuple[Engine, str] | None = None
        self._told_to_stop = False

    def execute(self, context: Mapping[str, Any]) -> None:  # noqa: ARG002  Airflow's contract
        """Run the job to its end; raises JobError when that is not a good one."""
        if self.engine not in ENGINES:
            raise AirflowFailException(
                f"There is no engine '{self.engine}'; expected one of {', '.join(ENGINES)}."
            )
        settings = Settings.from_environment()
        engines = {name: make(settings, self._check) for name, make in ENGINES.items()}
        for engine in engines.values():
            engine.end_all(self.pipeline)
        job = Job(
            name=unique_name(f"{self.pipeline}-{self.task_id}"),
            pipeline=self.pipeline,
            arguments=[argument for argument in self.arguments if argument],
            size=self.size,
        )
        self._under_way = engines[self.engine], job.name
        try:
            engines[self.engine].run(job)
        finally:
            self._end()

    def on_kill(self) -> None:
        """End the application; Airflow calls this, in the midst of `execute`, to stop the task."""
        self._told_to_stop = True
        self._end()

    def _end(self) -> None:
        """End the application; where that fails the next try does it. This one's outcome stays."""
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
            raise JobError("The task was told to stop; its application is ended.")
