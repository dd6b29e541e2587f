"""The settings of a crawl, and the list of artists."""

from datetime import timedelta
from pathlib import Path

import pytest

from jobs.artist_catalogue.spotify.account import Account
from jobs.errors import SettingError

CREDENTIALS = {"MEDLEY_SPOTIFY_CLIENT_ID": "me", "MEDLEY_SPOTIFY_CLIENT_SECRET": "hush"}


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    """The file with the wanted artists."""
    return tmp_path / "artists.txt"


def test_what_is_not_set_is_spotifys_own(listed: Path) -> None:
    """Credentials and a list suffice; the secret is not printed."""
    account = Account.of({**CREDENTIALS, "MEDLEY_SPOTIFY_ARTISTS": str(listed)})

    assert "https://api.spotify.com/v1" == account.api_url
    assert "https://accounts.spotify.com/api/token" == account.token_url
    assert ("US",) == account.markets
    assert timedelta(days=7) == account.recrawl_after
    assert "hush" not in repr(account)


def test_the_list_is_read_as_people_write_it(listed: Path) -> None:
    """Comments, blank lines, spaces and a byte-order mark are no artists; each comes once."""
    listed.write_text("\ufeff# mine\nIU\n\n  AC/DC \r\nIU\n방탄소년단", encoding="utf-8")
    account = Account.of({**CREDENTIALS, "MEDLEY_SPOTIFY_ARTISTS": str(listed)})

    assert ["IU", "AC/DC", "방탄소년단"] == account.wanted()


@pytest.mark.parametrize("content", [b"", b"# nobody\n\n", b"\xff\xfe\x00"])
def test_a_list_that_names_nobody_is_refused(listed: Path, content: bytes) -> None:
    """A wrong file is told at once, not after a crawl of nothing."""
    listed.write_bytes(content)
    account = Account.of({**CREDENTIALS, "MEDLEY_SPOTIFY_ARTISTS": str(listed)})

    with pytest.raises(SettingError, match=r"names no artist|cannot be read"):
        account.wanted()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("MEDLEY_SPOTIFY_ARTISTS", None, "MEDLEY_SPOTIFY_ARTISTS is not set"),
        ("MEDLEY_SPOTIFY_MARKETS", "US;KR", "two-letter country codes"),
        ("MEDLEY_SPOTIFY_RECRAWL_DAYS", "never", "expected a whole number"),
    ],
)
def test_settings_that_cannot_be_used_are_named(name: str, value: str | None, message: str) -> None:
    """With what was expected instead."""
    variables = {**CREDENTIALS, "MEDLEY_SPOTIFY_ARTISTS": "artists.txt", name: value}

    with pytest.raises(SettingError, match=message):
        Account.of({known: text for known, text in variables.items() if text is not None})
