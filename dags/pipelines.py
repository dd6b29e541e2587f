"""A DAG for each pipeline. Airflow reads the flows; what they declare makes the tasks."""

from jobs.lakehouse import discovery
from launching.pipeline_dag import pipeline_dag

for pipeline in discovery.pipelines().values():
    globals()[pipeline.name] = pipeline_dag(pipeline)
