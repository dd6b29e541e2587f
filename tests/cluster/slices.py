"""Small slices of the real data: some users with all their ratings, every eighth film's pages."""

from collections.abc import Callable
from pathlib import Path

_EVERY = 8


def cut(whole: Path, into: Path, users: range, name: str) -> list[Path]:
    """Write a slice of the landed files of `movies` into its landing folders.

    Args:
        whole: The folders of all data.
        into: The folders to write to.
        users: The numbers of the users whose ratings are in it.
        name: What the new files are called; titles, films and users come with the first slice.

    Returns the files that it wrote.
    """
    wanted = {f"1m_{number}" for number in users}
    written = [_copy(whole, into, "ratings", name, lambda _, line: _first(line) in wanted)]
    if not (into / "users").exists():
        written += [
            _copy(whole, into, "users", name, _all),
            _copy(whole, into, "movie_titles", name, _all),
            _copy(whole, into, "film_metadata", name, lambda place, _: place % _EVERY == 0),
            _copy(whole, into, "tmdb_documents", name, lambda place, _: place % _EVERY == 0),
        ]
    return written


def _copy(
    whole: Path, into: Path, source: str, name: str, keep: Callable[[int, str], bool]
) -> Path:
    """Copy the header of a source's one file, if it has one, and the lines that are kept."""
    (found,) = (whole / source).iterdir()
    target = into / source / (found.name if name == "first" else f"{name}{found.suffix}")
    target.parent.mkdir(parents=True, exist_ok=True)
    has_header = found.suffix != ".jsonl"
    with (
        found.open(encoding="utf-8", newline="") as lines,
        target.open("w", encoding="utf-8", newline="") as kept,
    ):
        kept.writelines(
            line
            for place, line in enumerate(lines)
            if (has_header and place == 0) or keep(place, line)
        )
    return target


def _all(_place: int, _line: str) -> bool:
    return True


def _first(line: str) -> str:
    return line.split("\t", 1)[0]
