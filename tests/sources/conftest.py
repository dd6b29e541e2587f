"""A package registry on this machine's loopback, and wheels to put into it."""

import hashlib
import io
import os
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from jobs.lakehouse.declare.origin import Package

NAME, VERSION = "tiny-data", "1.0"
WHEEL = "tiny_data-1.0-py3-none-any.whl"


class Registry:
    """What the loopback registry offers, and what it was asked for."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked_for: list[str] = []
        self.breaks_off = False
        """Whether connections end in the middle of a file."""

    @property
    def downloads(self) -> int:
        """How many files were asked for."""
        return sum(path.endswith(".whl") for path in self.asked_for)


@pytest.fixture
def make_wheel() -> Callable[[Mapping[str, bytes]], bytes]:
    """A function that makes the bytes of a valid wheel with these members."""

    def make(members: Mapping[str, bytes]) -> bytes:
        info = "tiny_data-1.0.dist-info"
        metadata = {
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {VERSION}\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{info}/RECORD": "",
        }
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for path, text in metadata.items():
                archive.writestr(path, text)
            for path, content in members.items():
                archive.writestr(path, content)
        return buffer.getvalue()

    return make


@pytest.fixture
def wheel(make_wheel: Callable[[Mapping[str, bytes]], bytes]) -> bytes:
    """A wheel with one file of data."""
    return make_wheel({"tiny_data/numbers.csv": b"n\r\n1\r\n2\r\n"})


@pytest.fixture
def package(wheel: bytes) -> Package:
    """The declaration that pins the wheel."""
    return Package(NAME, VERSION, hashlib.sha256(wheel).hexdigest(), licence="made for tests")


@pytest.fixture
def registry(wheel: bytes, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """A running registry that offers the wheel, set as pip's only index."""
    registry = Registry()
    registry.files[WHEEL] = wheel

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            registry.asked_for.append(self.path)
            if self.path == f"/simple/{NAME}/":
                links = "".join(f'<a href="/files/{file}">{file}</a>' for file in registry.files)
                self._send(f"<!DOCTYPE html><html><body>{links}</body></html>".encode())
            elif (file := self.path.removeprefix("/files/")) in registry.files:
                self._send(registry.files[file], whole=not registry.breaks_off)
            else:
                self.send_error(404)

        def _send(self, body: bytes, *, whole: bool = True) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body if whole else body[: len(body) // 2])

        def log_message(self, *_: object) -> None:
            """Keep the tests' output to pytest."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    use_only_index(monkeypatch, server.server_port)
    yield registry
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make pip's only index a port where nothing answers."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        port = server.server_port
    use_only_index(monkeypatch, port)


def use_only_index(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    """Point pip at a port of this machine, whatever its user has set."""
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{port}/simple/")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
