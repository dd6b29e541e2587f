"""What a run would do and why, without Spark and without doing it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Protocol

from jobs.errors import MedleyError
from jobs.lakehouse.declare.pipeline import Pipeline
from jobs.lakehouse.declare.table import Bronze, Model, Silver, Step, Table
from jobs.lakehouse.steps.deciding import decide_bronze, decide_model, decide_table
from jobs.lakehouse.steps.decision import Decision, RunOptions, Standing


class Models(Protocol):
    """What a plan asks of the model registry."""

    def champion(self, model: Model) -> int | None:
        """The version that serves; None when there is none."""

    def is_new_code(self, model: Model) -> bool | None:
        """Whether the model's code has changed since it was trained; None if it never was."""

    def trained_on(self, model: Model) -> tuple[Mapping[str, int], int]:
        """The versions of the tables that it was trained on, and the rows of the first of them."""

    def rows(self, table: Step) -> int | None:
        """How many rows a table has; None where only Spark could tell."""


@dataclass(frozen=True)
class PlannedStep:
    """What a run would do with one step."""

    step: Step
    action: str
    """As `Decision.action`, or "refused" where a person must decide first."""
    reasons: tuple[str, ...]


def plan(
    pipelines: Sequence[Pipeline], standing: Standing, models: Models, options: RunOptions
) -> list[PlannedStep]:
    """What a run of pipelines would do, in the order of their flows."""
    planner = _Planner(
        standing, models, options, [step for pipeline in pipelines for step in pipeline.steps]
    )
    planned: dict[Step, PlannedStep] = {}
    for pipeline in pipelines:
        for step in TopologicalSorter(pipeline.graph).static_order():
            planned[step] = planner.plan(step, planned)
    return [planned[step] for step in planner.steps]


@dataclass(frozen=True)
class _Planner:
    """What is known when a plan is made."""

    standing: Standing
    models: Models
    options: RunOptions
    steps: Sequence[Step]

    def plan(self, step: Step, planned: Mapping[Step, PlannedStep]) -> PlannedStep:
        """What is to be done with a step, where those before it are planned."""
        try:
            decision = self._decide(step)
        except MedleyError as error:
            return PlannedStep(step, "refused", (str(error),))
        before = [planned[read] for read in step.upstream if read in planned]
        due = [one for one in before if one.action not in {"nothing", "refused"}]
        if decision.is_due or not due:
            return PlannedStep(step, decision.action, decision.reasons)
        return PlannedStep(step, *_follow(step, due))

    def _decide(self, step: Step) -> Decision:
        if isinstance(step, Bronze):
            return decide_bronze(step, self.standing)
        tables = [read for read in step.upstream if not isinstance(read, Model)]
        versions = self.standing.versions(tables)
        if isinstance(step, Model):
            return self._decide_model(step, versions)
        assert isinstance(step, Table)  # noqa: S101  there are no other steps
        for read in step.upstream:
            if isinstance(read, Model):
                versions[read.name] = self.models.champion(read) or 0
        return decide_table(step, self.standing, versions, self.options, self.steps)

    def _decide_model(self, model: Model, versions: Mapping[str, int]) -> Decision:
        has_new_code = self.models.is_new_code(model)
        if has_new_code is None:
            return Decision("train", ("it has no champion yet",))
        old_versions, old_rows = self.models.trained_on(model)
        has_new_tables = dict(old_versions) != dict(versions)
        return decide_model(
            model,
            self.options,
            has_new_code=has_new_code,
            has_new_tables=has_new_tables,
            rows=self.models.rows(model.reads[0]) if has_new_tables else old_rows,
            trained_rows=old_rows,
        )


def _follow(step: Step, due: Sequence[PlannedStep]) -> tuple[str, tuple[str, ...]]:
    """What is to be expected of a step because of those that it reads."""
    after = f"after {', '.join(one.step.short_name for one in due)}"
    if isinstance(step, Model):
        return "train", (f"{after}, if enough rows are new",)
    if isinstance(step, Silver) and step.refresh == "new_rows":
        again = any("has changed" in reason for one in due for reason in one.reasons)
        return ("remake" if again else "add new rows"), (after,)
    return "remake", (after,)
