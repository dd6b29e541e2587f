"""Documents in a store of MongoDB's protocol, and bronze that takes them in."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pymongo import MongoClient
from pyspark.sql import SparkSession

from jobs.errors import SettingError, SourceError
from jobs.lakehouse.declare.origin import Crawler
from jobs.lakehouse.declare.table import Bronze, Source
from jobs.lakehouse.steps import runner
from jobs.lakehouse.steps.documents import PARTITION_SIZE, DocumentReader, newest_document
from jobs.lakehouse.steps.ingest import ingest
from jobs.lakehouse.steps.parsing import parse
from jobs.lakehouse.steps.run_context import RunContext
from jobs.lakehouse.store import document_store
from jobs.lakehouse.store.document_store import DocumentStore, open_store
from jobs.lakehouse.store.lake import Lake
from jobs.lakehouse.store.storage import Storage, local_path
from jobs.settings import Settings
from model_registry import Registry
from tests.conftest import environment_of

LANDED_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
SONGS = Source(
    "music.songs",
    doc="Songs.",
    format="json",
    columns=["id", "artists"],
    crawler=Crawler("nobody:crawl", needs=["MEDLEY_MUSIC_KEY"]),
)
RAW_SONGS = Bronze("music.raw_songs", doc="Songs as they came.", source=SONGS)


@pytest.fixture
def uri(document_server: str, tmp_path: Path) -> Iterator[str]:
    """An empty database."""
    name = tmp_path.name.replace(".", "_")[:60]
    yield f"{document_server}/{name}"
    with MongoClient[dict[str, object]](document_server) as client:
        client.drop_database(name)


@pytest.fixture
def store(uri: str) -> Iterator[DocumentStore]:
    """The empty store of the songs."""
    with open_store(uri, SONGS.name) as store:
        yield store


def song(number: int) -> dict[str, object]:
    """A document with nested values, null and letters beyond ASCII."""
    return {"id": f"s{number}", "artists": [{"name": "방탄소년단", "rank": None}], "tempo": 120.5}


def test_documents_keep_their_shape_and_order(store: DocumentStore, uri: str) -> None:
    """What was JSON is the same JSON again, with the batch as its file."""
    store.append("songs-1.jsonl", [song(1), song(2)], LANDED_AT)
    store.append("songs-2.jsonl", [song(3)], LANDED_AT)

    lines = list(store.lines(after=1, until=3))

    assert [song(2), song(3)] == [json.loads(line.line) for line in lines]
    assert [f"{uri}/music.songs/songs-1.jsonl", f"{uri}/music.songs/songs-2.jsonl"] == [
        line.file for line in lines
    ]
    assert {LANDED_AT} == {line.landed_at for line in lines}


def test_a_batch_that_was_cut_off_is_completed(store: DocumentStore) -> None:
    """Whoever was killed in the middle tries the same batch again, behind what came meanwhile."""
    store.append("a", [song(1), song(2)], LANDED_AT)
    store.append("b", [song(5)], LANDED_AT)
    store.append("a", [song(number) for number in (1, 2, 3, 4)], LANDED_AT)
    store.append("a", [song(number) for number in (1, 2, 3, 4)], LANDED_AT)

    found = [json.loads(line.line)["id"] for line in store.lines(after=0, until=5)]

    assert ["s1", "s2", "s5", "s3", "s4"] == found


def test_a_reader_misses_nothing_that_several_write(uri: str) -> None:
    """Numbers have no gap at any time, so each document is read once, whoever wrote it when."""
    batches = {f"batch-{number}": [song(number * 10 + n) for n in range(7)] for number in range(12)}

    def write(batch: str) -> None:
        with open_store(uri, SONGS.name) as own:
            own.append(batch, batches[batch], LANDED_AT)

    read: list[str] = []
    with open_store(uri, SONGS.name) as store, ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(write, batch) for batch in batches]
        position, under_way = 0, True
        while under_way:
            under_way = not all(one.done() for one in writing)
            newest = store.last_number()
            read += [json.loads(line.line)["id"] for line in store.lines(position, newest)]
            position = newest
    for one in writing:
        one.result()

    assert 84 == len(read) == position
    assert {song["id"] for batch in batches.values() for song in batch} == set(read)


def test_readers_share_the_work(uri: str) -> None:
    """New documents are split among tasks; none is in two parts, none in neither."""
    reader = DocumentReader(uri, SONGS.name, after=3, until=2 * PARTITION_SIZE + 5)

    parts = [(part.after, part.until) for part in reader.partitions()]

    assert [(3, 10_003), (10_003, 20_003), (20_003, 20_005)] == parts
    assert [] == DocumentReader(uri, SONGS.name, after=3, until=3).partitions()


def test_a_store_that_lost_documents_is_noticed(store: DocumentStore, uri: str) -> None:
    """New ones would get numbers that were read before, and be passed over."""
    store.append("a", [song(number) for number in (1, 2, 3, 4)], LANDED_AT)

    with pytest.raises(SourceError, match="end at 4, but bronze has taken in 5"):
        newest_document(uri, SONGS.name, taken=5)


def test_documents_that_are_gone_are_missed(store: DocumentStore) -> None:
    """Bronze would else count them as taken in."""
    store.append("a", [song(number) for number in (1, 2, 3)], LANDED_AT)
    store.collection.delete_one({"_id": 2})

    with pytest.raises(SourceError, match=r"documents 1 to 3 of \S+ only 2 are there"):
        list(store.lines(after=0, until=3))
    assert 3 == store.last_number()


def test_an_address_that_is_none_is_refused() -> None:
    """Without showing the password."""
    for wrong in ("mongodb://me:hush@", "mongodb://me:hu/sh@store/db", "mongodb://me:hush@store"):
        with (
            pytest.raises(SettingError, match="MEDLEY_DOCUMENTS is no address") as caught,
            open_store(wrong, SONGS.name),
        ):
            pass
        assert "hu" not in str(caught.value)


def test_a_store_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before Spark is asked to read it."""
    monkeypatch.setattr(document_store, "_TIMEOUT_MS", 200)

    with (
        pytest.raises(SourceError, match=r"store cannot be used for 'music\.songs'") as caught,
        open_store("mongodb://me:hush@127.0.0.1:9/db", SONGS.name) as store,
    ):
        store.last_number()
    assert "hush" not in str(caught.value)


def test_no_documents_lack_nothing(spark: SparkSession) -> None:
    """Files of blank lines alone hold none."""
    columns = "line STRING, _is_readable BOOLEAN, _file STRING, _file_modified_at TIMESTAMP"

    rows = parse(spark.createDataFrame([], columns), RAW_SONGS, {}, delivery=1)

    assert [] == rows.collect()


def test_bronze_takes_documents_in_once(
    spark: SparkSession, store: DocumentStore, uri: str, tmp_path: Path
) -> None:
    """From files and the store alike; a second run reads those that came in between."""
    settings = Settings.from_environment({**environment_of(tmp_path), "MEDLEY_DOCUMENTS": uri})
    storage = Storage.of(settings)
    registry = Registry(settings.tracking_uri, settings.artifact_uri)
    context = RunContext(Lake(spark, storage), runner.new_run_id(), registry)
    folder = local_path(storage.landing(SONGS))
    folder.mkdir(parents=True)
    (folder / "packaged.jsonl").write_text(json.dumps(song(1)) + "\n", encoding="utf-8")
    store.append("songs-1.jsonl", [song(2), song(3)], LANDED_AT)
    first = ingest(RAW_SONGS, context)
    store.append("songs-2.jsonl", [song(4)], LANDED_AT)
    second = ingest(RAW_SONGS, context)

    rows = context.lake.read(RAW_SONGS).orderBy("id").collect()

    assert [2, 1] == [len(receipts) for receipts in (first, second)]
    assert ["s1", "s2", "s3", "s4"] == [row["id"] for row in rows]
    assert {'[{"name":"방탄소년단","rank":null}]'} == {row["artists"] for row in rows}
    assert [{"tempo": "120.5"}] * 4 == [row["_rescued"] for row in rows]
    batch = f"{uri}/music.songs/songs-"
    assert [f"{batch}1.jsonl", f"{batch}1.jsonl", f"{batch}2.jsonl"] == [
        row["_file"] for row in rows[1:]
    ]
    assert datetime(2026, 3, 1, 12) == rows[3]["_file_modified_at"]  # noqa: DTZ001  Spark's UTC
