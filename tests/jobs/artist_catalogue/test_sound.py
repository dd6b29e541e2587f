"""How tracks become vectors, and what is said of two that are alike."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from jobs.artist_catalogue.sound import FEATURES, WEIGHTS, WORDS, Sound


def tracks(**features: list[float]) -> pd.DataFrame:
    """Tracks that differ in some features alone."""
    count = len(next(iter(features.values())))
    return pd.DataFrame({name: features.get(name, [0.5] * count) for name in FEATURES})


def test_every_feature_has_its_words() -> None:
    """What counts can be said."""
    assert list(FEATURES) == list(WORDS)


def test_a_vector_is_the_weighted_normal_scores() -> None:
    """Of 101 tracks the one at the 76th share has the score .706 whatever the scale is."""
    tempo = np.linspace(60, 180, 101)
    known = tracks(tempo=tempo.tolist(), energy=(np.arange(101.0) ** 3).tolist())
    sound = Sound.fit(known)

    vector = sound.vectors(known.iloc[[76]])[0]

    score = norm.ppf(0.76)
    expected = np.array([score * WEIGHTS["energy"], score * WEIGHTS["tempo"]])
    found = vector[[FEATURES.index("energy"), FEATURES.index("tempo")]]
    np.testing.assert_allclose(expected / np.linalg.norm(expected), found, atol=0.01)
    assert abs(np.linalg.norm(vector) - 1) < 1e-6


def test_extreme_and_equal_values_are_finite() -> None:
    """A value beyond all known ones counts as the rarest, one that all share as the middle."""
    sound = Sound.fit(tracks(tempo=[100.0, 110.0, 120.0]))

    far, same = sound.vectors(tracks(tempo=[900.0, 110.0]))

    assert 1.0 == far[FEATURES.index("tempo")]
    assert not same.any()


def test_the_reasons_are_the_largest_parts_of_the_similarity() -> None:
    """Both are fast and calm, one is loud and the other is not: the loudness is no reason."""
    spread = np.linspace(0, 1, 101).tolist()
    sound = Sound.fit(tracks(tempo=spread, energy=spread, loudness=spread))
    one = sound.vectors(tracks(tempo=[0.99], energy=[0.2], loudness=[0.9]))
    other = sound.vectors(tracks(tempo=[0.95], energy=[0.1], loudness=[0.2]))

    assert [["fast", "calm"]] == sound.traits(one, other, 3)
    assert [["fast"]] == sound.traits(one, other, 1)
