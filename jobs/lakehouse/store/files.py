"""Files on any store that Spark reads: this machine's disk, HDFS, S3."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from py4j.java_gateway import JavaClass, JavaObject
from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession


@dataclass(frozen=True)
class Files:
    """Hadoop's file systems, for the few things that Spark's own API cannot do."""

    spark: SparkSession

    def exists(self, uri: str) -> bool:
        """Whether there is a file or folder."""
        path, store = self._open(uri)
        return bool(store.exists(path))

    def delete(self, uri: str) -> None:
        """Remove a folder with all that is in it, if it is there."""
        path, store = self._open(uri)
        store.delete(path, True)  # noqa: FBT003  Java knows no keyword arguments

    def make_folder(self, uri: str) -> None:
        """Make a folder and those above it, if they are not there."""
        path, store = self._open(uri)
        store.mkdirs(path)

    def sizes(self, folder: str) -> Iterator[tuple[str, int]]:
        """The paths and sizes in bytes of a folder's files, but for those that Spark ignores."""
        path, store = self._open(folder)
        for status in store.listStatus(path):
            if status.isFile() and not status.getPath().getName().startswith((".", "_")):
                yield status.getPath().toString(), status.getLen()

    def usage(self, folder: str) -> tuple[int, int]:
        """How many files lie in a folder and below it, and their bytes in all."""
        path, store = self._open(folder)
        found = store.getContentSummary(path)
        return found.getFileCount(), found.getLength()

    def first_line(self, file: str) -> str:
        """The first line of a UTF-8 text file."""
        path, store = self._open(file)
        stream = store.open(path)
        try:
            reader = self._class("java.io.InputStreamReader")(stream, "UTF-8")
            return str(self._class("java.io.BufferedReader")(reader).readLine() or "")
        finally:
            stream.close()

    def write_line(self, file: str, line: str) -> None:
        """Put one line into a file, in place of what is in it."""
        path, store = self._open(file)
        stream = store.create(path, True)  # noqa: FBT003  as above
        try:
            stream.write(f"{line}\n".encode())
        finally:
            stream.close()

    @contextmanager
    def held(self, file: str) -> Iterator[None]:
        """Hold a file of HDFS open for appending, which one program at a time can.

        Raises BlockingIOError while another one holds it. The NameNode lets go of it a minute
        after a holder was killed.
        """
        path, store = self._open(file)
        if not store.exists(path):
            store.create(path, False).close()  # noqa: FBT003  as above: do not overwrite
        try:
            stream = store.append(path)
        except Py4JJavaError as error:
            if re.search(r"AlreadyBeingCreated|RecoveryInProgress", str(error)):
                raise BlockingIOError(file) from error
            raise
        try:
            yield
        finally:
            # Where the NameNode is gone, another error tells of it, and the hold is gone too.
            with suppress(Py4JJavaError):
                stream.close()

    def _open(self, uri: str) -> tuple[JavaObject, JavaObject]:
        """A path and its store."""
        path = self._class("org.apache.hadoop.fs.Path")(uri)
        configuration = self.spark.sparkContext._jsc.hadoopConfiguration()  # noqa: SLF001  no public way
        return path, path.getFileSystem(configuration)

    def _class(self, name: str) -> JavaClass:
        """A Java class by its whole name.

        Dot by dot Java would look for a class `org`, then `org.apache`, in every jar.
        """
        found = getattr(self.spark.sparkContext._jvm, name)  # noqa: SLF001  as above
        assert isinstance(found, JavaClass)  # noqa: S101  a package would bear another name
        return found
