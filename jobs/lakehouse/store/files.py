"""Files on any store that a lake lies on: this machine's disk, HDFS, S3."""

import gzip
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from jobs.lakehouse.store.storage import is_local, local_path

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from jobs.lakehouse.store.hadoop_files import HadoopFiles

_LONGEST_LINE = 64 * 1024 * 1024


@dataclass(frozen=True)
class FileState:
    """A file as a listing shows it."""

    name: str
    """The path below the folder that was listed, with `/` between its parts."""
    size: int
    modified_at_ms: int


@dataclass(frozen=True)
class Files:
    """What Spark's own API cannot do; a disk is read without Spark, other stores by Hadoop."""

    spark: "SparkSession | None" = None

    def exists(self, uri: str) -> bool:
        """Whether there is a file or folder."""
        return local_path(uri).exists() if is_local(uri) else self._hadoop.exists(uri)

    def delete(self, uri: str) -> None:
        """Remove a file, or a folder with all that is in it, if it is there."""
        if not is_local(uri):
            self._hadoop.delete(uri)
        elif local_path(uri).is_dir():
            shutil.rmtree(local_path(uri))
        else:
            local_path(uri).unlink(missing_ok=True)

    def make_folder(self, uri: str) -> None:
        """Make a folder and those above it, if they are not there."""
        if is_local(uri):
            local_path(uri).mkdir(parents=True, exist_ok=True)
        else:
            self._hadoop.make_folder(uri)

    def names(self, folder: str) -> list[str]:
        """The names of the files of a folder; none when there is no such folder."""
        if not is_local(folder):
            return self._hadoop.names(folder)
        path = local_path(folder)
        return [found.name for found in path.iterdir() if found.is_file()] if path.is_dir() else []

    def tree(self, folder: str) -> list[FileState]:
        """All files below a folder, but for those that Spark ignores, in the order of their names.

        Hidden ones, and those in hidden folders, are none: their names begin with . or _.
        """
        found = _local_tree(local_path(folder)) if is_local(folder) else self._hadoop.tree(folder)
        return sorted(
            (file for file in found if not _is_hidden(file.name)), key=lambda file: file.name
        )

    def usage(self, folder: str) -> tuple[int, int]:
        """How many files lie in a folder and below it, and their bytes in all."""
        if not is_local(folder):
            return self._hadoop.usage(folder)
        sizes = [file.size for file in _local_tree(local_path(folder))]
        return len(sizes), sum(sizes)

    def first_line(self, uri: str, encoding: str = "utf-8") -> str:
        """The first line of a text file, unpacked if its name ends in .gz."""
        if not is_local(uri):
            return self._hadoop.first_line(uri, encoding)
        path = local_path(uri)
        opening = gzip.open if path.suffix == ".gz" else open
        with opening(path, "rb") as stream:
            return _decoded_line(stream, encoding)

    def write_text(self, uri: str, text: str) -> None:
        """Put a text into a file, in place of what is in it."""
        if not is_local(uri):
            self._hadoop.write_text(uri, text)
            return
        path = local_path(uri)
        draft = path.with_name(f"{path.name}.draft")
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)

    def digest(self, uri: str) -> str:
        """A text that differs when the content does; empty where only reading it all would tell."""
        if not is_local(uri):
            return self._hadoop.digest(uri)
        with local_path(uri).open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=12)).hexdigest()

    def held(self, uri: str) -> AbstractContextManager[None]:
        """Hold a file of HDFS open for appending, which one program at a time can.

        Raises BlockingIOError while another one holds it. The NameNode lets go of it a minute
        after a holder was killed.
        """
        return self._hadoop.held(uri)

    @property
    def _hadoop(self) -> "HadoopFiles":
        # pyspark is imported where something lies elsewhere than on this disk.
        from jobs.lakehouse.store.hadoop_files import HadoopFiles  # noqa: PLC0415

        assert self.spark is not None  # noqa: S101  whoever looks elsewhere has started Spark
        return HadoopFiles(self.spark)


def _local_tree(folder: Path) -> Iterator[FileState]:
    for path in folder.rglob("*"):
        if path.is_file():
            found = path.stat()
            name = path.relative_to(folder).as_posix()
            yield FileState(name, found.st_size, found.st_mtime_ns // 1_000_000)


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "_")) for part in name.split("/"))


def _decoded_line(stream: BinaryIO | gzip.GzipFile, encoding: str) -> str:
    read = stream.readline if "16" not in encoding else stream.read
    # A line that ends later is no header, and no commit either.
    text = read(_LONGEST_LINE).decode(encoding, errors="replace")
    return text.partition("\n")[0].removesuffix("\r")
