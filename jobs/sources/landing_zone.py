"""The landing zone: a folder for each source, on this machine's disk or on an S3 store."""

from collections.abc import Callable, Sequence
from pathlib import Path

from jobs.errors import SettingError
from jobs.lakehouse.declare.origin import Crawler
from jobs.lakehouse.declare.table import Source
from jobs.lakehouse.store.storage import Storage, is_local, local_path
from jobs.settings import Settings
from jobs.sources.entry_points import load_function
from jobs.sources.landing import land
from jobs.sources.packages import Progress

Crawl = Callable[[str, Settings, Progress], None]
"""Lands what is new of a pipeline's crawled sources."""


def is_due(source: Source, settings: Settings) -> bool:
    """Whether a run on this machine has to bring a source's data before it reads it.

    Raises SettingError when a crawler has only a part of what it needs.
    """
    folder = Storage.of(settings).landing(source)
    if not is_local(folder):
        return False
    if _crawler(source, settings) is not None:
        return True
    return (
        source.extract is not None and not (local_path(folder) / source.extract.landed_as).exists()
    )


def bring_all(sources: Sequence[Source], settings: Settings, progress: Progress) -> None:
    """Bring the sources' data: what crawlers find, each going once, else what is packaged.

    Raises SourceError when the data or the store cannot be had, SettingError for settings that
    cannot be used.
    """
    crawls = {
        (source.name.partition(".")[0], crawler): None
        for source in sources
        if (crawler := _crawler(source, settings))
    }
    for pipeline, crawler in crawls:
        crawl: Crawl = load_function(
            crawler.function, "crawler", "a pipeline's name, the settings and whom to tell"
        )
        crawl(pipeline, settings, progress)
    for source in sources:
        if _crawler(source, settings) is None:
            bring(source, settings, progress)


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


def _crawler(source: Source, settings: Settings) -> Crawler | None:
    """The source's crawler, if it has what it needs; raises SettingError when it has a part."""
    if source.crawler is None:
        return None
    missing = [name for name in source.crawler.needs if name not in settings.of_sources]
    if missing and len(missing) < len(source.crawler.needs):
        raise SettingError(
            f"{', '.join(missing)} is not set, but others that '{source.name}' needs to be crawled "
            f"are: {', '.join(source.crawler.needs)}. Set all of them, or none for packaged data."
        )
    return None if missing else source.crawler
