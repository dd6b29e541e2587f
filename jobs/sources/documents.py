"""Puts crawled documents where bronze finds them: in whole files, or in a document store."""

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from jobs.lakehouse.store.scratch import scratch
from jobs.lakehouse.store.storage import Storage, is_local, local_path
from jobs.settings import Settings
from jobs.sources import json_lines

Documents = Sequence[Mapping[str, object]]


def put(source: str, file: str, documents: Documents, settings: Settings) -> None:
    """Put documents into the landing folder of a source, unless that file is there already.

    Args:
        source: The source's name.
        file: A name that these documents alone bear.
        documents: What the file holds, one on each line.
        settings: Where the landing zone is.

    Raises SourceError when the store refuses or does not answer, SettingError for a landing zone
    on anything but a disk or s3a:.
    """
    if settings.documents_uri is not None:
        _put_into_store(source, file, documents, settings.documents_uri)
        return
    folder = Storage.of(settings).landing_of(source)
    if is_local(folder):
        _put_file(local_path(folder) / file, documents)
        return
    # Its library takes half a second to import, which runs on one machine need not wait for.
    from jobs.sources import object_store  # noqa: PLC0415

    with scratch(settings.home / "crawls") as staging:

        def made() -> Path:
            return _written(staging / file, documents)

        object_store.put_if_absent(f"{folder}/{file}", made, settings)


def _put_into_store(source: str, batch: str, documents: Documents, uri: str) -> None:
    # Imported where there is a store: it takes a quarter of a second.
    from jobs.lakehouse.store.document_store import open_store  # noqa: PLC0415

    with open_store(uri, source) as store:
        store.append(batch, documents, landed_at=datetime.now(UTC))


def _put_file(target: Path, documents: Documents) -> None:
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    # Beside the folder, not in it: a stream that reads the folder sees the finished file only.
    with scratch(target.parent.parent) as folder:
        _written(folder / target.name, documents).rename(target)


def _written(file: Path, documents: Documents) -> Path:
    """The file, on the disk itself: what delivered it is forgotten right after."""
    json_lines.write(documents, file)
    with file.open("rb") as written:
        os.fsync(written.fileno())
    return file
