"""What has arrived in a landing folder since a bronze table last looked, told without Spark."""

import csv
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jobs.errors import SourceError
from jobs.lakehouse.declare.table import Source
from jobs.lakehouse.store.files import Files, FileState
from jobs.lakehouse.store.ledger import Ledger

_SETTLED_SECONDS = 2.0
"""A file that was changed less than this ago may still be written to."""
_BYTE_ORDER_MARKS = ("\ufeff", "\ufffd\ufffd")


@dataclass(frozen=True)
class Arrivals:
    """The files of a landing folder that are not in the table as they are."""

    new: tuple[FileState, ...] = ()
    changed: tuple[FileState, ...] = ()
    """Their names are in the table, with another content."""
    touched: tuple[FileState, ...] = ()
    """Their content is in the table; only their times are other."""
    waiting: tuple[str, ...] = ()
    """They are still being written."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """The names of files that cannot be read, and why."""

    @property
    def takable(self) -> tuple[FileState, ...]:
        """The files to take in."""
        return (*self.new, *self.changed)


def find_arrivals(files: Files, folder: str, source: Source, ledger: Ledger) -> Arrivals:
    """Compare a landing folder with what a table has taken in.

    A file is known by its name, size, time and, where one of these has changed, its content; how
    old it is says nothing.
    """
    known = ledger.files
    new, changed, touched = list[FileState](), list[FileState](), list[FileState]()
    refused: dict[str, str] = {}
    for file in files.tree(folder):
        taken = known.get(file.name)
        if taken is None:
            new.append(file)
        elif (file.size, file.modified_at_ms) != (taken.size, taken.modified_at_ms):
            digest = files.digest(f"{folder}/{file.name}") if file.size == taken.size else ""
            (touched if digest and digest == taken.digest else changed).append(file)
    waiting = _still_written(files, folder, [*new, *changed])
    for file in (*new, *changed):
        if file.name not in waiting:
            reason = refusal(files, folder, file, source)
            if reason is None and file.name in known and source.on_change == "refuse":
                reason = (
                    "it has changed since it was taken in, which its source does not allow "
                    '(on_change="refuse"); land the correction under another name'
                )
            if reason is not None:
                refused[file.name] = reason
    left = waiting | refused.keys()
    return Arrivals(
        new=tuple(file for file in new if file.name not in left),
        changed=tuple(file for file in changed if file.name not in left),
        touched=tuple(touched),
        waiting=tuple(sorted(waiting)),
        refused=refused,
    )


def _still_written(files: Files, folder: str, found: Sequence[FileState]) -> set[str]:
    """Those of the files that grow while one looks at them."""
    fresh = {
        file.name: file
        for file in found
        if abs(time.time() - file.modified_at_ms / 1000) < _SETTLED_SECONDS
    }
    if not fresh:
        return set()
    time.sleep(_SETTLED_SECONDS / 2)
    later = {file.name: file for file in files.tree(folder)}
    return {name for name, file in fresh.items() if later.get(name) != file}


def refusal(files: Files, folder: str, file: FileState, source: Source) -> str | None:
    """Why a file cannot be read, as far as its beginning tells; None when it can."""
    if file.size == 0:
        return "it is empty; expected at least a header or a document"
    try:
        header = files.first_line(f"{folder}/{file.name}", source.encoding)
    except (OSError, EOFError) as error:
        return f"it cannot be unpacked: {error}"
    if "\0" in header or header.startswith(_BYTE_ORDER_MARKS[1]):
        return (
            f"it is no {source.encoding} text, but looks like UTF-16; save it as "
            f"{source.encoding}, or declare the source's encoding"
        )
    if source.format == "json":
        return None
    try:
        names_in(header, source)
    except SourceError as error:
        return str(error)
    return None


def names_in(header: str, source: Source) -> list[str]:
    """The names in a header line, one for each column; those that are not unique get numbers.

    Raises SourceError when a declared one is missing or stands there twice.
    """
    row = next(
        csv.reader([header.removeprefix(_BYTE_ORDER_MARKS[0])], delimiter=source.delimiter), []
    )
    names = [name.strip() for name in row]
    declared = set(source.columns)
    missing = [name for name in source.columns if name not in {*names, *source.optional}]
    if missing:
        raise SourceError(
            f"it lacks {', '.join(missing)}: its header is "
            f"{header.strip()[:300] or 'a blank line'!r}; "
            f"expected {', '.join(source.columns)} with {source.delimiter!r} between them"
        )
    twice = sorted({name for name in names if names.count(name) > 1 and name in declared})
    if twice:
        raise SourceError(
            f"its header has {', '.join(twice)} more than once; expected each column once"
        )
    numbered = []
    for place, name in enumerate(names, start=1):
        is_unique = name and names.index(name) == place - 1
        numbered.append(name if is_unique else f"{name or 'column'}_{place}")
    return numbered


def refuse(refused: Mapping[str, str], folder: str, source: Source) -> SourceError:
    """The error that tells of all refused files."""
    told = "; ".join(f"{folder}/{name}: {reason}" for name, reason in sorted(refused.items()))
    count = f"{len(refused)} files of" if len(refused) > 1 else "A file of"
    return SourceError(
        f"{count} '{source.name}' cannot be taken in: {told}. What else arrived has been. Mend "
        "it under its name, take it away, or mend the source in flow.py if it has changed for "
        "good; then run again."
    )
