"""Makes the DAG of a pipeline: a task for each layer it has, then publish."""

import logging
from datetime import timedelta

from airflow.sdk import DAG, CronDataIntervalTimetable, Param, chain, task

from jobs.lakehouse.pipeline import Pipeline
from jobs.lakehouse.table import LAYERS
from launching import sizes
from launching.defaults import START, TASK_DEFAULTS, engine_param
from launching.docs import pipeline_page
from launching.spark_job import SparkJob

_LOG = logging.getLogger(__name__)

_SINCE = (
    "{% set day = params.since or (dag_run.run_type == 'backfill' and data_interval_start | ds) %}"
    "{{ '--since=' ~ day if day else '' }}"
)
"""The day that was asked for, or that of a backfill's run; nothing else makes old rows again."""


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
                description="Make silver again from the rows taken in since this day (UTC).",
            ),
        },
        default_args={**TASK_DEFAULTS, "pool": pipeline.name},
        tags=["pipeline"],
    ) as dag:
        present = {step.layer for step in pipeline.steps}
        chain(
            *(
                SparkJob(
                    task_id=layer,
                    pipeline=pipeline.name,
                    arguments=["run", pipeline.name, f"--layer={layer}", _SINCE],
                    size=sizes.LAYERS[layer],
                )
                for layer in LAYERS
                if layer in present
            ),
            _publish(pipeline.name),
        )
    return dag


@task(task_id="publish", execution_timeout=timedelta(minutes=20))
def _publish(name: str) -> None:
    """Register the pipeline's tables with Trino; it calls Trino only, so no pod is needed."""
    from jobs.lakehouse import discovery  # noqa: PLC0415  reading DAGs needs none of these
    from jobs.lakehouse.publishing import publish  # noqa: PLC0415
    from jobs.lakehouse.settings import Settings  # noqa: PLC0415

    new = publish(discovery.pipeline(name), Settings.from_environment())
    _LOG.info("Registered %s", ", ".join(new) or "nothing: Trino knew all tables")
