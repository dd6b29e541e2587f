"""Makes the DAG that stands in the place of a pipeline whose flow cannot be read."""

from datetime import timedelta

from airflow.sdk import DAG, CronDataIntervalTimetable, task
from airflow.sdk.exceptions import AirflowFailException

from launching.defaults import START, TASK_DEFAULTS


def broken_dag(name: str, reason: str) -> DAG:
    """The DAG of that name whose one task fails with the reason whenever the pipeline is due."""
    with DAG(
        dag_id=name,
        description="The flow cannot be read.",
        doc_md=reason,
        schedule=CronDataIntervalTimetable("@daily", timezone="UTC"),
        start_date=START,
        catchup=False,
        max_active_runs=1,
        default_args={**TASK_DEFAULTS, "retries": 0},
        tags=["pipeline", "broken"],
    ) as dag:
        _fail(reason)
    return dag


@task(task_id="flow", execution_timeout=timedelta(minutes=5))
def _fail(reason: str) -> None:
    raise AirflowFailException(reason)
