"""What a pipeline's sources are brought from: packages, or crawlers with what they need."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from jobs.errors import DeclarationError, SettingError
from jobs.lakehouse.declare.origin import Crawler, Extract, Package
from jobs.lakehouse.declare.table import Source
from jobs.settings import Settings
from jobs.sources import landing_zone
from jobs.sources.landing_zone import bring_all, is_due

CRAWLER = Crawler("tiny_crawler:crawl", needs=("MEDLEY_TINY_ID", "MEDLEY_TINY_SECRET"))
CREDENTIALS = {"MEDLEY_TINY_ID": "me", "MEDLEY_TINY_SECRET": "hush"}
PACKAGED = Extract(Package("tiny", "1", "", licence="none"), ["a"], landed_as="a.jsonl")


def source(name: str, crawler: Crawler | None = CRAWLER) -> Source:
    """A source with packaged data."""
    return Source(
        name, doc="Numbers.", format="json", columns=["n"], extract=PACKAGED, crawler=crawler
    )


def settings(home: Path, **variables: str) -> Settings:
    """The settings of a lake."""
    return Settings.from_environment({"MEDLEY_HOME": str(home), **variables})


@pytest.fixture
def went(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was brought, in its order."""
    went: list[str] = []

    def crawl(pipeline: str, *_: object) -> None:
        went.append(f"crawled {pipeline}")

    monkeypatch.setitem(sys.modules, "tiny_crawler", SimpleNamespace(crawl=crawl))
    monkeypatch.setattr(landing_zone, "bring", lambda one, *_: went.append(f"landed {one.name}"))
    return went


def test_a_crawler_goes_once_for_all_its_sources(tmp_path: Path, went: list[str]) -> None:
    """One that names no crawler, or is of another pipeline, is brought by itself."""
    sources = [source("tiny.a"), source("tiny.b"), source("tiny.c", None), source("other.a")]

    bring_all(sources, settings(tmp_path, **CREDENTIALS), print)

    assert ["crawled tiny", "crawled other", "landed tiny.c"] == went


def test_packaged_data_lands_without_credentials(tmp_path: Path, went: list[str]) -> None:
    """Everybody can run the pipeline."""
    bring_all([source("tiny.a"), source("tiny.b")], settings(tmp_path), print)

    assert ["landed tiny.a", "landed tiny.b"] == went


def test_a_part_of_the_credentials_is_a_mistake(tmp_path: Path, went: list[str]) -> None:
    """Packaged data in place of the wanted artists would surprise."""
    with pytest.raises(SettingError, match="MEDLEY_TINY_SECRET is not set, but others"):
        bring_all([source("tiny.a")], settings(tmp_path, MEDLEY_TINY_ID="me"), print)
    assert [] == went


def test_a_run_brings_what_it_reads(tmp_path: Path) -> None:
    """Packaged data until it is there, crawled data each time; elsewhere `medley land` does it."""
    here, crawled = settings(tmp_path), settings(tmp_path, **CREDENTIALS)
    elsewhere = settings(tmp_path, **CREDENTIALS, MEDLEY_LANDING="s3a://landing")
    assert is_due(source("tiny.a"), here)

    landed = tmp_path / "landing" / "tiny" / "a" / "a.jsonl"
    landed.parent.mkdir(parents=True)
    landed.touch()

    assert [False, True, False] == [
        is_due(source("tiny.a"), each) for each in (here, crawled, elsewhere)
    ]


def test_a_crawler_that_does_not_exist_is_named(tmp_path: Path) -> None:
    """A misspelt one is the flow's mistake."""
    lost = source("tiny.a", Crawler("no.such:crawl", needs=CRAWLER.needs))

    with pytest.raises(DeclarationError, match=r"There is no crawler 'no\.such:crawl'"):
        bring_all([lost], settings(tmp_path, **CREDENTIALS), print)
