"""Small slices of the real data: some users with all their ratings, every eighth film's pages."""

from collections.abc import Callable
from pathlib import Path

_EVERY = 8
Keep = Callable[[int, str], bool]
"""Whether a line is in the slice, by its place in the file and its text."""


def cut(whole: Path, into: Path, users: range, name: str | None) -> list[Path]:
    """Write a slice of the landed files of `movies` into its landing folders.

    Args:
        whole: The folders of all data.
        into: The folders to write to.
        users: The numbers of the users whose ratings are in it.
        name: What the file of ratings is called. The first slice, None, has the names of the
            packaged files, which then land no more, and with it come titles, films and users.

    Returns the files that it wrote: those that were not there.
    """
    wanted = {f"1m_{number}" for number in users}
    kept: dict[str, Keep] = {"ratings": lambda _, line: _first(line) in wanted}
    if name is None:
        kept |= {"users": _all, "movie_titles": _all}
        kept |= {"film_metadata": _some, "tmdb_documents": _some}
    written = []
    for source, keep in kept.items():
        (found,) = (whole / source).iterdir()
        target = into / source / (f"{name}{found.suffix}" if name else found.name)
        if not target.exists():
            _copy(found, target, keep)
            written.append(target)
    return written


def _copy(file: Path, target: Path, keep: Keep) -> None:
    """Copy a file's header, if it has one, and the lines that are kept."""
    target.parent.mkdir(parents=True, exist_ok=True)
    has_header = file.suffix != ".jsonl"
    with (
        file.open(encoding="utf-8", newline="") as lines,
        target.open("w", encoding="utf-8", newline="") as copied,
    ):
        copied.writelines(
            line
            for place, line in enumerate(lines)
            if (has_header and place == 0) or keep(place, line)
        )


def _all(_place: int, _line: str) -> bool:
    return True


def _some(place: int, _line: str) -> bool:
    return place % _EVERY == 0


def _first(line: str) -> str:
    return line.split("\t", 1)[0]
