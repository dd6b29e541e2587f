"""The JVM libraries that Spark needs beside its own, fetched once for all lakes of a user."""

import hashlib
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from jobs.errors import SetupError
from jobs.lakehouse.store.scratch import scratch
from jobs.settings import Settings

# The one list of JVM dependencies. Delta's artifact names the Spark and Scala it is made for.
JARS = ("io.delta:delta-spark_4.2_2.13:4.4.0",)

# What these libraries depend on is on pyspark's own class path, in versions that fit each other.
# A second copy would be 74 MB of older ones.
SHIPPED_WITH_SPARK = (
    "com.*:*",
    "commons-*:*",
    "io.airlift:*",
    "jakarta.*:*",
    "javax.*:*",
    "org.*:*",
)

_MANIFEST = "manifest.json"
_TIMEOUT_SECONDS = 15 * 60
_REASONS = {
    r"SSLHandshake|PKIX|CertPath": (
        "the repository's certificate is not trusted; behind a proxy that has its own, add that "
        "to Java's trust store"
    ),
    r"Host \S+ not found|ConnectException|NoRouteToHost|SocketTimeout|Connection (refused|reset)": (
        "the repository cannot be reached; connect this machine to the network and try again"
    ),
    r"not found|unresolved dependency": (
        "the repository does not have them; check the versions, and that "
        "DEFAULT_ARTIFACT_REPOSITORY, if set, names a full mirror"
    ),
}


def ensure_jars(settings: Settings, java_home: Path, packages: Sequence[str] = JARS) -> list[Path]:
    """The jars of packages and of all that they need beside Spark's own, on this machine.

    The first call downloads them through Spark's own Ivy into `settings.cache`; later ones start
    no process. A cache with a missing or truncated jar is made anew.

    Raises SetupError when they cannot be downloaded; Ivy's log is kept in the cache.
    """
    jars = cached_jars(settings, packages)
    if jars is None:
        _resolve(settings, java_home, packages)
        jars = cached_jars(settings, packages)
    if jars is None:
        raise SetupError(
            f"The jars in {_folder(settings, packages)} are not as they were downloaded a moment "
            "ago. Check the disk, delete the folder and try again."
        )
    return jars


def cached_jars(settings: Settings, packages: Sequence[str] = JARS) -> list[Path] | None:
    """The jars if all are in the cache in their full size, else None."""
    folder = _folder(settings, packages)
    try:
        manifest = json.loads((folder / _MANIFEST).read_bytes())
        sizes = {folder / entry["name"]: entry["size"] for entry in manifest["jars"]}
        whole = all(jar.stat().st_size == size for jar, size in sizes.items())
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return list(sizes) if whole else None


def _folder(settings: Settings, packages: Sequence[str]) -> Path:
    """Where the jars of just this list are kept, so that another version has its own."""
    key = hashlib.sha256("\n".join((*packages, *SHIPPED_WITH_SPARK)).encode()).hexdigest()[:12]
    return settings.cache / "jars" / key


def _resolve(settings: Settings, java_home: Path, packages: Sequence[str]) -> None:
    """Download into a scratch folder and rename it into place; raises SetupError."""
    target = _folder(settings, packages)
    with scratch(target.parent) as folder:
        _run_ivy(folder, java_home, packages, log=target.parent / "ivy.log")
        jars = folder / "jars"
        _write_manifest(jars, packages)
        # Another process may have been faster, and its Spark may have opened its jars already.
        if cached_jars(settings, packages) is None:
            shutil.rmtree(target, ignore_errors=True)
            jars.rename(target)


def _run_ivy(folder: Path, java_home: Path, packages: Sequence[str], log: Path) -> None:
    """Let Spark's own Ivy put the jars into `folder/jars`; raises SetupError."""
    script = folder / "nothing.py"
    script.touch()
    home = spark_home()
    command: list[str | Path] = [
        "env",
        f"SPARK_HOME={home}",
        f"JAVA_HOME={java_home}",
        f"PYSPARK_PYTHON={sys.executable}",
        f"PYSPARK_DRIVER_PYTHON={sys.executable}",
        home / "bin" / "spark-submit",
        "--master=local[1]",
        f"--packages={','.join(packages)}",
        f"--exclude-packages={','.join(SHIPPED_WITH_SPARK)}",
        f"--conf=spark.jars.ivy={folder}",
        script,
    ]
    with log.open("wb") as output:
        try:
            subprocess.run(  # noqa: S603 - nothing in the command comes from outside
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=_TIMEOUT_SECONDS,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise _download_error(log, error, packages) from error


def spark_home() -> Path:
    """The folder of the installed pyspark; raises SetupError without one."""
    found = importlib.util.find_spec("pyspark")
    if found is None or found.origin is None:
        raise SetupError(
            f"The Python package pyspark is not installed for {sys.executable}. Run `make setup`, "
            "or install medley with its extra `spark`."
        )
    return Path(found.origin).parent


def _download_error(log: Path, error: Exception, packages: Sequence[str]) -> SetupError:
    """One line out of Ivy's pages: what could not be had, why, and what to do."""
    output = log.read_text(encoding="utf-8", errors="replace")
    if isinstance(error, subprocess.TimeoutExpired):
        reason = f"not finished after {_TIMEOUT_SECONDS // 60} minutes; try again"
    else:
        known = (text for pattern, text in _REASONS.items() if re.search(pattern, output))
        reason = next(known, "spark-submit failed")
    return SetupError(
        f"The JVM libraries {', '.join(packages)} could not be downloaded: {reason}. "
        f"Ivy's log is {log}."
    )


def _write_manifest(folder: Path, packages: Sequence[str]) -> None:
    """Record each jar with its size and hash, so that damage shows; raises SetupError if none."""
    jars = sorted(folder.glob("*.jar"))
    if not jars:
        raise SetupError(f"Ivy ended well and left no jar of {', '.join(packages)} in {folder}.")
    entries = [
        {
            "name": jar.name,
            "size": jar.stat().st_size,
            "sha256": hashlib.sha256(jar.read_bytes()).hexdigest(),
        }
        for jar in jars
    ]
    text = json.dumps({"packages": packages, "jars": entries}, indent=2)
    (folder / _MANIFEST).write_text(text + "\n", encoding="utf-8")
