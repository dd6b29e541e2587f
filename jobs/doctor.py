"""Looks at the machine as a run would find it."""

import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from urllib.parse import urlsplit

from packaging.requirements import Requirement

from jobs.errors import MedleyError
from jobs.lakehouse.declare import discovery
from jobs.lakehouse.machine.jars import JARS, cached_jars
from jobs.lakehouse.machine.java import find_java
from jobs.lakehouse.store.storage import local_path
from jobs.settings import Settings
from jobs.sources.packages import archive_path

_MIB = 1024 * 1024
_OLDEST_PYTHON, _TOO_NEW_PYTHON = (3, 11), (3, 14)
_EXTRA = {"extra": "spark"}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str
    """What was found."""
    advice: str = ""
    """What to do; empty when nothing needs doing."""


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at all that a run needs, one finding after the other.

    Nothing is downloaded and nothing raised: what is wrong is a finding with advice.
    """
    yield _python()
    yield _python_packages()
    yield _java(settings)
    yield _jars(settings)
    yield _packaged_data(settings)
    yield _disk(settings)
    yield _memory(settings)
    yield _settings(settings)
    for name, uri in (
        ("lake", settings.lake_uri),
        ("landing", settings.landing_uri),
        ("checkpoints", settings.checkpoint_uri),
    ):
        yield _writable(name, uri)


def _python() -> Finding:
    """Whether this is a Python that pyspark and medley run on."""
    ok = _OLDEST_PYTHON <= sys.version_info[:2] < _TOO_NEW_PYTHON
    return Finding(
        "Python",
        ok,
        f"{platform.python_version()} at {sys.executable}",
        "" if ok else "Use Python 3.11 to 3.13: `make setup PYTHON=/path/to/python3`.",
    )


def _python_packages() -> Finding:
    """Whether the packages of the extra `spark` are installed in the versions declared."""
    name = "Python packages"
    try:
        declared = [Requirement(line) for line in requires("medley") or ()]
    except PackageNotFoundError:
        return Finding(name, ok=False, detail="medley is not installed", advice="Run `make setup`.")
    wanted = [item for item in declared if not item.marker or item.marker.evaluate(_EXTRA)]
    wrong = [text for item in wanted if (text := _discrepancy(item))]
    if wrong:
        return Finding(name, ok=False, detail="; ".join(wrong), advice="Run `make setup`.")
    return Finding(name, ok=True, detail=f"{len(wanted)} in the versions that work together")


def _discrepancy(requirement: Requirement) -> str:
    """How the installed package differs from the declared one; empty when it does not."""
    try:
        installed = version(requirement.name)
    except PackageNotFoundError:
        return f"{requirement.name} is missing"
    if requirement.specifier.contains(installed, prereleases=True):
        return ""
    return f"{requirement.name} is {installed}, expected {requirement.specifier}"


def _java(settings: Settings) -> Finding:
    """Whether there is a Java for Spark."""
    try:
        return Finding("Java", ok=True, detail=str(find_java(settings)))
    except MedleyError as error:
        return Finding("Java", ok=False, detail=str(error), advice="Install Java 17 or newer.")


def _jars(settings: Settings) -> Finding:
    """Whether the JVM libraries are here; the first run fetches them, so both are well."""
    jars = cached_jars(settings)
    if jars is None:
        return Finding(
            "JVM libraries",
            ok=True,
            detail=f"{', '.join(JARS)} not downloaded yet",
            advice="The first run downloads them (13 MB); it needs the network once.",
        )
    return Finding("JVM libraries", ok=True, detail=f"{len(jars)} jars in {jars[0].parent}")


def _packaged_data(settings: Settings) -> Finding:
    """Whether the data packages are here; the first run fetches them, so both are well."""
    name = "packaged data"
    try:
        sources = [source for flow in discovery.pipelines().values() for source in flow.sources]
    except MedleyError as error:
        return Finding(name, ok=False, detail=str(error), advice="Correct that flow.")
    packages = {source.extract.package for source in sources if source.extract}
    absent = sorted(
        f"{package.name} {package.version}"
        for package in packages
        if not archive_path(package, settings.cache).is_file()
    )
    if absent:
        return Finding(
            name,
            ok=True,
            detail=f"not downloaded yet: {', '.join(absent)}",
            advice="The first run that needs them downloads them; it needs the network once.",
        )
    return Finding(name, ok=True, detail=f"{len(packages)} packages in {settings.cache}")


def _disk(settings: Settings) -> Finding:
    """Whether there is as much free disk as a run asks for."""
    folder = nearest_folder(settings.home)
    free = shutil.disk_usage(folder).free // _MIB
    ok = free >= settings.free_disk_mib
    return Finding(
        "disk",
        ok,
        f"{free:,} MiB free at {folder}, {settings.free_disk_mib:,} MiB needed",
        "" if ok else "Free some, or set MEDLEY_HOME to a larger disk.",
    )


def _memory(settings: Settings) -> Finding:
    """Whether Spark's heap fits into the memory that is free."""
    available = available_memory_mib()
    if available is None:
        return Finding("memory", ok=True, detail="this system does not tell how much is free")
    ok = available >= settings.spark_memory_mib
    return Finding(
        "memory",
        ok,
        f"{available:,} MiB available, {settings.spark_memory_mib:,} MiB for Spark's heap",
        "" if ok else "Close other programs, or set MEDLEY_SPARK_MEMORY_MIB lower.",
    )


def available_memory_mib(
    meminfo: Path = Path("/proc/meminfo"), limit: Path = Path("/sys/fs/cgroup/memory.max")
) -> int | None:
    """The memory that programs can still take, within the container's limit; None if unknown."""
    try:
        lines = meminfo.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    if "MemAvailable" not in fields:
        return None
    available = int(fields["MemAvailable"].split()[0]) // 1024
    try:
        return min(available, int(limit.read_text(encoding="ascii")) // _MIB)
    except (OSError, ValueError):
        # No cgroup, or its limit is the word `max`.
        return available


def _settings(settings: Settings) -> Finding:
    """Where everything is kept."""
    registry = settings.tracking_uri
    credentials = urlsplit(registry).netloc.rpartition("@")[0]
    shown = registry.replace(f"{credentials}@", "***@") if credentials else registry
    return Finding(
        "settings",
        ok=True,
        detail=f"home {settings.home}, cache {settings.cache}, lake {settings.lake_uri}, "
        f"registry {shown}, Spark {settings.spark_master}",
    )


def _writable(name: str, uri: str) -> Finding:
    """Whether files can be made at a place of this machine; other places are not tried."""
    if urlsplit(uri).scheme not in {"", "file"}:
        return Finding(name, ok=True, detail=f"{uri} (not on this machine, so not tried)")
    folder = nearest_folder(local_path(uri))
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Finding(
            name,
            ok=False,
            detail=f"cannot write to {folder}: {error.strerror}",
            advice=f"Allow it, or set MEDLEY_{name.upper()} to a folder of yours.",
        )
    return Finding(name, ok=True, detail=f"{uri} is writable")


def nearest_folder(path: Path) -> Path:
    """The folder itself, or the nearest one above it that exists."""
    return next(folder for folder in (path, *path.parents) if folder.is_dir())
