"""How tracks sound, as vectors of length 1 whose products are similarities."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from jobs.artist_catalogue.nearest import Vectors

WEIGHTS: Mapping[str, float] = {
    "danceability": 1.5,
    "energy": 1.25,
    "loudness": 1.0,
    "speechiness": 1.0,
    "acousticness": 1.0,
    "instrumentalness": 1.0,
    "liveness": 0.25,
    "valence": 1.0,
    "tempo": 1.5,
    "duration_ms": 1.0,
    "mode": 1.0,
    "time_signature": 0.75,
}
"""How much each feature counts, chosen on artists that the test does not ask about."""
FEATURES = tuple(WEIGHTS)
UNWEIGHTED: Mapping[str, float] = dict.fromkeys(WEIGHTS, 1.0)
"""What the weights have to be better than."""
WORDS: Mapping[str, tuple[str, str]] = {
    "danceability": ("not for dancing", "danceable"),
    "energy": ("calm", "energetic"),
    "loudness": ("quiet", "loud"),
    "speechiness": ("few words", "many words"),
    "acousticness": ("electric", "acoustic"),
    "instrumentalness": ("sung", "instrumental"),
    "liveness": ("in the studio", "on stage"),
    "valence": ("sombre", "cheerful"),
    "tempo": ("slow", "fast"),
    "duration_ms": ("short", "long"),
    "mode": ("minor", "major"),
    "time_signature": ("waltz time", "common time"),
}
"""What a low and a high value of each feature are called."""

_KNOTS = 257
_RAREST = 0.005
"""No value counts as rarer than this, so that no feature alone makes two tracks alike."""


@dataclass(frozen=True)
class Sound:
    """What makes features comparable: weights, and quantiles among the tracks it was fitted on."""

    features: NDArray[np.str_]
    weights: NDArray[np.float64]
    quantiles: NDArray[np.float64]
    """Features by knots."""

    @classmethod
    def fit(cls, tracks: pd.DataFrame, weights: Mapping[str, float] = WEIGHTS) -> "Sound":
        """Learn the quantiles of the columns FEATURES; without tracks they are all 0."""
        values = tracks[list(FEATURES)].to_numpy(dtype=np.float64)
        none = np.zeros((len(FEATURES), _KNOTS))
        quantiles = np.quantile(values, _shares(), axis=0).T if len(values) else none
        return cls(np.array(FEATURES), np.array([weights[name] for name in FEATURES]), quantiles)

    @property
    def kind(self) -> str:
        """`model` or `unweighted`, which of the two a version is."""
        return "unweighted" if (self.weights == self.weights[0]).all() else "model"

    def vectors(self, tracks: pd.DataFrame) -> Vectors:
        """One row per track: the weighted normal score of each feature, scaled to length 1."""
        scores = [
            norm.ppf(_share_below(tracks[feature].to_numpy(np.float64), knots))
            for feature, knots in zip(self.features.tolist(), self.quantiles, strict=True)
        ]
        weighted = np.column_stack(scores) * self.weights
        lengths = np.linalg.norm(weighted, axis=1, keepdims=True)
        # A track in the middle of every feature sounds like nothing in particular.
        scaled = np.divide(weighted, lengths, out=np.zeros_like(weighted), where=lengths > 0)
        vectors: Vectors = scaled.astype(np.float32)
        return vectors

    def traits(self, one: Vectors, other: Vectors, n: int) -> list[list[str]]:
        """For each pair of rows the `n` features that add most to its similarity, in words.

        The similarity is the sum of the features' products, so this is the reason itself and no
        afterthought: "loud" means that both tracks are louder than most.
        """
        products = one * other
        strongest = np.argsort(-products, axis=1, kind="stable")[:, :n]
        return [
            [
                WORDS[str(self.features[feature])][int(track[feature] > 0)]
                for feature in chosen
                if product[feature] > 0
            ]
            for track, product, chosen in zip(one, products, strongest.tolist(), strict=True)
        ]


def _shares() -> NDArray[np.float64]:
    return np.linspace(0.0, 1.0, _KNOTS)


def _share_below(values: NDArray[np.float64], knots: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of tracks with a lower value, half of those with the same one included."""
    below = np.interp(values, knots, _shares())
    above = np.interp(-values, -knots[::-1], _shares())
    return ((below + 1 - above) / 2).clip(_RAREST, 1 - _RAREST)
