"""What the Web API can be asked for: artists, their albums and top tracks, audio features."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from jobs.artist_catalogue.spotify.api import Api, Document, RefusedError, UnansweredError

FEATURES_AT_ONCE = 100
"""The most ids that the API takes in one request for audio features."""
# Ten is the most that it finds for an application in development mode.
_FOUND_AT_ONCE = "10"
_ALBUMS_AT_ONCE = "50"


@dataclass(frozen=True)
class Listing:
    """The documents that came, and how many more were promised."""

    documents: Sequence[Document]
    missing_count: int


Answers = Mapping[str, Document | None]
"""The document of each id, None where there is none; an id that got no answer is left out."""


def artist_id_in(text: str) -> str | None:
    """The id in an artist's id, URI or link; None when the text is a name."""
    found = re.fullmatch(
        r"(?:spotify:artist:|https://\S+/artist/)?([0-9A-Za-z]{22})(?:\?.*)?", text
    )
    return found[1] if found else None


def artists(api: Api, ids: Sequence[str]) -> Answers:
    """The artists with these ids, of which there are fifty at most."""
    try:
        return _several(api, "artists", ids)
    except RefusedError as error:
        if error.status != HTTPStatus.FORBIDDEN:
            raise
        # Applications in development mode must ask for them one by one.
        return {artist_id: _artist(api, artist_id) for artist_id in ids}


def search_artists(api: Api, name: str) -> list[Document]:
    """The artists that the service finds for a name, the likeliest first."""
    parameters = {"q": name, "type": "artist", "limit": _FOUND_AT_ONCE}
    found = _of(api.get("/search", parameters), "artists")
    return [artist for artist in _of(found, "items") if artist]


def albums(api: Api, artist_id: str) -> Listing:
    """All albums of an artist, page by page."""
    path = f"/artists/{artist_id}/albums"
    parameters = {"include_groups": "album,single,compilation", "limit": _ALBUMS_AT_ONCE}
    documents: list[Document] = []
    while True:
        page = api.get(path, parameters, _is_whole_page)
        documents += [album for album in _of(page, "items") if _is_there(album)]
        following = _of(page, "next")
        if not following:
            return Listing(documents, max(0, _of(page, "total") - len(documents)))
        # Only the query is taken over: the token goes to no other address than the API's own.
        parameters = dict(parse_qsl(urlsplit(following).query))


def top_tracks(api: Api, artist_id: str, market: str) -> Listing:
    """The tracks of an artist that are played most in a country."""
    path = f"/artists/{artist_id}/top-tracks"

    def is_whole(answer: Document) -> bool:
        return all(map(_is_there, _of(answer, "tracks")))

    answer = api.get(path, {"market": market}, is_whole)
    tracks = [track for track in answer["tracks"] if _is_there(track)]
    return Listing(tracks, len(answer["tracks"]) - len(tracks))


def audio_features(api: Api, track_ids: Sequence[str]) -> Answers:
    """The features of up to a hundred tracks."""
    return _several(api, "audio_features", track_ids)


def _several(api: Api, field: str, ids: Sequence[str]) -> Answers:
    """What is known of each id, in one request."""

    def has_all(answer: Document) -> bool:
        return len(_of(answer, field)) == len(ids)

    path = f"/{field.replace('_', '-')}"
    answer = api.get(path, {"ids": ",".join(ids)}, has_all)
    if has_all(answer):
        # By place: of two artists that were merged, one answers with the other's id.
        return dict(zip(ids, answer[field], strict=True))
    return {found["id"]: found for found in answer[field] if found}


def _artist(api: Api, artist_id: str) -> Document | None:
    try:
        return api.get(f"/artists/{artist_id}", {})
    except RefusedError as error:
        if error.status in {HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST}:
            return None
        raise


def _is_whole_page(page: Document) -> bool:
    promised = min(_of(page, "limit"), _of(page, "total") - _of(page, "offset"))
    came = sum(map(_is_there, _of(page, "items")))
    return bool(came >= promised)


def _is_there(item: Document | None) -> bool:
    """Whether an item of a list came; half an answer has null in its place."""
    return item is not None and item.get("id") is not None


def _of(answer: Document, field: str) -> Any:  # noqa: ANN401  any JSON
    """A field of an answer; raises UnansweredError when it is not there."""
    if field not in answer:
        raise UnansweredError(
            f"Spotify's answer has no '{field}'; found {', '.join(answer) or 'nothing'}. The Web "
            "API has changed: jobs/artist_catalogue/spotify/client.py must follow."
        )
    return answer[field]
