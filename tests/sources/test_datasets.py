"""The data sets that the pipelines declare."""

import pytest

from jobs.lakehouse.declare import discovery
from jobs.sources.entry_points import load_function

SOURCES = [source for pipeline in discovery.pipelines().values() for source in pipeline.sources]
EXTRACTS = {source.name: source.extract for source in SOURCES if source.extract}
FUNCTIONS = {
    *(extract.converter for extract in EXTRACTS.values() if extract.converter),
    *(source.crawler.function for source in SOURCES if source.crawler),
}


@pytest.mark.parametrize("source", EXTRACTS)
def test_each_package_is_pinned_by_a_full_hash_and_says_whose_data_it_is(source: str) -> None:
    """A shortened hash would never match, and data without a stated owner is not taken in."""
    package = EXTRACTS[source].package

    assert 64 == len(bytes.fromhex(package.sha256)) * 2
    assert package.licence


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_each_converter_and_crawler_is_there(name: str) -> None:
    """Flows name them as text, so no import would tell of one that has moved."""
    assert callable(load_function(name, "function", "whatever it takes"))
