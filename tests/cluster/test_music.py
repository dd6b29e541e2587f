"""The music pipelines: all their packaged data gives the same tables here and there."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from jobs.lakehouse import discovery
from jobs.sources import documents
from jobs.sources.zone import bring_all
from tests.cluster.conftest import Cluster, Embedded, running_there
from tests.cluster.tables import differing_tables

pytestmark = pytest.mark.cluster

_RENAMED = 10


def test_the_charts_are_the_same_on_yarn(cluster: Cluster, embedded: Embedded) -> None:
    """Four sources, matched songs, what moves each week, and a trend for each song."""
    with embedded.running("music_charts"), running_there("music_charts", "yarn"):
        pass

    assert [] == differing_tables("music_charts", embedded.settings, cluster)


def test_the_catalogue_takes_documents_out_of_the_store(
    cluster: Cluster, embedded: Embedded
) -> None:
    """What a crawl put into FerretDB is read as what it put into files is here."""
    source = "artist_catalogue.artists"
    bring_all(discovery.pipeline("artist_catalogue").sources, embedded.settings, lambda _: None)
    renamed = list(_renamed(embedded.landing / "artist_catalogue" / "artists" / "artists.jsonl"))
    documents.put(source, "artists-2.jsonl", renamed, embedded.settings)
    with cluster.forwarded("ferretdb", 27017) as port:
        store = f"mongodb://localhost:{port}/medley"
        documents.put(source, "artists-2", renamed, replace(embedded.settings, documents_uri=store))

    with embedded.running("artist_catalogue"), running_there("artist_catalogue", "k8s"):
        pass

    assert [] == differing_tables("artist_catalogue", embedded.settings, cluster)


def _renamed(artists: Path) -> Iterator[dict[str, object]]:
    """A few of the artists as a later crawl may find them: under other names."""
    with artists.open(encoding="utf-8") as lines:
        for _, line in zip(range(_RENAMED), lines, strict=False):
            artist = json.loads(line)
            yield artist | {
                "name": f"{artist['name']} & Friends",
                "crawled_at": "2022-10-29T00:00:00Z",
            }
