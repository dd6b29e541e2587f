"""Crawled documents as files: whole, once, on a disk or in an S3 store."""

from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.settings import Settings
from jobs.sources import json_lines, object_store
from jobs.sources.documents import put

SONGS: list[dict[str, object]] = [{"id": "1", "name": "내 손을 잡아"}, {"id": "2", "name": None}]
LINES = '{"id":"1","name":"내 손을 잡아"}\n{"id":"2","name":null}\n'


def test_a_file_appears_whole_and_stays_as_it_is(tmp_path: Path) -> None:
    """A second try, after a kill that nobody noted, writes nothing."""
    settings = Settings.from_environment({"MEDLEY_HOME": str(tmp_path)})

    put("music.songs", "songs-1.jsonl", SONGS, settings)
    put("music.songs", "songs-1.jsonl", [], settings)

    (file,) = (path for path in (tmp_path / "landing").rglob("*") if path.is_file())
    assert tmp_path / "landing" / "music" / "songs" / "songs-1.jsonl" == file
    assert LINES == file.read_text(encoding="utf-8")


def test_nothing_is_left_of_a_file_that_could_not_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bronze would read half a file as if it were whole."""

    def full_disk(_: object, target: Path) -> None:
        target.write_text('{"id":')
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(json_lines, "write", full_disk)
    settings = Settings.from_environment({"MEDLEY_HOME": str(tmp_path)})

    with pytest.raises(OSError, match="No space left"):
        put("music.songs", "songs-1.jsonl", SONGS, settings)
    assert [] == [path for path in (tmp_path / "landing").rglob("*") if path.is_file()]


def test_an_s3_store_gets_the_same_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is made on this machine and gone from there afterwards."""
    sent: dict[str, str] = {}

    def put_if_absent(uri: str, make: Callable[[], Path], _: Settings) -> None:
        sent[uri] = make().read_text(encoding="utf-8")

    monkeypatch.setattr(object_store, "put_if_absent", put_if_absent)
    variables = {"MEDLEY_HOME": str(tmp_path), "MEDLEY_LANDING": "s3a://landing"}

    put("music.songs", "songs-1.jsonl", SONGS, Settings.from_environment(variables))

    assert {"s3a://landing/music/songs/songs-1.jsonl": LINES} == sent
    assert [] == [path for path in tmp_path.rglob("*") if path.is_file()]
