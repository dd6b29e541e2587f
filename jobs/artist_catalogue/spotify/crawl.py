"""Crawls wanted artists in small batches, each of which is kept whole once it has come."""

from collections.abc import Callable
from datetime import UTC, datetime

from jobs.artist_catalogue.spotify import artists, features
from jobs.artist_catalogue.spotify.account import Account
from jobs.artist_catalogue.spotify.api import Api
from jobs.artist_catalogue.spotify.checkpoint import Batch, Checkpoint, Visit, open_checkpoint
from jobs.artist_catalogue.spotify.client import FEATURES_AT_ONCE
from jobs.artist_catalogue.spotify.round import Round
from jobs.errors import SourceError
from jobs.settings import Settings
from jobs.sources.documents import put
from jobs.sources.packages import Progress

ARTISTS_AT_ONCE = 5


def _utc_now() -> datetime:
    return datetime.now(UTC)


def crawl(
    pipeline: str,
    settings: Settings,
    tell: Progress,
    now: Callable[[], datetime] = _utc_now,
    connect: Callable[[Account], Api] = Api,
) -> None:
    """Land what is new of the wanted artists as `<pipeline>.artists`, `….albums` and so on.

    Each batch is asked for, remembered with its documents in one step, and then put where the
    settings say. A crawl that was killed goes on with the batch that it was at.

    Raises SettingError for missing settings and wrong credentials, SourceError when the service
    fails for artist after artist, or the documents cannot be put.
    """
    account = Account.of(settings.of_sources)
    wanted = account.wanted()
    with open_checkpoint(settings.home / "crawls" / f"{pipeline}.sqlite") as checkpoint:
        since = now() - account.recrawl_after
        current = Round(connect(account), account, checkpoint, since, now, tell)

        def keep(batch: Batch) -> None:
            checkpoint.commit(batch)
            _deliver(pipeline, settings, checkpoint)

        _deliver(pipeline, settings, checkpoint)
        _crawl(wanted, current, keep)


def _deliver(pipeline: str, settings: Settings, checkpoint: Checkpoint) -> None:
    """Put what waits into the landing zone; what is there already stays as it is."""
    for batch, kind in checkpoint.undelivered():
        documents = checkpoint.documents(batch, kind)
        put(f"{pipeline}.{kind}", f"{kind}-{batch}.jsonl", documents, settings)
        checkpoint.note_delivered(batch, kind)


def _crawl(wanted: list[str], current: Round, keep: Callable[[Batch], None]) -> None:
    """Ask for all that is due."""
    due = current.checkpoint.due(wanted, current.since)
    tried: set[str] = set()
    failed_in_a_row: list[Visit] = []
    for start in range(0, len(due), ARTISTS_AT_ONCE):
        batch = artists.visit(due[start : start + ARTISTS_AT_ONCE], current)
        keep(batch)
        current.tell(f"crawled {start + len(batch.visits):,} of {len(due):,} artists")
        for visit in batch.visits:
            if visit.status in {"unknown", "failed"}:
                current.tell(f"{visit.wanted}: {visit.reason}")
            failed_in_a_row = [*failed_in_a_row, visit] if visit.status == "failed" else []
            _check(failed_in_a_row, min(ARTISTS_AT_ONCE, len(wanted)))
        for more in features.ask(current, FEATURES_AT_ONCE, tried):
            keep(more)
    for more in features.ask(current, 1, tried):
        keep(more)


def _check(failed: list[Visit], most: int) -> None:
    """Raise SourceError when so many artists failed that the rest would fail too."""
    if len(failed) >= most:
        raise SourceError(
            f"Spotify failed for {len(failed)} artists in a row, the last of them "
            f"'{failed[-1].wanted}': {failed[-1].reason} What came before is kept; run it again "
            "when the service answers."
        )
