"""The declared data sets."""

import pytest

from jobs.lakehouse.declare.origin import Extract
from jobs.sources import datasets

EXTRACTS = {name: value for name, value in vars(datasets).items() if isinstance(value, Extract)}


@pytest.mark.parametrize("extract", EXTRACTS.values(), ids=EXTRACTS.keys())
def test_each_package_is_pinned_by_a_full_hash_and_says_whose_data_it_is(extract: Extract) -> None:
    """A shortened hash would never match, and data without a stated owner is not taken in."""
    assert 64 == len(bytes.fromhex(extract.package.sha256)) * 2
    assert extract.package.licence
