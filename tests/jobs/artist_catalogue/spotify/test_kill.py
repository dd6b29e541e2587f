"""A crawl that is killed at any point and started again lands what an undisturbed one lands."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.lakehouse.store.document_store import open_store
from tests.jobs.artist_catalogue.spotify.conftest import Crawls
from tests.jobs.artist_catalogue.spotify.server import Json, Service

_CRAWL = """
import os, signal, sys
from jobs.settings import Settings
from jobs.artist_catalogue.spotify import artists, crawl, features
from jobs.artist_catalogue.spotify.checkpoint import Checkpoint
from jobs.lakehouse.store.document_store import DocumentStore
from jobs.sources import documents

place, calls, when = sys.argv[1:]
module, name = place.split(":")
owner = globals()[module]
inner, left = getattr(owner, name), int(calls)

def killing(*arguments):
    global left
    left -= 1
    if left == 0 and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    result = inner(*arguments)
    if left == 0 and when == "after":
        os.kill(os.getpid(), signal.SIGKILL)
    return result

setattr(owner, name, killing)
crawl.crawl("artist_catalogue", Settings.from_environment(), lambda _: None)
"""
KINDS = ("artists", "albums", "tracks", "audio_features")


def crawl_in_a_process(
    crawls: Crawls, wanted: list[str], kill: str = "crawl:put 0 never", **more: str
) -> int:
    """Crawl in a process of its own, which may kill itself; returns how it ended."""
    ended = subprocess.run(
        [sys.executable, "-c", _CRAWL, *kill.split()],
        env={**os.environ, **crawls.variables(wanted, **more)},
        check=False,
    )
    return ended.returncode


@pytest.mark.parametrize(
    ("kill", "lost_requests"),
    [
        # In the middle of the second batch, which is asked for again.
        ("artists:_works 7 before", 3),
        # Before and after a batch is remembered: lost with its requests, or complete.
        ("Checkpoint:commit 2 before", 7),
        ("Checkpoint:commit 2 after", 0),
        # Between the files of a batch, and between a file and the note that it is there.
        ("crawl:put 5 before", 0),
        ("crawl:put 5 after", 0),
        ("documents:_written 6 after", 0),
        ("Checkpoint:note_delivered 6 after", 0),
        # When only the audio features are left.
        ("features:_features 1 after", 1),
    ],
)
def test_a_killed_crawl_goes_on_where_it_stopped(
    crawls: Crawls, service: Service, kill: str, lost_requests: int
) -> None:
    """Nothing is lost or doubled, and only an unfinished batch is asked for again."""
    wanted = [service.add_artist(number, f"Artist {number}") for number in range(8)]

    assert -signal.SIGKILL == crawl_in_a_process(crawls, wanted, kill)
    assert 0 == crawl_in_a_process(crawls, wanted)

    landed = {kind: [_without_time(one) for one in crawls.landed(kind)] for kind in KINDS}
    assert {
        "artists": [service.artists[one] for one in wanted],
        "albums": [album for one in wanted for album in service.albums[one]],
        "tracks": [{**track, "market": "US"} for one in wanted for track in service.tracks[one]],
        "audio_features": sorted(service.features.values(), key=lambda one: str(one["id"])),
    } == landed
    asked = [path for path in service.asked if path != "/token"]
    assert lost_requests == len(asked) - len(set(asked))
    assert [] == _half_made(crawls.home / "landing")


def test_a_killed_crawl_doubles_nothing_in_a_store(
    crawls: Crawls, service: Service, document_server: str
) -> None:
    """A batch that is there, or of which a part is, is completed, not added again."""
    wanted = [service.add_artist(number, f"Artist {number}", albums=120) for number in range(2)]
    uri = f"{document_server}/{crawls.home.parent.name[:60]}"

    # Each of these ends after documents were inserted and before that was noted.
    for kill in ("crawl:put 2 after", "DocumentStore:_count_of 3 after", "crawl:put 1 after"):
        killed = crawl_in_a_process(crawls, wanted, kill, MEDLEY_DOCUMENTS=uri)
        assert -signal.SIGKILL == killed
    assert 0 == crawl_in_a_process(crawls, wanted, MEDLEY_DOCUMENTS=uri)

    with open_store(uri, "artist_catalogue.albums") as store:
        stored = [json.loads(line.line) for line in store.lines(after=0, until=store.last_number())]
    expected = [album for one in wanted for album in service.albums[one]]
    assert expected == [_without_time(one) for one in stored]
    assert not (crawls.home / "landing").exists()


def _without_time(document: Json) -> Json:
    return {name: value for name, value in document.items() if name != "crawled_at"}


def _half_made(landing: Path) -> list[str]:
    """Files that are neither a batch nor in the scratch folder of a killed program."""
    return [
        str(path)
        for path in landing.rglob("*")
        if path.is_file() and path.suffix != ".jsonl" and ".scratch" not in str(path)
    ]
