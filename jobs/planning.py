"""What a run would do on this machine's lake, from logs, the registry and receipts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jobs.lakehouse.declare.pipeline import Pipeline
from jobs.lakehouse.declare.table import Model, Step
from jobs.lakehouse.sql.local_lake import LocalLake
from jobs.lakehouse.sql.query import ask
from jobs.lakehouse.steps.code_digest import fingerprint_of
from jobs.lakehouse.steps.decision import RunOptions, Standing
from jobs.lakehouse.steps.planning import PlannedStep, plan
from jobs.lakehouse.store.files import Files
from jobs.lakehouse.store.storage import RECEIPTS, Storage
from jobs.registered_models import Trained, registered_models
from jobs.settings import Settings


def plan_of(
    pipelines: Sequence[Pipeline], settings: Settings, options: RunOptions
) -> list[PlannedStep]:
    """What a run of pipelines would do; raises LakeError when the lake is of a newer Medley."""
    lake = LocalLake.of(settings)
    standing = Standing(Files(), Storage.of(settings))
    steps = [step for pipeline in pipelines for step in pipeline.steps]
    names = [step.name for step in steps if isinstance(step, Model)]
    return plan(pipelines, standing, _Models(registered_models(settings, names), lake), options)


def last_seconds(settings: Settings) -> dict[str, float]:
    """How long each step took the last time that it had something to do."""
    if not LocalLake.of(settings).is_made(RECEIPTS):
        return {}
    latest = "SELECT step, arg_max(seconds, started_at) FROM medley.receipts GROUP BY step"
    return {str(step): float(str(seconds)) for step, seconds in ask(latest, settings).rows}


@dataclass(frozen=True)
class _Models:
    """The models of the registry that the settings name, and the rows of tables."""

    registered: Mapping[str, Trained]
    lake: LocalLake

    def champion(self, model: Model) -> int | None:
        """The version that serves; None when there is none."""
        found = self.registered.get(model.name)
        return found.champion if found is not None else None

    def is_new_code(self, model: Model) -> bool | None:
        """Whether the model's code has changed since it was trained; None if it never was."""
        found = self.registered.get(model.name)
        return found.fingerprint != fingerprint_of(model) if found is not None else None

    def trained_on(self, model: Model) -> tuple[Mapping[str, int], int]:
        """The versions of the tables that it was trained on, and the rows of the first of them."""
        found = self.registered[model.name]
        return found.input_versions, found.rows

    def rows(self, table: Step) -> int | None:
        """How many rows a table has, from Delta's log; None when it is not there."""
        state = self.lake.state(table.name)
        return None if state is None else state.rows
