"""What every step of a run shares."""

from dataclasses import dataclass
from datetime import date

from jobs.lakehouse.store.lake import Lake
from model_registry import Registry


@dataclass(frozen=True)
class RunContext:
    """One run of a pipeline: the lake it works on, and what was asked of it."""

    lake: Lake
    run_id: str
    registry: Registry
    since: date | None = None
    """Rows taken in since this day are made again."""
    full_refresh: bool = False
    """Silver and all that follows is rebuilt from bronze."""
