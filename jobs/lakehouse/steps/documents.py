"""Lets Spark read a document store, in the columns of files."""

from collections.abc import Iterator, Sequence
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
from pyspark.sql.types import StructType

from jobs.errors import SourceError
from jobs.lakehouse.store.document_store import open_store

_FORMAT = "medley_documents"
# Spark hides the values of options with `secret` in their names wherever it prints them.
_URI = "secret_uri"
_SOURCE = "source"
_AFTER = "after"
_UNTIL = "until"
PARTITION_SIZE = 10_000
"""How many documents a task reads."""


def newest_document(uri: str, source: str, taken: int) -> int:
    """The number of a store's newest document.

    Raises SourceError when more was taken than there is, and what `open_store` raises.
    """
    with open_store(uri, source) as store:
        newest = store.last_number()
    if newest < taken:
        raise SourceError(
            f"The documents of '{source}' in the store end at {newest}, but bronze has taken in "
            f"{taken}: some were removed, or it is another store. Restore them, or correct "
            "MEDLEY_DOCUMENTS."
        )
    return newest


def documents(spark: SparkSession, uri: str, source: str, after: int, until: int) -> DataFrame:
    """A store's documents by their numbers: line, _is_readable, _file, _file_modified_at."""
    spark.dataSource.register(_Documents)
    reader = spark.read.format(_FORMAT).option(_URI, uri).option(_SOURCE, source)
    rows = reader.option(_AFTER, after).option(_UNTIL, until).load()
    return rows.selectExpr("line", "true AS _is_readable", "_file", "_file_modified_at")


class _Documents(DataSource):
    """The documents of one source."""

    @classmethod
    def name(cls) -> str:
        return _FORMAT

    def schema(self) -> str:
        return "line STRING, _file STRING, _file_modified_at TIMESTAMP"

    def reader(self, schema: StructType) -> "DocumentReader":  # noqa: ARG002  Spark's
        after, until = int(self.options[_AFTER]), int(self.options[_UNTIL])
        return DocumentReader(self.options[_URI], self.options[_SOURCE], after, until)


class Numbers(InputPartition):
    """The documents with numbers greater than one and not greater than the other."""

    def __init__(self, after: int, until: int) -> None:
        """Keep both numbers as the partition's value too, by which Spark shows it."""
        super().__init__((after, until))
        self.after = after
        self.until = until


class DocumentReader(DataSourceReader):
    """Reads documents in parts."""

    def __init__(self, uri: str, source: str, after: int, until: int) -> None:
        """Read a source's documents after one number, up to another."""
        self._uri = uri
        self._source = source
        self._after = after
        self._until = until

    def partitions(self) -> Sequence[Numbers]:
        """Equal parts of the documents."""
        return [
            Numbers(after, min(after + PARTITION_SIZE, self._until))
            for after in range(self._after, self._until, PARTITION_SIZE)
        ]

    def read(self, partition: InputPartition) -> Iterator[tuple[Any, ...]]:
        """The documents of one part."""
        assert isinstance(partition, Numbers)  # noqa: S101  `partitions` makes no others
        with open_store(self._uri, self._source) as store:
            yield from store.lines(partition.after, partition.until)
