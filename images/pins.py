"""Prints what requirements.lock says of some packages and of all that they need.

The lock is the one list of versions and hashes; an image installs a part of it:

    python pins.py requirements.lock $(cat requirements.txt) >pins.txt
    pip install --require-hashes --requirement pins.txt

With hashes pip takes nothing that is not listed, so that a part that lacks something fails.
"""

import re
import sys
from collections.abc import Iterable
from pathlib import Path


def part_of(lock: str, wanted: Iterable[str]) -> str:
    """The entries of the wanted packages, and of those that the lock says are there for them."""
    entries = re.findall(r"^(?=\w)(?:.+\n)(?:[ \t].*\n)*", lock, re.MULTILINE)
    names = {entry: entry.partition("==")[0] for entry in entries}
    there_for = {
        entry: set(re.findall(r"^ +# +(?:via )?(\S+)", entry, re.MULTILINE)) for entry in entries
    }
    missing = set(wanted) - set(names.values())
    if missing:
        raise SystemExit(f"requirements.lock has no {', '.join(sorted(missing))}.")
    found, before = set(wanted), set()
    while found != before:
        before = set(found)
        found |= {names[entry] for entry in entries if there_for[entry] & found}
    return "".join(entry for entry in entries if names[entry] in found)


if __name__ == "__main__":
    print(part_of(Path(sys.argv[1]).read_text(encoding="utf-8"), sys.argv[2:]), end="")
