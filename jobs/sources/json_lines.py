"""Writes JSON Lines: one document on each line, the same bytes for the same documents."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path


def write(documents: Iterable[Mapping[str, object]], target: Path) -> None:
    """Write the documents in their order, and their fields in theirs."""
    with target.open("w", encoding="utf-8", newline="\n") as file:
        for document in documents:
            json.dump(document, file, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
            file.write("\n")
