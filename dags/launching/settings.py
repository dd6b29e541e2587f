"""The environment of Airflow's pods, as the chart sets it. Nothing else here reads it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Where the DAGs' work is done."""

    namespace: str
    """MEDLEY_NAMESPACE: that of Airflow's own pods, where the applications run too."""
    application: str
    """MEDLEY_APPLICATION: the ConfigMap of the chart `spark` that tells what jobs look like."""
    resource_manager: str
    """MEDLEY_YARN_URL: the ResourceManager's REST API."""
    alert_webhook: str | None
    """MEDLEY_ALERT_WEBHOOK: takes messages as Slack does. A secret; None if nobody is told."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings, with the names that the charts give by default."""
        return cls(
            namespace=environment.get("MEDLEY_NAMESPACE") or "medley",
            application=environment.get("MEDLEY_APPLICATION") or "spark-application",
            resource_manager=environment.get("MEDLEY_YARN_URL")
            or "http://hadoop-resourcemanager:8088",
            alert_webhook=environment.get("MEDLEY_ALERT_WEBHOOK") or None,
        )
