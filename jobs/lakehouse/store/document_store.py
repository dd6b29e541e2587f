"""Raw documents in a store that speaks MongoDB's protocol: MongoDB itself, or FerretDB.

A source's documents are one collection, which only grows. Their ids are the numbers 1, 2, 3, …
without a gap: a document gets its number when the one before it is there for all to see. So who
has read up to a number misses nothing, however many write. That takes no more than unique
indexes, which FerretDB has too; transactions and change streams it has not.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from pymongo import ASCENDING, DESCENDING, MongoClient
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, ConfigurationError, InvalidURI, PyMongoError

from jobs.errors import SettingError, SourceError

Document = Mapping[str, Any]
_DUPLICATE_KEY = 11000
_TIMEOUT_MS = 20_000
# FerretDB 1.24 stops at the first document that cannot be inserted, but then goes on with the
# next hundred of the same request, which would leave a gap.
_INSERTED_AT_ONCE = 100
# FerretDB lets PostgreSQL find what is equal, but reads the whole collection for what is greater.
_BLOCK_SIZE = 1_000


class Line(NamedTuple):
    """A document as bronze takes it in: as if it had come in a file."""

    line: str
    file: str
    landed_at: datetime


@dataclass(frozen=True)
class DocumentStore:
    """The documents of one source."""

    collection: Collection[dict[str, Any]]
    heads: Collection[dict[str, Any]]
    """Of each collection a number up to which its documents were there."""
    address: str
    """The collection's address without credentials."""

    def append(self, batch: str, documents: Sequence[Document], landed_at: datetime) -> None:
        """Add the documents of a batch behind all others, but those of it that are there.

        Args:
            batch: A name that these documents alone bear.
            documents: The same ones each time that the batch is tried.
            landed_at: When they came.
        """
        self.collection.create_index([("batch", ASCENDING), ("place", ASCENDING)], unique=True)
        self.collection.create_index([("block", ASCENDING)])
        done, last = self._count_of(batch), self.last_number()
        while done < len(documents):
            rows = [
                {
                    "_id": number,
                    "block": number // _BLOCK_SIZE,
                    "batch": batch,
                    "place": place,
                    "landed_at": landed_at,
                    "document": document,
                }
                for number, (place, document) in enumerate(
                    islice(enumerate(documents), done, done + _INSERTED_AT_ONCE), last + 1
                )
            ]
            try:
                # In order: none comes before the one ahead of it.
                self.collection.insert_many(rows, ordered=True)
            except BulkWriteError as error:
                # Another writer took the next number first. The rest gets later ones.
                if error.details["writeErrors"][0]["code"] != _DUPLICATE_KEY:
                    raise
                done, last = self._count_of(batch), self.last_number()
            else:
                done, last = done + len(rows), last + len(rows)
                noted = {"$max": {"last": last}}
                self.heads.update_one({"_id": self.collection.name}, noted, upsert=True)

    def last_number(self) -> int:
        """The number of the newest document; 0 when there never was one."""
        # What is noted may lag behind, as of a writer who was killed. From there a few look-ups
        # of single ids find the end, since there are no gaps.
        head = self.heads.find_one({"_id": self.collection.name})
        last, step = int(head["last"]) if head else 0, 1
        while self._has(last + step):
            last, step = last + step, step * 2
        while step > 1:
            step //= 2
            if self._has(last + step):
                last += step
        return last

    def _has(self, number: int) -> bool:
        return self.collection.find_one({"_id": number}, {"_id": 1}) is not None

    def lines(self, after: int, until: int) -> Iterator[Line]:
        """The documents whose numbers are greater than one and not greater than the other.

        Raises SourceError at the end when there were fewer than that.
        """
        count = 0
        for block in range((after + 1) // _BLOCK_SIZE, until // _BLOCK_SIZE + 1):
            wanted = {"block": block, "_id": {"$gt": after, "$lte": until}}
            for row in self.collection.find(wanted).sort("_id", ASCENDING):
                count += 1
                yield Line(
                    line=json.dumps(row["document"], ensure_ascii=False, separators=(",", ":")),
                    file=f"{self.address}/{row['batch']}",
                    landed_at=row["landed_at"],
                )

        if count < until - after:
            raise SourceError(
                f"Of the documents {after + 1:,} to {until:,} of {self.address} only {count:,} are "
                "there: some were removed before bronze took them in. Restore them."
            )

    def _count_of(self, batch: str) -> int:
        """How many documents of a batch are there, which are its first ones."""
        last = self.collection.find_one(
            {"batch": batch}, {"place": 1}, sort=[("place", DESCENDING)]
        )
        return int(last["place"]) + 1 if last else 0


@contextmanager
def open_store(uri: str, source: str) -> Iterator[DocumentStore]:
    """The documents of a source in the database that a URI names.

    Raises SettingError when the URI cannot be used, SourceError when the store refuses or does
    not answer.
    """
    try:
        client = MongoClient[dict[str, Any]](
            uri, tz_aware=True, tzinfo=UTC, serverSelectionTimeoutMS=_TIMEOUT_MS
        )
        database = client.get_default_database()
    except (ConfigurationError, InvalidURI, ValueError) as error:
        # What pymongo says of a URI may quote it, with the password in it.
        raise SettingError(
            f"MEDLEY_DOCUMENTS is no address of a document store ({type(error).__name__}); "
            "expected mongodb://USER:PASSWORD@HOST:PORT/DATABASE."
        ) from None
    place = urlsplit(uri)
    host = place.netloc.rpartition("@")[2]
    address = f"{place.scheme}://{host}/{database.name}/{source}"
    try:
        with client:
            yield DocumentStore(database[source], database["medley_heads"], address)
    except PyMongoError as error:
        reason = str(error).partition(" (configured timeouts")[0].rstrip(".")
        raise SourceError(
            f"The document store cannot be used for '{source}': {reason}. Check that it runs at "
            "MEDLEY_DOCUMENTS, and that its user may read and write the database."
        ) from error
