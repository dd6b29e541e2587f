"""Lets Spark read a document store as a stream, in the columns of files."""

from collections.abc import Iterator, Sequence
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.datasource import DataSource, DataSourceStreamReader, InputPartition
from pyspark.sql.streaming.datasource import ReadLimit, SupportsTriggerAvailableNow
from pyspark.sql.types import StructType

from jobs.errors import SourceError
from jobs.lakehouse.store.document_store import open_store

_FORMAT = "medley_documents"
# Spark hides the values of options with `secret` in their names wherever it prints them.
_URI = "secret_uri"
_SOURCE = "source"
_NEWEST = "newest"
_NUMBER = "number"
PARTITION_SIZE = 10_000
"""How many documents a task reads."""

Offset = dict[str, int]


def newest_document(uri: str, source: str) -> int:
    """The number of a store's newest document; raises what `open_store` raises."""
    with open_store(uri, source) as store:
        return store.last_number()


def documents(spark: SparkSession, uri: str, source: str, newest: int) -> DataFrame:
    """A store's documents, as a stream of `line`, `_file` and `_file_modified_at`.

    It ends with the newest one that is named; those that arrive meanwhile come the next time.
    """
    spark.dataSource.register(_Documents)
    stream = spark.readStream.format(_FORMAT).option(_URI, uri)
    return stream.option(_SOURCE, source).option(_NEWEST, newest).load()


class _Documents(DataSource):
    """The documents of one source."""

    @classmethod
    def name(cls) -> str:
        return _FORMAT

    def schema(self) -> str:
        return "line STRING, _file STRING, _file_modified_at TIMESTAMP"

    def streamReader(self, schema: StructType) -> "DocumentReader":  # noqa: ARG002, N802  Spark's
        return DocumentReader(self.options[_URI], self.options[_SOURCE], int(self.options[_NEWEST]))


class Numbers(InputPartition):
    """The documents with numbers greater than one and not greater than the other."""

    def __init__(self, after: int, until: int) -> None:
        """Keep both numbers as the partition's value too, by which Spark shows it."""
        super().__init__((after, until))
        self.after = after
        self.until = until


class DocumentReader(DataSourceStreamReader, SupportsTriggerAvailableNow):
    """Tells Spark which documents are new, and reads them in parts."""

    def __init__(self, uri: str, source: str, newest: int) -> None:
        """Read a source's documents up to the one with the number `newest`."""
        self._uri = uri
        self._source = source
        self._newest = newest

    def prepareForTriggerAvailableNow(self) -> None:  # noqa: N802  Spark's name
        """The end of what is read was set when the stream was made."""

    def initialOffset(self) -> Offset:  # noqa: N802  Spark's name
        """Nothing is read yet."""
        return {_NUMBER: 0}

    def latestOffset(self, start: Offset, limit: ReadLimit) -> Offset:  # noqa: ARG002, N802  Spark's
        """The newest document; raises SourceError when more was read than there is."""
        if self._newest < start[_NUMBER]:
            raise SourceError(
                f"The documents of '{self._source}' in the store end at {self._newest}, but bronze "
                f"has taken in {start[_NUMBER]}: some were removed, or it is another store. "
                "Restore them, or correct MEDLEY_DOCUMENTS."
            )
        return {_NUMBER: self._newest}

    def partitions(self, start: Offset, end: Offset) -> Sequence[Numbers]:
        """Equal parts of the new documents."""
        first, last = start[_NUMBER], end[_NUMBER]
        return [
            Numbers(after, min(after + PARTITION_SIZE, last))
            for after in range(first, last, PARTITION_SIZE)
        ]

    def read(self, partition: InputPartition) -> Iterator[tuple[Any, ...]]:
        """The documents of one part."""
        assert isinstance(partition, Numbers)  # noqa: S101  `partitions` makes no others
        with open_store(self._uri, self._source) as store:
            yield from store.lines(partition.after, partition.until)
