"""Who asks Spotify for what: the settings of the crawl."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from jobs.errors import SettingError
from jobs.settings import whole_number


@dataclass(frozen=True)
class Account:
    """An application that is registered with Spotify, and what it is used for."""

    client_id: str
    """MEDLEY_SPOTIFY_CLIENT_ID."""
    client_secret: str = field(repr=False)
    """MEDLEY_SPOTIFY_CLIENT_SECRET."""
    api_url: str
    """MEDLEY_SPOTIFY_API_URL."""
    token_url: str
    """MEDLEY_SPOTIFY_TOKEN_URL."""
    artists_file: Path
    """MEDLEY_SPOTIFY_ARTISTS: a text file with an artist's name, id or link on each line."""
    markets: tuple[str, ...]
    """MEDLEY_SPOTIFY_MARKETS: countries whose top tracks are asked for, such as `US,KR`."""
    recrawl_after: timedelta
    """MEDLEY_SPOTIFY_RECRAWL_DAYS: how long what came is not asked for again."""

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> "Account":
        """Read the settings; raises SettingError for one that is missing or cannot be used."""
        days = whole_number(variables, "MEDLEY_SPOTIFY_RECRAWL_DAYS", default=7, least=0)
        api_url = variables.get("MEDLEY_SPOTIFY_API_URL", "https://api.spotify.com/v1")
        return cls(
            client_id=_needed(variables, "MEDLEY_SPOTIFY_CLIENT_ID", "the id of your application"),
            client_secret=_needed(variables, "MEDLEY_SPOTIFY_CLIENT_SECRET", "its secret"),
            api_url=api_url.rstrip("/"),
            token_url=variables.get(
                "MEDLEY_SPOTIFY_TOKEN_URL", "https://accounts.spotify.com/api/token"
            ),
            artists_file=Path(
                _needed(
                    variables,
                    "MEDLEY_SPOTIFY_ARTISTS",
                    "a text file with an artist's name or id on each line",
                )
            ).expanduser(),
            markets=_markets(variables.get("MEDLEY_SPOTIFY_MARKETS", "US")),
            recrawl_after=timedelta(days=days),
        )

    def wanted(self) -> list[str]:
        """The lines of the artists' file, each once; blank ones and `# …` are left out.

        Raises SettingError when it cannot be read or names nobody.
        """
        try:
            text = self.artists_file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingError(
                f"MEDLEY_SPOTIFY_ARTISTS is {self.artists_file}, which cannot be read: {error}. "
                "Expected a UTF-8 text file with an artist's name or id on each line."
            ) from error
        lines = (line.strip() for line in text.splitlines())
        wanted = list(dict.fromkeys(line for line in lines if line and not line.startswith("#")))
        if not wanted:
            raise SettingError(
                f"{self.artists_file} names no artist; expected a name or an id on each line."
            )
        return wanted


def _needed(variables: Mapping[str, str], name: str, what: str) -> str:
    if name not in variables:
        raise SettingError(
            f"{name} is not set; to crawl Spotify set it to {what}. Unset "
            "MEDLEY_SPOTIFY_CLIENT_ID and MEDLEY_SPOTIFY_CLIENT_SECRET for packaged data."
        )
    return variables[name]


def _markets(text: str) -> tuple[str, ...]:
    markets = tuple(market.strip() for market in text.split(","))
    if not all(re.fullmatch(r"[A-Z]{2}", market) for market in markets):
        raise SettingError(
            f"MEDLEY_SPOTIFY_MARKETS is '{text}'; expected two-letter country codes, as in US,KR."
        )
    return markets
