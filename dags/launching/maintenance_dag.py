"""Makes the DAG of maintenance: a task for each pipeline."""

from collections.abc import Iterable
from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable

from jobs.lakehouse.declare.pipeline import Pipeline
from launching.defaults import START, TASK_DEFAULTS, engine_param
from launching.operator import MedleyOperator

_PAGE = """
Small files are joined (OPTIMIZE), and files that no version within a table's retention needs are
deleted (VACUUM): once a week, a task for each pipeline. How many files and bytes each table had
before and after stands in the lake's own tables, as `medley maintain` writes it.

A task takes the pipeline's only slot, so that no run writes meanwhile.
"""


def maintenance_dag(pipelines: Iterable[Pipeline]) -> DAG:
    """The DAG that runs `medley maintain` for each pipeline, one after the other."""
    with DAG(
        dag_id="maintenance",
        description="OPTIMIZE and VACUUM of all tables, with numbers before and after.",
        doc_md=_PAGE,
        schedule=CronTriggerTimetable("0 3 * * SUN", timezone="UTC"),
        start_date=START,
        catchup=False,
        max_active_runs=1,
        max_active_tasks=1,
        params={"engine": engine_param()},
        default_args=TASK_DEFAULTS,
        tags=["maintenance"],
    ) as dag:
        for pipeline in pipelines:
            MedleyOperator(
                task_id=pipeline.name,
                pipeline=pipeline.name,
                arguments=["maintain", pipeline.name],
                kind="maintenance",
                pool=pipeline.name,
                execution_timeout=timedelta(hours=4),
            )
    return dag
