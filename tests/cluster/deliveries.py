"""What arrives on both sides: in the cluster's landing zone, and at the twin."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from minio import Minio

from tests.cluster.access import Cluster
from tests.cluster.runs import await_idle
from tests.cluster.slices import cut
from tests.cluster.twins import Twin

_ZONE = "landing"


@dataclass(frozen=True)
class Movies:
    """The pipeline movies in both lakes, and all the data of which they get slices."""

    cluster: Cluster
    twin: Twin
    whole: Path
    """The landing folders of all packaged data."""
    scratch: Path

    def deliver(self, users: range, name: str | None) -> None:
        """Land a slice, but for files that are there already; the twin is given all that is there.

        A run that is under way is waited for, as it might take in a part of the slice.

        Args:
            users: The numbers of the users whose ratings are in it.
            name: What the file of ratings is called; None for the first slice, which has the
                names of the packaged files and brings titles, films and users with it.
        """
        await_idle("movies", self.cluster)
        with self.cluster.object_store() as store:
            there = dict(_movies_in(store))
            for file in cut(self.whole, self.scratch / "movies", users, name):
                landed = file.relative_to(self.scratch).as_posix()
                if landed not in there:
                    store.fput_object(_ZONE, landed, str(file))
            self.twin.give(dict(_movies_in(store)), self._fetch)

    def _fetch(self, name: str, target: Path) -> None:
        with self.cluster.object_store() as store:
            store.fget_object(_ZONE, name, str(target))


def _movies_in(store: Minio) -> Iterator[tuple[str, str]]:
    for found in store.list_objects(_ZONE, prefix="movies/", recursive=True):
        yield str(found.object_name), str(found.etag)
