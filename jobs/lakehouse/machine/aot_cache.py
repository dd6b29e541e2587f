"""What Java learns in one run, kept for later ones: classes parsed, and which methods are hot.

Java calls it an AOT cache (JEP 483, 514 and 515); from version 25 on it can write one. Sessions
that have it start sooner, and optimise from the first second what is worth it. Java itself does
without a cache that is not of its version or class path.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from jobs.lakehouse.machine.jars import ensure_jars, spark_home
from jobs.lakehouse.machine.java import find_java
from jobs.lakehouse.store.scratch import scratch
from jobs.settings import Settings

_KEPT = 3
"""Environments, such as other checkouts, whose caches are kept: each has some 300 MB."""
_OLDEST_JAVA = 25
# Of the cache Java has thousands of warnings that help nobody.
_QUIET = "-Xlog:aot*=error:stderr"


def cache_file(settings: Settings, java_home: Path, jars: list[Path]) -> Path:
    """Where the cache of an environment is, if one has been written.

    Args:
        settings: Where caches are.
        java_home: The Java that is started.
        jars: What stands on the class path beside Spark's own jars.
    """
    paths = [java_home / "release", spark_home() / "jars", *jars]
    stamps = [f"{path} {path.stat().st_mtime_ns}" for path in paths if path.exists()]
    digest = hashlib.sha256("\n".join(stamps).encode()).hexdigest()[:12]
    return settings.cache / "aot" / f"{digest}.aot"


def cache_file_here(settings: Settings) -> Path:
    """Where the cache is for a session with these settings; raises SetupError as sessions do."""
    java_home = find_java(settings)
    return cache_file(settings, java_home, ensure_jars(settings, java_home))


def options(settings: Settings, java_home: Path, jars: list[Path]) -> str:
    """Java's options for a session that uses the cache of its environment, if there is one."""
    file = cache_file(settings, java_home, jars)
    return f"{_QUIET} -XX:AOTCache={file}" if file.is_file() else ""


def jvm_log(settings: Settings) -> Path:
    """Where a lake's JVMs write their messages: it is there once one has run."""
    return settings.home / "logs" / "jvm.log"


@contextmanager
def learning(settings: Settings, tell: Callable[[str], None]) -> Iterator[Settings]:
    """Settings for the run of a new lake; what its JVM has learnt is kept when the block ends.

    Only such a run has everything to make. Nothing is learnt if a cache is there already.

    Args:
        settings: Those of the run.
        tell: Told why it takes longer.
    """
    # Where spark-submit started this program, the JVM runs already.
    if settings.spark_master is None or jvm_log(settings).is_file():
        yield settings
        return
    java_home = find_java(settings)
    file = cache_file(settings, java_home, ensure_jars(settings, java_home))
    if file.is_file() or not _writes_caches(java_home):
        yield settings
        return
    with scratch(file.parent) as folder:
        draft = folder / file.name
        asked = f"{_QUIET} -XX:AOTCacheOutput={draft}"
        yield replace(settings, java_options=f"{settings.java_options} {asked}")
        if jvm_log(settings).is_file():
            tell("Java keeps what it has learnt, for later runs (half a minute, once) …")
            _end_java()
        if draft.is_file():
            draft.replace(file)
    by_age = sorted(file.parent.glob("*.aot"), key=lambda other: other.stat().st_mtime)
    for old in by_age[:-_KEPT]:
        old.unlink(missing_ok=True)


def _writes_caches(java_home: Path) -> bool:
    """Whether a Java is new enough: older ones do not start with an option that they don't know."""
    release = java_home / "release"
    said = release.read_text(encoding="utf-8") if release.is_file() else ""
    version = re.search(r'^JAVA_VERSION="(\d+)', said, re.MULTILINE)
    return version is not None and int(version[1]) >= _OLDEST_JAVA


def _end_java() -> None:
    """Let the JVM of a stopped session end, and wait for it: it writes the cache last of all."""
    # Spark takes seconds to import, and has been by then.
    from pyspark import SparkContext  # noqa: PLC0415

    gateway = SparkContext._gateway  # noqa: SLF001  pyspark has no public way to its JVM
    if gateway is not None:
        gateway.shutdown()
        # The JVM ends with its standard input.
        gateway.proc.communicate()
        SparkContext._gateway = SparkContext._jvm = None  # noqa: SLF001  the next one starts anew
