"""The one place that pins what a step reads: each table and model in one version for all of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

import model_registry
from jobs.errors import ModelError
from jobs.lakehouse.declare.table import Bronze, Model, Step
from jobs.lakehouse.steps.run_context import RunContext
from jobs.lakehouse.store.ledger import Ledger
from model_registry import Registry


def pinned_versions(step: Step, run: RunContext) -> dict[str, int]:
    """The versions of all tables and champions that a step reads or points to.

    Raises ModelError for a model without a champion.
    """
    return {read.name: _version(read, run) for read in step.upstream}


@dataclass(frozen=True)
class Inputs:
    """What a step reads, always in the same versions."""

    step: Step
    run: RunContext
    versions: Mapping[str, int]

    def all(self) -> dict[str, Any]:
        """Each table as a DataFrame, each model as its flavour loads it, by name."""
        return {read.name: self.read(read) for read in self.step.upstream}

    def read(self, read: Step) -> DataFrame | Any:  # noqa: ANN401  what a flavour loads
        """One of the tables or models."""
        version = self.versions[read.name]
        if isinstance(read, Model):
            return model_registry.load(read.name, version, self.run.registry)
        return self.run.lake.read(read, version)

    def raw(self, bronze: Bronze, ledger: Ledger) -> DataFrame:
        """The rows of a bronze table that count: of each file those of its newest delivery."""
        rows = self.run.lake.read(bronze, self.versions[bronze.name])
        replaced = ledger.replaced
        if not replaced:
            return rows
        pairs = [F.lit(value) for pair in replaced.items() for value in pair]
        counting = F.create_map(*pairs)[F.col("_file")]
        return rows.where(F.coalesce(counting, F.col("_delivery")) == F.col("_delivery"))


def _version(read: Step, run: RunContext) -> int:
    if not isinstance(read, Model):
        version = run.lake.version(read)
        return version if version is not None else -1
    return _champion(read, run.registry)


def _champion(model: Model, registry: Registry) -> int:
    version = model_registry.champion_version(model.name, registry)
    if version is None:
        raise ModelError(
            f"'{model.name}' has no champion yet; expected one to serve from. "
            f"`medley run {model.pipeline} --only {model.short_name}` trains it."
        )
    return version
