"""What every step of a run shares."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from jobs.lakehouse.declare.table import Step
from jobs.lakehouse.steps.decision import RunOptions, Standing
from jobs.lakehouse.store.lake import Lake
from model_registry import Registry


@dataclass(frozen=True)
class RunContext:
    """One run of a pipeline: the lake it works on, and what was asked of it."""

    lake: Lake
    run_id: str
    registry: Registry
    options: RunOptions = field(default_factory=RunOptions)
    steps: Sequence[Step] = ()
    """All steps that flows declare, also those that are not run."""

    @property
    def standing(self) -> Standing:
        """How the lake stands."""
        return Standing(self.lake.files, self.lake.storage)

    def for_one_step(self) -> "RunContext":
        """The same run with a session that no other step shares."""
        return replace(self, lake=self.lake.in_own_session())
