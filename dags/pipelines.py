"""A DAG for each pipeline. Airflow reads the flows; what they declare makes the tasks."""

from jobs.lakehouse.declare import discovery
from jobs.lakehouse.declare.pipeline import Pipeline
from launching.broken_dag import broken_dag
from launching.pipeline_dag import pipeline_dag

for name, found in discovery.flows().items():
    globals()[name] = (
        pipeline_dag(found) if isinstance(found, Pipeline) else broken_dag(name, str(found))
    )
