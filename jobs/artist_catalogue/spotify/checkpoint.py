"""How far a crawl has come: a database beside the landing zone, changed a batch at a time."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple

from jobs.artist_catalogue.spotify.api import Document
from jobs.errors import SourceError

Kind = Literal["artists", "albums", "tracks", "audio_features"]
Documents = dict[tuple[Kind, str], Document]
"""Documents by their kind and by what tells them apart within that."""

# `visits` says of each wanted artist who is done, when, and what failed and why. `asked` holds
# what came and need not be asked for, or landed, again. `outbox` holds documents from the commit
# of their batch until they are in the landing zone.
_TABLES = """
    CREATE TABLE IF NOT EXISTS visits (
        wanted TEXT PRIMARY KEY, artist_id TEXT, status TEXT NOT NULL, reason TEXT,
        visited_at TEXT NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS asked (
        kind TEXT NOT NULL, key TEXT NOT NULL, asked_at TEXT NOT NULL, PRIMARY KEY (kind, key)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS closed (
        what TEXT PRIMARY KEY, reason TEXT NOT NULL, closed_at TEXT NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS outbox (
        batch TEXT NOT NULL, kind TEXT NOT NULL, place INTEGER NOT NULL, document TEXT NOT NULL,
        PRIMARY KEY (batch, kind, place)
    ) STRICT;
"""


class Visit(NamedTuple):
    """How asking for a wanted artist ended."""

    wanted: str
    artist_id: str | None
    status: Literal["done", "partial", "unknown", "failed"]
    """All came; some did not; nobody bears the name or id; asking failed, so it is due again."""
    reason: str | None


@dataclass(frozen=True)
class Batch:
    """What a few requests brought, which is remembered as a whole or not at all."""

    crawled_at: datetime
    visits: list[Visit] = field(default_factory=list)
    documents: Documents = field(default_factory=dict)
    """What is to land."""
    nothing_for: list[tuple[Kind, str]] = field(default_factory=list)
    """What was asked for and does not exist."""

    @property
    def name(self) -> str:
        """What tells this batch from all others; a later one sorts after it."""
        return f"{self.crawled_at:%Y%m%dT%H%M%S%fZ}"

    @property
    def crawled_at_text(self) -> str:
        """The time as each document carries it."""
        return _text(self.crawled_at)


@dataclass(frozen=True)
class Checkpoint:
    """The database of one crawl."""

    connection: sqlite3.Connection

    def due(self, wanted: Iterable[str], since: datetime) -> list[str]:
        """Those of the wanted who were not visited since a time, or whose last visit failed."""
        rows = self.connection.execute(
            "SELECT wanted FROM visits WHERE status <> 'failed' AND visited_at >= ?",
            [_text(since)],
        )
        fresh = {row[0] for row in rows}
        return [one for one in wanted if one not in fresh]

    def artist_id_of(self, wanted: str) -> str | None:
        """The id of an artist who was found before, under whatever name."""
        row = self.connection.execute(
            "SELECT artist_id FROM visits WHERE wanted = ?", [wanted]
        ).fetchone()
        return row[0] if row else None

    def was_asked(self, kind: Kind, key: str, since: datetime) -> bool:
        """Whether something came after a time and need not be asked for again."""
        rows = self.connection.execute(
            "SELECT 1 FROM asked WHERE kind = ? AND key = ? AND asked_at >= ?",
            [kind, key, _text(since)],
        )
        return rows.fetchone() is not None

    def tracks_without_features(self) -> list[str]:
        """The ids of landed tracks whose features were never asked for."""
        rows = self.connection.execute(
            """
            SELECT DISTINCT substr(track.key, 1, instr(track.key, '/') - 1) AS id
            FROM asked AS track
            WHERE track.kind = 'tracks' AND NOT EXISTS (
                SELECT 1 FROM asked AS known WHERE known.kind = 'audio_features'
                AND known.key = substr(track.key, 1, instr(track.key, '/') - 1)
            )
            ORDER BY id
            """
        )
        return [row[0] for row in rows]

    def closed_since(self, what: str, since: datetime) -> str | None:
        """Why the service refused a kind of request after a time; None if it did not."""
        row = self.connection.execute(
            "SELECT reason FROM closed WHERE what = ? AND closed_at >= ?", [what, _text(since)]
        ).fetchone()
        return row[0] if row else None

    def note_closed(self, what: str, reason: str, at: datetime) -> None:
        """Remember that the service refuses a kind of request."""
        with self.connection:
            self.connection.execute(
                "INSERT OR REPLACE INTO closed VALUES (?, ?, ?)", [what, reason, _text(at)]
            )

    def commit(self, batch: Batch) -> None:
        """Remember a batch and its documents in one step, which a kill cannot halve."""
        crawled_at = batch.crawled_at_text
        with self.connection:
            self.connection.executemany(
                # An id stays known, also when nobody bears the name any more.
                """
                INSERT INTO visits VALUES (?, ?, ?, ?, ?) ON CONFLICT (wanted) DO UPDATE SET
                artist_id = coalesce(excluded.artist_id, artist_id), status = excluded.status,
                reason = excluded.reason, visited_at = excluded.visited_at
                """,
                [(*visit, crawled_at) for visit in batch.visits],
            )
            self.connection.executemany(
                "INSERT OR REPLACE INTO asked VALUES (?, ?, ?)",
                [(*one, crawled_at) for one in (*batch.documents, *batch.nothing_for)],
            )
            self.connection.executemany(
                "INSERT INTO outbox VALUES (?, ?, ?, ?)",
                [
                    (batch.name, kind, place, json.dumps(document, ensure_ascii=False))
                    for place, ((kind, _), document) in enumerate(batch.documents.items())
                ],
            )

    def undelivered(self) -> list[tuple[str, Kind]]:
        """The batches and kinds of which documents wait to be landed, the oldest first."""
        rows = self.connection.execute("SELECT DISTINCT batch, kind FROM outbox ORDER BY 1, 2")
        return [(batch, kind) for batch, kind in rows]

    def documents(self, batch: str, kind: Kind) -> list[Document]:
        """The documents of one kind that a batch brought."""
        rows = self.connection.execute(
            "SELECT document FROM outbox WHERE batch = ? AND kind = ? ORDER BY place", [batch, kind]
        )
        return [json.loads(row[0]) for row in rows]

    def note_delivered(self, batch: str, kind: Kind) -> None:
        """Forget documents that are in the landing zone."""
        with self.connection:
            self.connection.execute(
                "DELETE FROM outbox WHERE batch = ? AND kind = ?", [batch, kind]
            )

    def visits(self) -> Sequence[Visit]:
        """How the last visit of each wanted artist ended."""
        rows = self.connection.execute("SELECT wanted, artist_id, status, reason FROM visits")
        return [Visit(*row) for row in rows]


@contextmanager
def open_checkpoint(database: Path) -> Iterator[Checkpoint]:
    """The checkpoint in a file, which is made if it is not there; held by one crawl at a time.

    Raises SourceError while another crawl holds it, or when it is damaged.
    """
    database.parent.mkdir(parents=True, exist_ok=True)
    try:
        with closing(sqlite3.connect(database, timeout=0)) as connection:
            # Held until the connection ends, if by a kill.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.executescript(f"BEGIN EXCLUSIVE; {_TABLES} COMMIT;")
            yield Checkpoint(connection)
    except sqlite3.Error as error:
        raise SourceError(
            f"The checkpoint {database} cannot be used: {error}. If it is locked, another crawl is "
            "under way: wait for it. If it is damaged, remove it: all artists are asked for again."
        ) from error


def _text(moment: datetime) -> str:
    """A moment in UTC as text that sorts as moments do."""
    return moment.isoformat(timespec="microseconds")
