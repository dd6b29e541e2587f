"""The DAG by which somebody makes a version of a model the champion, from Airflow's page."""

from jobs.lakehouse.declare import discovery
from launching.promotion_dag import promotion_dag

promotion = promotion_dag(discovery.readable_pipelines())
