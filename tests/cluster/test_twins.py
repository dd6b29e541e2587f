"""The twins of the cluster's lake: made once, then found; these tests need no cluster."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs.lakehouse.sql.query import ask
from jobs.lakehouse.store.storage import local_path
from jobs.settings import Settings
from tests.cluster.twins import KEPT, Twin, digest_of
from tests.conftest import Toy

_FILES = {
    "shop/customers/1.json": '{"id": 1, "name": "Ada"}\n',
    "shop/orders/1.csv": "order,customer,amount,changed\n7,1,2.5,2026-01-01T00:00:00\n",
    "shop/orders/2.csv": "order,customer,amount,changed\n8,1,4.0,2026-01-02T00:00:00\n",
}


class Lakes:
    """Twins in one cache whose lake is a file that names what landed, and the runs they took."""

    def __init__(self, folder: Path) -> None:
        """Use an empty folder."""
        self.cache = folder / "cache"
        self._folder = folder
        self.runs: list[list[str]] = []

    def twin(self, made_by: str = "code") -> Twin:
        """A twin with a scratch folder of its own."""
        scratch = self._folder / f"scratch-{len(list(self._folder.iterdir()))}"
        scratch.mkdir()
        return Twin(made_by, self.cache, scratch, self.run)

    def run(self, settings: Settings) -> None:
        """Write the names of all landed files into the lake."""
        landing = local_path(settings.landing_uri)
        landed = sorted(file.name for file in landing.rglob("*") if file.is_file())
        self.runs.append(landed)
        local_path(settings.lake_uri).mkdir(exist_ok=True)
        (local_path(settings.lake_uri) / "landed").write_text(" ".join(landed), encoding="utf-8")


@pytest.fixture
def lakes(tmp_path: Path) -> Lakes:
    """An empty cache of twins."""
    return Lakes(tmp_path)


def _give(twin: Twin, *names: str) -> None:
    twin.give({name: f"hash of {name}" for name in names}, _write)


def _write(name: str, target: Path) -> None:
    target.write_text(_FILES.get(name, name), encoding="utf-8")


def _caught_up(twin: Twin) -> str:
    """What landed in the twin's lake, once it has caught up."""
    with twin.catching_up():
        pass
    return (local_path(twin.settings.lake_uri) / "landed").read_text(encoding="utf-8")


def test_a_kept_twins_tables_can_be_read(
    spark: SparkSession,
    tmp_path: Path,
    toy_pipelines: None,  # noqa: ARG001
) -> None:
    """Two deliveries, two runs of a real pipeline: the copy in the cache has the orders of both."""
    toy = Toy("shop", spark, tmp_path / "scratch")
    twin = Twin("code", tmp_path / "cache", toy.settings.home, lambda _: toy.run())
    orders = "SELECT order_id, amount FROM shop.orders ORDER BY order_id"

    _give(twin, "shop/customers/1.json", "shop/orders/1.csv")
    with twin.catching_up():
        pass
    first = twin.settings
    _give(twin, *_FILES)
    with twin.catching_up():
        pass

    assert [(7, 2.5)] == list(ask(orders, first).rows)
    assert [(7, 2.5), (8, 4.0)] == list(ask(orders, twin.settings).rows)


def test_a_twin_is_made_once(lakes: Lakes) -> None:
    """Another session with the same code and the same deliveries finds it, and runs nothing."""
    for _ in range(2):
        twin = lakes.twin()
        _give(twin, "a")
        assert "a" == _caught_up(twin)
        _give(twin, "b")
        assert "a b" == _caught_up(twin)

    assert [["a"], ["a", "b"]] == lakes.runs


@pytest.mark.parametrize(
    "other",
    [
        lambda lakes: _given(lakes.twin("other code"), ["a"], ["b"]),
        lambda lakes: _given(lakes.twin(), ["a", "b"]),
        lambda lakes: _given(lakes.twin(), ["b"], ["a"]),
        lambda lakes: _given(lakes.twin(), ["a"]),
    ],
    ids=["other code", "all at once", "another order", "less"],
)
def test_another_history_is_another_twin(lakes: Lakes, other: Callable[[Lakes], Twin]) -> None:
    """Whatever may make other tables is part of what a twin is found by."""
    one = _given(lakes.twin(), ["a"], ["b"])

    assert one.settings.lake_uri != other(lakes).settings.lake_uri


def test_other_content_under_the_same_name_is_another_twin(lakes: Lakes) -> None:
    """A slice that is cut in another way lands under the same name."""
    one, other = lakes.twin(), lakes.twin()
    one.give({"a": "hash"}, _write)
    other.give({"a": "another hash"}, _write)

    assert one.settings.lake_uri != other.settings.lake_uri


def test_what_a_twin_has_already_is_no_delivery(lakes: Lakes) -> None:
    """All that is in the landing zone is given each time; what is not new makes no run."""
    twin = _given(lakes.twin(), ["a"], ["a"], ["a", "b"], ["b", "a"])

    assert "a b" == _caught_up(twin)
    assert [["a"], ["a", "b"]] == lakes.runs


def test_a_pipeline_whose_data_is_packaged_runs_once(lakes: Lakes) -> None:
    """Its first delivery is empty, and counts."""
    assert "" == _caught_up(_given(lakes.twin(), [], []))
    assert [[]] == lakes.runs


def test_a_run_that_fails_leaves_no_twin(lakes: Lakes) -> None:
    """It fails the test that waits for it, and the next session makes the twin."""

    def fail(settings: Settings) -> None:
        lakes.run(settings)
        raise OSError("no room")

    failing = Twin("code", lakes.cache, lakes.cache.parent / "failing", fail)
    with pytest.raises(OSError, match="no room"):
        _caught_up(_given(failing, ["a"]))

    assert "a" == _caught_up(_given(lakes.twin(), ["a"]))
    assert 2 == len(lakes.runs)


def test_a_copy_that_was_broken_off_is_not_taken_for_a_twin(lakes: Lakes) -> None:
    """The lake cannot be copied whole, as on a full disk: what was copied bears another name."""
    twin = _given(lakes.twin(), ["a"])

    def run(settings: Settings) -> None:
        lakes.run(settings)
        (local_path(settings.lake_uri) / "gone").symlink_to("nowhere")

    broken = Twin("code", lakes.cache, lakes.cache.parent / "broken", run)
    with pytest.raises(OSError, match=r"nowhere|gone"):
        _caught_up(_given(broken, ["a"]))

    assert "a" == _caught_up(twin)


def test_only_the_twins_used_last_are_kept(lakes: Lakes) -> None:
    """One that is found counts as used; what a killed session left unfinished goes too."""
    used = _given(lakes.twin(), ["used"])
    _caught_up(used)
    unfinished = lakes.cache / "unfinished-x"
    unfinished.mkdir()
    for folder in lakes.cache.iterdir():
        os.utime(folder, (1, 1))
    _caught_up(used)
    others = [_given(lakes.twin(), [f"other {number}"]) for number in range(KEPT - 1)]
    for twin in others:
        _caught_up(twin)

    left = {folder.name for folder in lakes.cache.iterdir()}
    assert {twin.settings.home.name for twin in [used, *others]} == left


def test_a_hash_of_code_tells_content_and_names(tmp_path: Path) -> None:
    """Each edit changes it; what Python compiles beside the code does not."""
    code, lock = tmp_path / "jobs", tmp_path / "requirements.lock"
    (code / "__pycache__").mkdir(parents=True)
    lock.write_text("spark", encoding="utf-8")
    hashes = []
    for name, text in [("a.py", "1"), ("a.py", "2"), ("b.py", "2"), ("__pycache__/a.pyc", "x")]:
        (code / name).write_text(text, encoding="utf-8")
        hashes.append(digest_of([code, lock]))
    lock.write_text("spark 2", encoding="utf-8")
    hashes.append(digest_of([code, lock]))

    assert hashes[2] == hashes[3]
    assert 4 == len(set(hashes))


def _given(twin: Twin, *deliveries: list[str]) -> Twin:
    for names in deliveries:
        _give(twin, *names)
    return twin
