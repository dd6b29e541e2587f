"""Files by Hadoop's file systems, for what lies elsewhere than on this machine's disk."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from py4j.java_gateway import JavaClass, JavaObject
from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from jobs.lakehouse.store.files import FileState

_CHARSETS = {"utf-16le": "UTF-16LE", "utf-16be": "UTF-16BE"}


@dataclass(frozen=True)
class HadoopFiles:
    """See `Files`, whose methods these are."""

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

    def names(self, folder: str) -> list[str]:
        """The names of the files of a folder; none when there is no such folder."""
        path, store = self._open(folder)
        if not store.exists(path):
            return []
        found = store.listStatus(path)
        return [str(status.getPath().getName()) for status in found if status.isFile()]

    def tree(self, folder: str) -> Iterator[FileState]:
        """All files below a folder."""
        path, store = self._open(folder)
        if not store.exists(path):
            return
        root = f"{store.makeQualified(path).toUri().getPath().rstrip('/')}/"
        found = store.listFiles(path, True)  # noqa: FBT003  as above: and below
        while found.hasNext():
            status = found.next()
            name = status.getPath().toUri().getPath().removeprefix(root)
            yield FileState(name, status.getLen(), status.getModificationTime())

    def usage(self, folder: str) -> tuple[int, int]:
        """How many files lie in a folder and below it, and their bytes in all."""
        path, store = self._open(folder)
        found = store.getContentSummary(path)
        return found.getFileCount(), found.getLength()

    def first_line(self, uri: str, encoding: str) -> str:
        """The first line of a text file, unpacked if its name tells how it is packed."""
        path, store = self._open(uri)
        stream = store.open(path)
        try:
            codecs = self._class("org.apache.hadoop.io.compress.CompressionCodecFactory")
            codec = codecs(self._configuration).getCodec(path)
            unpacked = codec.createInputStream(stream) if codec is not None else stream
            charset = _CHARSETS.get(encoding, encoding)
            reader = self._class("java.io.InputStreamReader")(unpacked, charset)
            return str(self._class("java.io.BufferedReader")(reader).readLine() or "")
        finally:
            stream.close()

    def write_text(self, uri: str, text: str) -> None:
        """Put a text into a file, in place of what is in it."""
        path, store = self._open(uri)
        stream = store.create(path, True)  # noqa: FBT003  as above
        try:
            stream.write(text.encode())
        finally:
            stream.close()

    def digest(self, uri: str) -> str:
        """What the store itself knows of the content; empty when it knows nothing."""
        path, store = self._open(uri)
        found = store.getFileChecksum(path)
        return str(found.toString()) if found is not None else ""

    @contextmanager
    def held(self, file: str) -> Iterator[None]:
        """Hold a file open for appending; raises BlockingIOError while another program does."""
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

    @property
    def _configuration(self) -> JavaObject:
        return self.spark.sparkContext._jsc.hadoopConfiguration()  # noqa: SLF001  no public way

    def _open(self, uri: str) -> tuple[JavaObject, JavaObject]:
        """A path and its store."""
        path = self._class("org.apache.hadoop.fs.Path")(uri)
        return path, path.getFileSystem(self._configuration)

    def _class(self, name: str) -> JavaClass:
        """A Java class by its whole name.

        Dot by dot Java would look for a class `org`, then `org.apache`, in every jar.
        """
        found = getattr(self.spark.sparkContext._jvm, name)  # noqa: SLF001  as above
        assert isinstance(found, JavaClass)  # noqa: S101  a package would bear another name
        return found
