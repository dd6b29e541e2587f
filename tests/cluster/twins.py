"""Lakes on this machine that took in what the cluster's did: what both must hold is the same.

A twin is made once for each state of the code and each history of deliveries, and kept.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from jobs.lakehouse.store.storage import local_path
from jobs.settings import Settings
from tests.conftest import environment_of

KEPT = 12
"""So many twins stay, those that were used last: two states of the code, with all of e2e."""

Digests = Mapping[str, str]
"""Files, by their paths below the landing zone, each with a hash of what it holds."""
Fetch = Callable[[str, Path], object]
"""Writes the file of that path below the landing zone to a place on this disk."""


class Twin:
    """A pipeline's lake on this machine, beside the cluster's.

    Args:
        made_by: A hash of whatever makes the tables but for the files.
        cache: The folder of all twins.
        scratch: An empty folder, for the lake while it is made.
        run: Brings the pipeline up to date in the lake that it is given.
    """

    def __init__(
        self, made_by: str, cache: Path, scratch: Path, run: Callable[[Settings], object]
    ) -> None:
        self._made_by = made_by
        self._cache = cache
        self._scratch = Settings.from_environment(environment_of(scratch))
        self._run = run
        self._deliveries: list[tuple[Digests, Fetch]] = []
        self._taken_in = 0

    @property
    def settings(self) -> Settings:
        """The lake, to be read only, once it has caught up."""
        return Settings.from_environment(environment_of(self._kept))

    def give(self, files: Digests, fetch: Fetch) -> None:
        """Deliver files; those that it has been given before do not count.

        The first delivery may be empty: packaged data comes with the run.
        """
        known = {name for delivery, _ in self._deliveries for name in delivery}
        new = {name: digest for name, digest in files.items() if name not in known}
        if new or not self._deliveries:
            self._deliveries.append((new, fetch))

    @contextmanager
    def catching_up(self) -> Iterator[None]:
        """Take in meanwhile what was delivered, a run for each delivery, if no such lake is kept.

        It runs in this process: all runs share one warm JVM.
        """
        with ThreadPoolExecutor() as pool:
            made = pool.submit(self._catch_up)
            yield
            made.result()

    def _catch_up(self) -> None:
        if not self._kept.exists():
            for delivery in self._deliveries[self._taken_in :]:
                self._take_in(*delivery)
            self._keep()
        os.utime(self._kept)
        _forget_old(self._cache)

    def _take_in(self, files: Digests, fetch: Fetch) -> None:
        landing = local_path(self._scratch.landing_uri)
        for name in files:
            (landing / name).parent.mkdir(parents=True, exist_ok=True)
            fetch(name, landing / name)
        self._run(self._scratch)
        self._taken_in += 1

    def _keep(self) -> None:
        """Copy the tables into the cache, where a part of them never bears a twin's name."""
        self._cache.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=self._cache, prefix="unfinished-"))
        copied = local_path(Settings.from_environment(environment_of(unfinished)).lake_uri)
        shutil.copytree(local_path(self._scratch.lake_uri), copied)
        unfinished.rename(self._kept)

    @property
    def _kept(self) -> Path:
        """Where the lake is that has taken in all deliveries, in this order."""
        parts = [self._made_by, *(repr(sorted(files.items())) for files, _ in self._deliveries)]
        return self._cache / hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def digest_of(paths: Iterable[Path]) -> str:
    """A hash of files, and of all files in folders, with their names; bytecode does not count."""
    digest = hashlib.sha256()
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                name = file.relative_to(path.parent).as_posix()
                content = hashlib.sha256(file.read_bytes()).hexdigest()
                digest.update(f"{name} {content}\n".encode())
    return digest.hexdigest()


def _forget_old(cache: Path) -> None:
    """Delete all but those used last; what a killed process left unfinished goes in its turn."""
    by_age = sorted(cache.iterdir(), key=lambda twin: twin.stat().st_mtime, reverse=True)
    for twin in by_age[KEPT:]:
        shutil.rmtree(twin, ignore_errors=True)
