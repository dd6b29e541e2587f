"""Spark's Java classes, parsed and verified once: later JVMs map them in from an archive.

A lake's second session lets its JVM write the archive when it exits, if there is none yet; every
later one starts some four seconds sooner. The first is spared it, for it has everything to make,
and a JVM that is to write an archive is slower by a third. The JVM itself does without an archive
that is not of its version or class path.
"""

import hashlib
import os
from pathlib import Path

from jobs.lakehouse.jars import spark_home
from jobs.lakehouse.settings import Settings

_HEADER = 4
"""Bytes of the magic number. The JVM writes its header last: zeros say that it was killed."""


def jvm_log(settings: Settings) -> Path:
    """Where a lake's JVMs write their warnings: it is there once one has run."""
    return settings.home / "logs" / "jvm.log"


def class_archive_options(settings: Settings, java_home: Path, jars: list[Path]) -> str:
    """What tells the JVM to use the archive in `settings.cache`, or to write one if none is there.

    Args:
        settings: Where the cache and the lake are.
        java_home: The Java that is started.
        jars: What stands on the class path beside Spark's own jars.
    """
    folder = settings.cache / "classes"
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / f"{_key(java_home, jars)}.jsa"
    for draft in folder.glob(f"{archive.stem}-*.draft"):
        if _is_whole(draft):
            _put_in_place(draft, archive)
    if archive.is_file():
        option = f"-XX:SharedArchiveFile={archive}"
    elif jvm_log(settings).is_file():
        option = f"-XX:ArchiveClassesAtExit={archive.with_suffix('')}-{os.getpid()}.draft"
    else:
        return ""
    # By itself the JVM prints its warnings to the standard output, into what a command answers.
    return f"{option} -Xlog:disable -Xlog:all=warning:stderr"


def _key(java_home: Path, jars: list[Path]) -> str:
    """Another Java, another environment or another jar makes another key."""
    paths = [java_home / "release", spark_home() / "jars", *jars]
    stamps = [f"{path} {path.stat().st_mtime_ns}" for path in paths if path.exists()]
    return hashlib.sha256("\n".join(stamps).encode()).hexdigest()[:12]


def _is_whole(draft: Path) -> bool:
    with draft.open("rb") as file:
        return any(file.read(_HEADER))


def _put_in_place(draft: Path, archive: Path) -> None:
    """Rename it, and delete those of environments before this one: each has 170 MB."""
    for other in archive.parent.glob("*.jsa"):
        other.unlink()
    draft.replace(archive)
