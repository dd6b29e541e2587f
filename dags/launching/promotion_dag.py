"""Makes the DAG of promotion: a person names a model and a version, and it is the champion."""

from collections.abc import Iterable
from datetime import timedelta

from airflow.sdk import DAG, Param

from jobs.lakehouse.declare.pipeline import Pipeline
from jobs.lakehouse.declare.table import Model
from launching.defaults import TASK_DEFAULTS
from launching.operator import MedleyOperator

_PAGE = """
The gate of a pipeline's `train` task promotes a challenger that beats the champion. This is for
what the gate cannot know: going back to an earlier version, or taking one against its judgement.
MLflow's alias `champion` moves to the version named; the next `serve` task says what it says.

```sh
airflow dags trigger promotion --conf '{"model": "movies.ranker", "version": 3}'
```
"""


def promotion_dag(pipelines: Iterable[Pipeline]) -> DAG:
    """The DAG that runs `medley promote` in a pod, for Airflow itself has no MLflow."""
    models = [
        step.name for pipeline in pipelines for step in pipeline.steps if isinstance(step, Model)
    ]
    with DAG(
        dag_id="promotion",
        description="Make a version of a model the champion.",
        doc_md=_PAGE,
        schedule=None,
        max_active_runs=1,
        params={
            "model": Param(type="string", enum=models, description="The registered model."),
            "version": Param(type="integer", minimum=1, description="Which version of it."),
        },
        default_args=TASK_DEFAULTS,
        tags=["models"],
    ) as dag:
        MedleyOperator(
            task_id="promote",
            pipeline="promotion",
            arguments=["promote", "{{ params.model }}", "{{ params.version }}"],
            kind="program",
            engine="pod",
            execution_timeout=timedelta(minutes=30),
        )
    return dag
