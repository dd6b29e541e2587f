"""Makes the DAG of promotion: a person names a model and a version, and it is the champion."""

from collections.abc import Iterable
from datetime import timedelta

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.sdk import DAG, Param

from jobs.lakehouse.pipeline import Pipeline
from jobs.lakehouse.table import Model
from launching.defaults import TASK_DEFAULTS
from launching.pods import JOB_FILE, labels, pod_template, program_pod
from launching.settings import Settings

_PAGE = """
The gate of a pipeline's `train` task promotes a challenger that beats the champion. This is for
what the gate cannot know: going back to an earlier version, or taking one against its judgement.
MLflow's alias `champion` moves to the version named; the next `serve` task says what it says.

```sh
airflow dags trigger promotion --conf '{"model": "movies.ranker", "version": 3}'
```
"""
_CONTAINER = "medley"
_MIB = 512


def promotion_dag(pipelines: Iterable[Pipeline]) -> DAG:
    """The DAG that runs `medley promote` in a pod, for Airflow itself has no MLflow."""
    models = [
        step.name for pipeline in pipelines for step in pipeline.steps if isinstance(step, Model)
    ]
    settings = Settings.from_environment()
    pod = program_pod(
        "promote",
        pod_template(_CONTAINER, labels("promotion", "promote")),
        settings.spark_image,
        ["python3", JOB_FILE, "promote", "{{ params.model }}", "{{ params.version }}"],
        _MIB,
    )
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
        KubernetesPodOperator(
            task_id="promote",
            # Of all ways to describe a pod, only this one has its arguments rendered.
            pod_template_dict=pod,
            base_container_name=_CONTAINER,
            namespace=settings.namespace,
            kubernetes_conn_id=None,
            in_cluster=True,
            startup_timeout_seconds=600,
            on_finish_action="delete_pod",
            execution_timeout=timedelta(minutes=30),
        )
    return dag
