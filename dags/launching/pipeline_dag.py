"""Makes the DAG of a pipeline: one task for all layers or one for each, then publish."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, CronDataIntervalTimetable, Param, TriggerRule, chain, task
from airflow.sdk.exceptions import AirflowSkipException

from jobs.lakehouse.declare.pipeline import Pipeline
from jobs.lakehouse.declare.table import LAYERS
from launching.cluster import Cluster
from launching.defaults import START, TASK_DEFAULTS, engine_param
from launching.docs import pipeline_page
from launching.operator import MedleyOperator
from launching.settings import Settings

_LOG = logging.getLogger(__name__)

_SINCE = (
    "{% set day = params.since or (dag_run.run_type == 'backfill' and data_interval_start | ds) %}"
    "{{ '--since=' ~ day if day else '' }}"
)
"""The day that was asked for, or that of a backfill's run; nothing else makes old rows again."""

_TIMEOUTS = {"train": timedelta(hours=4), "together": timedelta(hours=8)}
"""A job that takes longer is ended and tried again."""
_TIMEOUT = timedelta(hours=2)


def pipeline_dag(pipeline: Pipeline) -> DAG:
    """The DAG that brings a pipeline up to date every day, and again for any day asked for."""
    with DAG(
        dag_id=pipeline.name,
        description=pipeline.doc.partition("\n")[0],
        doc_md=pipeline_page(pipeline),
        # A run of a day begins when the day is over, and a backfill has a run for each day.
        schedule=CronDataIntervalTimetable("@daily", timezone="UTC"),
        start_date=START,
        catchup=False,
        max_active_runs=1,
        params={
            "engine": engine_param(),
            "since": Param(
                None,
                type=["null", "string"],
                format="date",
                description="Make tables again of which rows were taken in since this day (UTC).",
            ),
            "together": Param(
                None,
                type=["null", "boolean"],
                description="One application for all layers; by default as the chart spark says.",
            ),
        },
        default_args={**TASK_DEFAULTS, "pool": pipeline.name},
        tags=["pipeline"],
    ) as dag:
        present = {step.layer for step in pipeline.steps}
        together = _run(pipeline, "together", [], pre_execute=_skip_unless_together)
        first, *others = [layer for layer in LAYERS if layer in present]
        # `together` skips itself, or the layers are skipped without being begun.
        chain(
            together,
            _run(pipeline, first, [f"--layer={first}"], trigger_rule=TriggerRule.ALL_SKIPPED),
            *(_run(pipeline, layer, [f"--layer={layer}"]) for layer in others),
            publish := _publish(pipeline.name),
        )
        chain(together, publish)
    return dag


def _run(pipeline: Pipeline, kind: str, options: list[str], **kwargs: Any) -> MedleyOperator:  # noqa: ANN401
    """The task that runs a part of a pipeline, with more of what any operator takes."""
    return MedleyOperator(
        task_id=kind,
        pipeline=pipeline.name,
        arguments=["run", pipeline.name, *options, _SINCE],
        kind=kind,
        execution_timeout=_TIMEOUTS.get(kind, _TIMEOUT),
        **kwargs,
    )


def _skip_unless_together(context: Mapping[str, Any]) -> None:
    """Skip the task if the run, or by default the chart, wants an application for each layer."""
    together = context["params"]["together"]
    if together is None:
        settings = Settings.from_environment()
        together = Cluster(settings.namespace).template(settings.application).together
    if not together:
        raise AirflowSkipException("Each layer has an application of its own in this run.")


@task(
    task_id="publish",
    execution_timeout=timedelta(minutes=20),
    trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
)
def _publish(name: str) -> None:
    """Register the pipeline's tables with Trino; it calls Trino only, so no pod is needed."""
    from jobs.lakehouse.declare import discovery  # noqa: PLC0415  reading DAGs needs none of these
    from jobs.lakehouse.sql.trino import publish  # noqa: PLC0415
    from jobs.settings import Settings as LakeSettings  # noqa: PLC0415

    new = publish(discovery.pipeline(name), LakeSettings.from_environment())
    _LOG.info("Registered %s", ", ".join(new) or "nothing: Trino knew all tables")
