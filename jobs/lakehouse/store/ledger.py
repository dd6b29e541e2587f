"""Which files a bronze table holds, in which delivery, and what was decided about them.

It rides in the memos of the table's own commits, so that rows and ledger are written together, and
whoever removes, moves or restores the table does it to both. A copy beside the rows saves reading
all commits.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from jobs.lakehouse.store import commits
from jobs.lakehouse.store.commits import Commit
from jobs.lakehouse.store.files import Files

_COPY = "_medley_ledger.json"
"""In the table's folder, where Delta ignores it for its first letter."""
DROPPED = -1
"""The newest delivery of a file whose rows do not count."""

Verdict = Literal["accept", "drop"]


@dataclass(frozen=True)
class Delivery:
    """A file as it was when it was taken in."""

    size: int
    modified_at_ms: int
    digest: str
    number: int
    """Of the batch that it came in; later batches have greater ones."""
    verdict: str = ""
    """accept or drop, once a person has decided."""


@dataclass(frozen=True)
class Event:
    """A batch of files, or a decision about one."""

    id: str
    """The commit's own `write_id`, which no other table or try shares."""
    number: int
    """How many events there are up to this one, which is also its rows' `_delivery`."""
    at: str
    """ISO 8601, UTC."""
    files: Mapping[str, Delivery] = field(default_factory=dict)
    documents: int | None = None
    """The number of the last document that was taken out of a store."""

    def as_memo(self) -> dict[str, Any]:
        """What a commit's memo says of it."""
        return asdict(self)


@dataclass(frozen=True)
class Ledger:
    """All that a bronze table has taken in."""

    events: tuple[Event, ...] = ()
    """The oldest first."""

    @property
    def files(self) -> dict[str, Delivery]:
        """The newest delivery of each file."""
        newest: dict[str, Delivery] = {}
        for event in self.events:
            newest |= event.files
        return newest

    @property
    def replaced(self) -> dict[str, int]:
        """The delivery that alone counts, for each file of which another one does not."""
        seen: dict[str, set[int]] = {}
        for event in self.events:
            for name, delivery in event.files.items():
                seen.setdefault(name, set()).add(delivery.number)
        counting = {
            name: DROPPED if delivery.verdict == "drop" else delivery.number
            for name, delivery in self.files.items()
        }
        return {
            name: counting[name] for name, numbers in seen.items() if numbers != {counting[name]}
        }

    @property
    def accepted(self) -> list[str]:
        """The files whose newest delivery a person has accepted as it is."""
        return [name for name, delivery in self.files.items() if delivery.verdict == "accept"]

    @property
    def last_number(self) -> int:
        """The number of the newest event; 0 before the first."""
        return self.events[-1].number if self.events else 0

    @property
    def documents(self) -> int:
        """The number of the last document taken out of a store; 0 before the first."""
        return max((event.documents or 0 for event in self.events), default=0)

    @property
    def mark(self) -> str:
        """A name for how far the table has come."""
        return f"{self.events[-1].number}:{self.events[-1].id}" if self.events else ""

    def with_event(self, event: Event) -> "Ledger":
        """The ledger after one more event."""
        return Ledger((*self.events, event))

    def since(self, mark: str) -> tuple[Event, ...] | None:
        """The events after a mark; None when the table has been made anew or restored since."""
        if not mark:
            return self.events
        for place, event in enumerate(self.events, start=1):
            if mark == f"{event.number}:{event.id}":
                return self.events[place:]
        return None

    def changed_by(self, events: Iterable[Event]) -> list[str]:
        """The files of some events of which rows came in before these, and count no more."""
        events = tuple(events)
        first = min((event.number for event in events), default=0)
        earlier = {name for e in self.events if e.number < first for name in e.files}
        named = {name for event in events for name in event.files}
        return sorted(
            name
            for name in earlier & named
            if name in self.replaced and self.replaced[name] not in range(first)
        )

    def decide(self, name: str, verdict: Verdict, event_id: str, at: str) -> Event:
        """The event by which a person decides about a file."""
        decided = replace(self.files[name], verdict=verdict)
        return Event(event_id, self.last_number + 1, at, {name: decided})


def read_ledger(files: Files, table: str) -> Ledger:
    """The ledger of the bronze table at a location; an empty one when there is no table."""
    copied_version, copy = _read_copy(files, table)
    newer: list[Event] = []
    for commit in commits.commits(files, table):
        if commit.version <= copied_version:
            if copy.events[-1].id == commit.memo.write_id:
                return Ledger((*copy.events, *reversed(newer)))
            copied_version = -1
        newer.extend(_events_of(commit))
    # Delta's upkeep may have removed the commits that the copy tells of.
    older = copy.events if copied_version >= 0 else ()
    return Ledger((*older, *reversed(newer)))


def write_copy(files: Files, table: str, version: int, ledger: Ledger) -> None:
    """Keep a copy of the ledger as it is at a version of the table."""
    events = [asdict(event) for event in ledger.events]
    files.write_text(f"{table}/{_COPY}", json.dumps({"version": version, "events": events}))


def _events_of(commit: Commit) -> Iterator[Event]:
    if commit.memo.deliveries:
        yield _event(commit.memo.deliveries)


def _event(noted: Mapping[str, Any]) -> Event:
    files = {name: Delivery(**delivery) for name, delivery in noted.get("files", {}).items()}
    return Event(**{**noted, "files": files})


def _read_copy(files: Files, table: str) -> tuple[int, Ledger]:
    """The copy with its version; -1 for one that is missing, empty or damaged."""
    path = f"{table}/{_COPY}"
    if not files.exists(path):
        return -1, Ledger()
    try:
        found = json.loads(files.first_line(path))
        ledger = Ledger(tuple(map(_event, found["events"])))
        return (int(found["version"]) if ledger.events else -1), ledger
    except (ValueError, KeyError, TypeError):
        return -1, Ledger()
