"""Visits artists: finds them, and asks for their albums and top tracks."""

import unicodedata
from collections.abc import Sequence
from http import HTTPStatus

from jobs.artist_catalogue.spotify import client
from jobs.artist_catalogue.spotify.api import Document, RefusedError, UnansweredError
from jobs.artist_catalogue.spotify.checkpoint import Batch, Documents, Kind, Visit
from jobs.artist_catalogue.spotify.client import Answers
from jobs.artist_catalogue.spotify.round import Round

_TOP_TRACKS = "top-tracks"


class _UnknownError(Exception):
    """Nobody bears the wanted name or id."""


def visit(wanted: Sequence[str], current: Round) -> Batch:
    """A few wanted artists, with all that is known of them.

    Raises SourceError when not even the artists can be asked for.
    """
    batch = Batch(current.now())
    # An artist who was found by name is asked for by id from then on, and may change the name.
    ids = {one: client.artist_id_in(one) or current.checkpoint.artist_id_of(one) for one in wanted}
    new_ids = {found: None for found in ids.values() if found and not _came(found, batch, current)}
    answers = client.artists(current.api, list(new_ids)) if new_ids else {}
    for one in wanted:
        batch.visits.append(_visit(one, ids[one], answers, batch, current))
    return batch


def _visit(
    wanted: str, artist_id: str | None, answers: Answers, batch: Batch, current: Round
) -> Visit:
    """Put an artist and the works into the batch, unless asking for any of them failed."""
    again = "came with another line of the list"
    if artist_id is not None and _came(artist_id, batch, current):
        return Visit(wanted, artist_id, "done", again)
    try:
        artist = _answer(artist_id, answers) if artist_id else _search(wanted, current)
        artist_id = str(artist["id"])
        if _came(artist_id, batch, current):
            return Visit(wanted, artist_id, "done", again)
        works, reasons = _works(artist_id, batch, current)
    except _UnknownError as error:
        return Visit(wanted, artist_id, "unknown", str(error))
    except (RefusedError, UnansweredError) as error:
        return Visit(wanted, artist_id, "failed", str(error))
    batch.documents["artists", artist_id] = {**artist, "crawled_at": batch.crawled_at_text}
    batch.documents.update(works)
    return Visit(wanted, artist_id, "partial" if reasons else "done", "; ".join(reasons) or None)


def _answer(artist_id: str, answers: Answers) -> Document:
    """What came for an id that was asked for together with others."""
    if artist_id not in answers:
        raise UnansweredError(f"Spotify left {artist_id} out of its answer for several artists.")
    artist = answers[artist_id]
    if artist is None:
        raise _UnknownError(f"no artist has the id {artist_id}")
    return artist


def _search(name: str, current: Round) -> Document:
    """The likeliest artist who bears a name, whatever the case of its letters."""
    found = client.search_artists(current.api, name)
    for artist in found:
        if _folded(artist["name"]) == _folded(name):
            return artist
    others = ", ".join(artist["name"] for artist in found[:3])
    raise _UnknownError(f"no artist has that name; the search found {others or 'nobody'}")


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _works(artist_id: str, batch: Batch, current: Round) -> tuple[Documents, list[str]]:
    """The albums and top tracks that did not come before, and what is missing of them."""
    works: Documents = {}
    reasons: list[str] = []

    def add(kind: Kind, key: str, document: Document) -> None:
        """Several artists share works, which land once."""
        if (kind, key) not in batch.documents and not current.checkpoint.was_asked(
            kind, key, current.since
        ):
            works[kind, key] = {**document, "crawled_at": batch.crawled_at_text}

    albums = client.albums(current.api, artist_id)
    for album in albums.documents:
        add("albums", album["id"], album)
    if albums.missing_count:
        reasons.append(f"{albums.missing_count} albums did not come")
    for market in current.account.markets:
        try:
            tracks = _top_tracks(artist_id, market, current)
        except RefusedError as error:
            reasons.append(str(error))
            continue
        for track in tracks.documents:
            add("tracks", f"{track['id']}/{market}", {**track, "market": market})
        if tracks.missing_count:
            reasons.append(f"{tracks.missing_count} top tracks of {market} did not come")
    return works, reasons


def _top_tracks(artist_id: str, market: str, current: Round) -> client.Listing:
    """An artist's top tracks; raises RefusedError when the service gives them to nobody like us."""
    closed = current.checkpoint.closed_since(_TOP_TRACKS, current.since)
    if closed:
        raise RefusedError(_TOP_TRACKS, HTTPStatus.FORBIDDEN, closed)
    try:
        return client.top_tracks(current.api, artist_id, market)
    except RefusedError as error:
        if error.is_for_good:
            current.checkpoint.note_closed(_TOP_TRACKS, error.reason, current.now())
        raise


def _came(artist_id: str, batch: Batch, current: Round) -> bool:
    """Whether an artist came in this go already, under another name or id."""
    return ("artists", artist_id) in batch.documents or current.checkpoint.was_asked(
        "artists", artist_id, current.since
    )
