"""Lets Spark read a document store as a stream, in the columns of files."""

from collections.abc import Iterator, Sequence
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.datasource import DataSource, DataSourceStreamReader, InputPartition
from pyspark.sql.streaming.datasource import ReadLimit, SupportsTriggerAvailableNow
from pyspark.sql.types import StructType

from jobs.lakehouse.document_store import open_store
from jobs.lakehouse.errors import SourceError

_FORMAT = "medley_documents"
# Spark hides the values of options with `secret` in their names wherever it prints them.
_URI = "secret_uri"
_SOURCE = "source"
_NUMBER = "number"
PARTITION_SIZE = 10_000
"""How many documents a task reads."""

Offset = dict[str, int]


def new_documents(spark: SparkSession, uri: str, source: str) -> DataFrame:
    """The documents that arrive in a store, as a stream of `line`, `_file`, `_file_modified_at`."""
    spark.dataSource.register(_Documents)
    return spark.readStream.format(_FORMAT).option(_URI, uri).option(_SOURCE, source).load()


class _Documents(DataSource):
    """The documents of one source."""

    @classmethod
    def name(cls) -> str:
        return _FORMAT

    def schema(self) -> str:
        return "line STRING, _file STRING, _file_modified_at TIMESTAMP"

    def streamReader(self, schema: StructType) -> DataSourceStreamReader:  # noqa: ARG002, N802
        return _Reader(self.options[_URI], self.options[_SOURCE])


class _Range(InputPartition):
    """The documents with numbers greater than one and not greater than the other."""

    def __init__(self, after: int, until: int) -> None:
        super().__init__((after, until))
        self.after = after
        self.until = until


class _Reader(DataSourceStreamReader, SupportsTriggerAvailableNow):
    """Reads up to the newest document that was there when the stream began."""

    def __init__(self, uri: str, source: str) -> None:
        self._uri = uri
        self._source = source
        self._newest = 0

    def prepareForTriggerAvailableNow(self) -> None:  # noqa: N802  Spark's name
        with open_store(self._uri, self._source) as store:
            self._newest = store.last_number()

    def initialOffset(self) -> Offset:  # noqa: N802  Spark's name
        return {_NUMBER: 0}

    def latestOffset(self, start: Offset, limit: ReadLimit) -> Offset:  # noqa: ARG002, N802
        if self._newest < start[_NUMBER]:
            raise SourceError(
                f"The documents of '{self._source}' in the store end at {self._newest}, but bronze "
                f"has taken in {start[_NUMBER]}: some were removed, or it is another store. "
                "Restore them, or correct MEDLEY_DOCUMENTS."
            )
        return {_NUMBER: self._newest}

    def partitions(self, start: Offset, end: Offset) -> Sequence[_Range]:
        first, last = start[_NUMBER], end[_NUMBER]
        return [
            _Range(after, min(after + PARTITION_SIZE, last))
            for after in range(first, last, PARTITION_SIZE)
        ]

    def read(self, partition: InputPartition) -> Iterator[tuple[Any, ...]]:
        assert isinstance(partition, _Range)  # noqa: S101  what `partitions` made
        with open_store(self._uri, self._source) as store:
            yield from store.lines(partition.after, partition.until)
