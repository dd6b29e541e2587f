"""What a run would do on this machine's lake, from logs, the registry and receipts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from jobs.lakehouse.declare.pipeline import Pipeline
from jobs.lakehouse.declare.table import Model, Step
from jobs.lakehouse.sql.local_lake import LocalLake
from jobs.lakehouse.steps.decision import RunOptions, Standing
from jobs.lakehouse.steps.planning import PlannedStep, plan
from jobs.lakehouse.steps.step import fingerprint_of
from jobs.lakehouse.store.files import Files
from jobs.lakehouse.store.storage import RECEIPTS, Storage
from jobs.settings import Settings

if TYPE_CHECKING:
    from model_registry import Origin, Registry


def plan_of(
    pipelines: Sequence[Pipeline], settings: Settings, options: RunOptions
) -> list[PlannedStep]:
    """What a run of pipelines would do; raises LakeError when the lake is of a newer Medley."""
    lake = LocalLake.of(settings)
    standing = Standing(Files(), Storage.of(settings))
    return plan(pipelines, standing, _RegisteredModels(settings, lake), options)


def last_seconds(settings: Settings) -> dict[str, float]:
    """How long each step took the last time that it had something to do."""
    lake = LocalLake.of(settings)
    if not lake.is_made(RECEIPTS):
        return {}
    columns = ["step", "seconds", "started_at"]
    rows = lake.open(RECEIPTS).to_table(columns=columns).sort_by("started_at").to_pylist()
    return {row["step"]: row["seconds"] for row in rows}


@dataclass(frozen=True)
class _RegisteredModels:
    """The models of the registry that the settings name."""

    settings: Settings
    lake: LocalLake

    def champion(self, model: Model) -> int | None:
        """The version that serves; None when there is none."""
        if not self._is_made:
            return None
        from model_registry import champion_version  # noqa: PLC0415  MLflow takes seconds

        return champion_version(model.name, self._registry)

    def is_new_code(self, model: Model) -> bool | None:
        """Whether the model's code has changed since it was trained; None if it never was."""
        origin = self._origin(model)
        return None if origin is None else origin.fingerprint != fingerprint_of(model)

    def trained_on(self, model: Model) -> tuple[Mapping[str, int], int]:
        """The versions of the tables that it was trained on, and the rows of the first of them."""
        origin = self._origin(model)
        return ({}, 0) if origin is None else (origin.input_versions, origin.rows)

    def rows(self, table: Step) -> int | None:
        """How many rows a table has, from Delta's log; None when it is not there."""
        state = self.lake.state(table.name)
        return None if state is None else state.rows

    @cached_property
    def _is_made(self) -> bool:
        """Whether there is a registry: to ask for one would make it."""
        uri = self.settings.tracking_uri
        path = self.settings.home / "mlflow" / "mlflow.db"
        return not uri.startswith("sqlite:") or path.exists()

    @cached_property
    def _registry(self) -> "Registry":
        from model_registry import Registry  # noqa: PLC0415  as above

        return Registry(self.settings.tracking_uri, self.settings.artifact_uri)

    def _origin(self, model: Model) -> "Origin | None":
        if not self._is_made:
            return None
        from model_registry import last_origin  # noqa: PLC0415  as above

        return last_origin(model.name, self._registry)
