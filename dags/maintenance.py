"""The DAG by which Airflow keeps the tables of all pipelines small and quick."""

from jobs.lakehouse.declare import discovery
from launching.maintenance_dag import maintenance_dag

maintenance = maintenance_dag(discovery.readable_pipelines())
