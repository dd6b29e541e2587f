"""A running service, and crawls of it into a lake's home."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobs.artist_catalogue.spotify.account import Account
from jobs.artist_catalogue.spotify.api import Api
from jobs.artist_catalogue.spotify.checkpoint import Visit, open_checkpoint
from jobs.artist_catalogue.spotify.crawl import crawl
from jobs.settings import Settings
from tests.jobs.artist_catalogue.spotify.server import (
    CLIENT_ID,
    CLIENT_SECRET,
    Json,
    Service,
    running,
)

PIPELINE = "artist_catalogue"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A service that knows nobody yet."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running(Service()) as service:
        yield service


@dataclass
class Crawls:
    """Crawls of one list into one home, a minute after each other."""

    home: Path
    service: Service
    said: list[str] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    """The seconds of each wait between attempts, which is not really waited for."""
    clock: datetime = datetime(2026, 3, 1, tzinfo=UTC)

    def variables(self, wanted: Sequence[str], **more: str) -> dict[str, str]:
        """The environment of a crawl of these artists."""
        self.home.mkdir(exist_ok=True)
        listed = self.home / "artists.txt"
        listed.write_text("\n".join(wanted), encoding="utf-8")
        return {
            "MEDLEY_HOME": str(self.home),
            "MEDLEY_SPOTIFY_CLIENT_ID": CLIENT_ID,
            "MEDLEY_SPOTIFY_CLIENT_SECRET": CLIENT_SECRET,
            "MEDLEY_SPOTIFY_ARTISTS": str(listed),
            "MEDLEY_SPOTIFY_API_URL": f"{self.service.url}/v1",
            "MEDLEY_SPOTIFY_TOKEN_URL": f"{self.service.url}/token",
            **more,
        }

    def crawl(self, *wanted: str, **more: str) -> None:
        """Crawl these artists."""
        settings = Settings.from_environment(self.variables(wanted, **more))
        crawl(PIPELINE, settings, self.said.append, now=self._now, connect=self.connect)

    def connect(self, account: Account) -> Api:
        """A connection that does not really wait between attempts, and not long for answers."""
        return Api(account, sleep=self.waited.append, timeout_seconds=0.3)

    def landed(self, kind: str) -> list[Json]:
        """The documents of a kind, in the order in which they landed."""
        files = sorted((self.home / "landing" / PIPELINE / kind).glob("*.jsonl"))
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]

    def ids(self, kind: str) -> list[str]:
        """The ids of the landed documents of a kind."""
        return [document["id"] for document in self.landed(kind)]

    def visits(self) -> dict[str, Visit]:
        """How the last visit of each wanted artist ended."""
        with open_checkpoint(self.home / "crawls" / f"{PIPELINE}.sqlite") as checkpoint:
            return {visit.wanted: visit for visit in checkpoint.visits()}

    def _now(self) -> datetime:
        self.clock += timedelta(seconds=1)
        return self.clock


@pytest.fixture
def crawls(tmp_path: Path, service: Service) -> Crawls:
    """Crawls into an empty home."""
    return Crawls(tmp_path / "home", service)
