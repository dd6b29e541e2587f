"""What all DAGs have in common."""

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import Param

from launching.alerts import tell_of_failure

START = datetime(2000, 1, 1, tzinfo=UTC)
"""Before any day that somebody may want to run again. Past days are not caught up by themselves."""

TASK_DEFAULTS: dict[str, Any] = {
    "retries": 3,
    "retry_delay": timedelta(seconds=10),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=15),
    "on_failure_callback": tell_of_failure,
    # A run that has begun goes before those that wait: of several, one is finished first.
    "weight_rule": "upstream",
}


def engine_param() -> Param:
    """The parameter that chooses where Spark runs."""
    return Param(
        "k8s",
        enum=["k8s", "yarn"],
        description="k8s: the Spark operator. yarn: YARN beside HDFS.",
    )
