"""A Web API on this machine's loopback: the service's JSON, its limits, and faults on demand."""

import json
import re
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]
CLIENT_ID, CLIENT_SECRET = "client", "hush"
_BASIC = b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()


@dataclass(frozen=True)
class Fault:
    """What is answered instead of what was asked for."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    change: Callable[[Json], Json] | None = None
    """Spoils the good answer, when the status is 200."""
    delay_seconds: float = 0.0


def identifier(kind: str, number: int) -> str:
    """An id of 22 letters and digits, as the service has them."""
    return f"{kind}{number:0{22 - len(kind)}}"


@dataclass
class Service:
    """What the service knows, what it was asked, and how it will fail."""

    artists: dict[str, Json] = field(default_factory=dict)
    albums: dict[str, list[Json]] = field(default_factory=dict)
    tracks: dict[str, list[Json]] = field(default_factory=dict)
    features: dict[str, Json] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """Paths with queries of all requests, in their order; `/token` for those for tokens."""
    faults: list[tuple[str, Fault]] = field(default_factory=list)
    """Each is used up by the next request whose path with query matches the pattern."""
    always: list[tuple[str, Fault]] = field(default_factory=list)
    """As `faults`, but they stay."""
    token_seconds: int = 3600
    url: str = ""
    valid_tokens: list[str] = field(default_factory=list)

    def asked_for(self, pattern: str) -> list[str]:
        """The requests whose path with query match."""
        return [path for path in self.asked if re.search(pattern, path)]

    def fails(self, pattern: str, *faults: Fault) -> None:
        """Answer the next matching requests so."""
        self.faults += [(pattern, fault) for fault in faults]

    def add_artist(self, number: int, name: str, *, albums: int = 1, tracks: int = 2) -> str:
        """An artist with albums and tracks of their own; returns the id."""
        artist_id = identifier("Ar", number)
        self.artists[artist_id] = artist(artist_id, name)
        own = [identifier("Al", number * 1000 + place) for place in range(albums)]
        self.albums[artist_id] = [album(one, f"{name} {one[-3:]}", artist_id) for one in own]
        track_ids = [identifier("Tr", number * 1000 + place) for place in range(tracks)]
        self.tracks[artist_id] = [track(one, f"Song {one[-4:]}", artist_id) for one in track_ids]
        self.features |= {one: features(one) for one in track_ids}
        return artist_id

    def answer(self, path: str, query: Mapping[str, str]) -> tuple[int, Json]:
        """What a healthy service answers."""
        if path == "/search":
            return self._search(query)
        if "ids" in query:
            known, most = (self.artists, 50) if path == "/artists" else (self.features, 100)
            return _several(path[1:].replace("-", "_"), known, query["ids"].split(","), most)
        _, _, artist_id, *part = path.split("/")
        if artist_id not in self.artists:
            return error(404, "Resource not found")
        if part == ["albums"]:
            return self._page(path, self.albums[artist_id], query)
        if part == ["top-tracks"] and "market" in query:
            return 200, {"tracks": self.tracks[artist_id][:10]}
        return 200, self.artists[artist_id]

    def _search(self, query: Mapping[str, str]) -> tuple[int, Json]:
        if int(query["limit"]) > 10:
            return error(400, "Invalid limit")
        near = [
            found
            for found in self.artists.values()
            if query["q"].casefold()[:4] in found["name"].casefold()
        ]
        return 200, {"artists": {"items": near[:10], "total": len(near), "next": None}}

    def _page(self, path: str, items: Sequence[Json], query: Mapping[str, str]) -> tuple[int, Json]:
        limit, offset = int(query.get("limit", 20)), int(query.get("offset", 0))
        if limit > 50:
            return error(400, "Invalid limit")
        groups = query["include_groups"]
        following = f"{self.url}/v1{path}?include_groups={groups}&limit={limit}"
        return 200, {
            "href": f"{self.url}/v1{path}",
            "limit": limit,
            "next": f"{following}&offset={offset + limit}" if offset + limit < len(items) else None,
            "offset": offset,
            "previous": None,
            "total": len(items),
            "items": list(items[offset : offset + limit]),
        }


def _several(
    kind: str, known: Mapping[str, Json], ids: Sequence[str], most: int
) -> tuple[int, Json]:
    if len(ids) > most:
        return error(400, "Too many ids requested")
    return 200, {kind: [known.get(one) for one in ids]}


def error(status: int, message: str) -> tuple[int, Json]:
    """The service's error document."""
    return status, {"error": {"status": status, "message": message}}


def artist(artist_id: str, name: str) -> Json:
    """The full artist object."""
    return {
        "external_urls": {"spotify": f"https://open.spotify.com/artist/{artist_id}"},
        "followers": {"href": None, "total": 1000},
        "genres": ["k-pop"],
        "href": f"https://api.spotify.com/v1/artists/{artist_id}",
        "id": artist_id,
        "images": [],
        "name": name,
        "popularity": 50,
        "type": "artist",
        "uri": f"spotify:artist:{artist_id}",
    }


def album(album_id: str, name: str, *artist_ids: str) -> Json:
    """The simplified album object."""
    return {
        "album_type": "album",
        "total_tracks": 10,
        "available_markets": ["KR", "US"],
        "external_urls": {"spotify": f"https://open.spotify.com/album/{album_id}"},
        "href": f"https://api.spotify.com/v1/albums/{album_id}",
        "id": album_id,
        "images": [],
        "name": name,
        "release_date": "2020-02-21",
        "release_date_precision": "day",
        "type": "album",
        "uri": f"spotify:album:{album_id}",
        "artists": [{"id": one, "name": one, "type": "artist"} for one in artist_ids],
        "album_group": "album",
    }


def track(track_id: str, name: str, *artist_ids: str) -> Json:
    """The full track object."""
    return {
        "album": album(identifier("Al", 1), "An album", *artist_ids),
        "artists": [{"id": one, "name": one, "type": "artist"} for one in artist_ids],
        "disc_number": 1,
        "duration_ms": 200_000,
        "explicit": False,
        "external_ids": {"isrc": "KRA382000000"},
        "external_urls": {"spotify": f"https://open.spotify.com/track/{track_id}"},
        "href": f"https://api.spotify.com/v1/tracks/{track_id}",
        "id": track_id,
        "is_local": False,
        "is_playable": True,
        "name": name,
        "popularity": 60,
        "preview_url": None,
        "track_number": 1,
        "type": "track",
        "uri": f"spotify:track:{track_id}",
    }


def features(track_id: str) -> Json:
    """The audio-features object."""
    return {
        "danceability": 0.5,
        "energy": 0.7,
        "key": 5,
        "loudness": -4.5,
        "mode": 1,
        "speechiness": 0.04,
        "acousticness": 0.01,
        "instrumentalness": 0.0,
        "liveness": 0.1,
        "valence": 0.6,
        "tempo": 120.0,
        "type": "audio_features",
        "id": track_id,
        "uri": f"spotify:track:{track_id}",
        "track_href": f"https://api.spotify.com/v1/tracks/{track_id}",
        "analysis_url": f"https://api.spotify.com/v1/audio-analysis/{track_id}",
        "duration_ms": 200_000,
        "time_signature": 4,
    }


class _Handler(BaseHTTPRequestHandler):
    """Answers for a service, which `running` sets."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer in one piece, which no delayed ACK holds up
    service: ClassVar[Service]

    def do_POST(self) -> None:
        """Give a token for the right credentials."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.service.asked.append("/token")
        if self.headers["Authorization"] != f"Basic {_BASIC}":
            refusal = {"error": "invalid_client", "error_description": "Invalid client secret"}
            self._send(400, refusal)
            return
        token = f"token-{len(self.service.asked)}"
        self.service.valid_tokens.append(token)
        lasts = self.service.token_seconds
        self._send(200, {"access_token": token, "token_type": "Bearer", "expires_in": lasts})

    def do_GET(self) -> None:
        """Answer as the service or its faults say."""
        asked = self.path.removeprefix("/v1")
        self.service.asked.append(asked)
        fault = self._fault(asked)
        time.sleep(fault.delay_seconds)
        token = self.headers["Authorization"].removeprefix("Bearer ")
        if token not in self.service.valid_tokens:
            self._send(*error(401, "The access token expired"))
        elif fault.status != 200:
            self._send(*error(fault.status, "Something is wrong"), headers=fault.headers)
        else:
            url = urlsplit(asked)
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            status, body = self.service.answer(url.path, query)
            self._send(status, fault.change(body) if fault.change else body)

    def _fault(self, asked: str) -> Fault:
        for one in self.service.faults:
            if re.search(one[0], asked):
                self.service.faults.remove(one)
                return one[1]
        matching = (fault for text, fault in self.service.always if re.search(text, asked))
        return next(matching, Fault())

    def _send(self, status: int, body: Json, headers: Mapping[str, str] | None = None) -> None:
        content = json.dumps(body).encode()
        # Who asked may have given up meanwhile.
        with suppress(ConnectionError):
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Keep the tests' output to pytest."""


@contextmanager
def running(service: Service) -> Iterator[Service]:
    """Let the service answer at `service.url` until the block ends."""
    handler = type("Handler", (_Handler,), {"service": service})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
    thread.start()
    service.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
