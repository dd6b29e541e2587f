"""What all requests of one go through the wanted artists share."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from jobs.artist_catalogue.spotify.account import Account
from jobs.artist_catalogue.spotify.api import Api
from jobs.artist_catalogue.spotify.checkpoint import Checkpoint
from jobs.sources.packages import Progress


@dataclass(frozen=True)
class Round:
    """One go: whom to ask, what is known, and what counts as new enough."""

    api: Api
    account: Account
    checkpoint: Checkpoint
    since: datetime
    """What came after this time is not asked for again."""
    now: Callable[[], datetime]
    tell: Progress
