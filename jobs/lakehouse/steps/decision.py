"""What a step has to do and why, and how a lake stands that this is told from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from jobs.lakehouse.declare.definition import Change
from jobs.lakehouse.declare.table import Bronze, Silver, Step
from jobs.lakehouse.steps.arrivals import Arrivals
from jobs.lakehouse.store import commits
from jobs.lakehouse.store.commits import Commit
from jobs.lakehouse.store.files import Files
from jobs.lakehouse.store.ledger import Ledger, read_ledger
from jobs.lakehouse.store.storage import Storage

Action = Literal[
    "nothing",
    "take in",
    "make",
    "remake",
    "add new rows",
    "release",
    "check references",
    "change in place",
    "train",
]


@dataclass(frozen=True)
class RunOptions:
    """What was asked of a run besides what is due by itself."""

    since: date | None = None
    """Tables with rows that were taken in since this day are made again."""
    full_refresh: bool = False
    """Silver and all that follows is made again from bronze."""
    forward_only: bool = False
    """New code is for new rows: what it would make of the old ones is left as it is."""
    release: bool = False
    """What is in quarantine is judged again."""


@dataclass(frozen=True)
class Decision:
    """What is to be done with a step."""

    action: Action
    reasons: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    """The changes of the declaration that the action brings into the table."""
    arrivals: Arrivals | None = None
    ledger: Ledger = field(default_factory=Ledger)
    """Of the bronze table that is taken in, or that new rows come from."""
    late: Mapping[str, int] = field(default_factory=dict)
    """Tables that have grown while rows waited for them, with the versions that were seen."""
    shrunk: tuple[str, ...] = ()
    """Tables that rows point to, and that may have lost some of theirs."""

    @property
    def is_due(self) -> bool:
        """Whether there is anything to do."""
        return self.action != "nothing"


@dataclass(frozen=True)
class Standing:
    """How a lake stands, read from its logs as they are asked for."""

    files: Files
    storage: Storage

    def newest(self, step: Step) -> Commit | None:
        """The newest commit of ours in a table."""
        return commits.newest_commit(self.files, self.storage.table(step))

    def versions(self, steps: Sequence[Step]) -> dict[str, int]:
        """The versions of tables, -1 for those that are not there."""
        found = {step.name: self.newest(step) for step in steps}
        return {name: commit.version if commit else -1 for name, commit in found.items()}

    def was_made_again(self, step: Step, since: int) -> bool:
        """Whether a table may have lost rows since a version of it."""
        for commit in commits.commits(self.files, self.storage.table(step)):
            if commit.version <= since:
                # After a RESTORE the newest commit that counts is an older one.
                return commit.version < since
            if commit.memo.kind == "remake" or (isinstance(step, Silver) and step.parent):
                return True
        return True

    def ledger(self, table: Bronze) -> Ledger:
        """What a bronze table has taken in."""
        return read_ledger(self.files, self.storage.table(table))
