"""Exact neighbours, block by block, against sorting everything."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.artist_catalogue import nearest as module
from jobs.artist_catalogue.nearest import NOBODY, Vectors, nearest


def unit_vectors(count: int, seed: int, decimals: int = 8) -> Vectors:
    """Random directions; with few decimals many are the same."""
    drawn = np.random.default_rng(seed).normal(size=(count, 4)).round(decimals)
    drawn[~drawn.any(axis=1), 0] = 1
    vectors: Vectors = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
    return vectors


@settings(max_examples=40, deadline=None)
@given(
    count=st.integers(2, 60),
    k=st.integers(1, 25),
    seed=st.integers(0, 9),
    decimals=st.sampled_from([0, 8]),
)
def test_it_finds_what_sorting_finds(count: int, k: int, seed: int, decimals: int) -> None:
    """For every size of blocks, with many ties and few: by cosine, then by position."""
    vectors = unit_vectors(count, seed, decimals)
    k, own = min(k, count - 1), np.arange(count)
    cosines = np.round(vectors @ vectors.T, 5)
    np.fill_diagonal(cosines, -np.inf)
    expected = np.argsort(-cosines, axis=1, kind="stable")[:, :k]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "QUERIES_AT_ONCE", 7)
        patch.setattr(module, "CANDIDATES_AT_ONCE", 5)
        found = nearest(vectors, vectors, k, own)

    # Blocks of other shapes may round the last digit otherwise, so ties are compared by value.
    np.testing.assert_allclose(
        np.take_along_axis(cosines, expected, axis=1), found.similarities, atol=2e-5
    )
    np.testing.assert_allclose(
        np.take_along_axis(cosines, found.positions, axis=1), found.similarities, atol=2e-5
    )
    assert [k] * count == [len(set(row)) for row in found.positions.tolist()]
    assert not (found.positions == own[:, None]).any()


def test_equal_ones_come_in_the_order_of_the_candidates() -> None:
    """Three copies of one vector: the first two are found, in their order."""
    east, north = [1.0, 0.0], [0.0, 1.0]
    candidates = np.array([north, east, east, east], dtype=np.float32)

    found = nearest(np.array([east], dtype=np.float32), candidates, 2, np.array([NOBODY]))

    assert ([[1, 2]], [[1.0, 1.0]]) == (found.positions.tolist(), found.similarities.tolist())


def test_nobody_asks() -> None:
    """No query, no answer, and no error."""
    found = nearest(unit_vectors(0, 1), unit_vectors(5, 1), 3, np.zeros(0, dtype=np.int64))

    assert ((0, 3), (0, 3)) == (found.positions.shape, found.similarities.shape)
