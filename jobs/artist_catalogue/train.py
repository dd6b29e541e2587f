"""The catalogue's model: fitted without genres, and measured by them."""

from collections.abc import Mapping
from functools import partial

from pyspark.sql import DataFrame

from jobs.artist_catalogue import approximate
from jobs.artist_catalogue.genre_precision import GenreTest
from jobs.artist_catalogue.neighbours_model import TrackNeighbours, log_neighbours
from jobs.artist_catalogue.recordings import Recordings
from jobs.artist_catalogue.sound import UNWEIGHTED, WEIGHTS, Sound
from model_registry import Baseline, Challenger, TooLittle


def track_neighbours(
    audio_features: DataFrame, tracks: DataFrame, artist_genres: DataFrame
) -> Challenger | TooLittle:
    """Learn what is much and what is little of each feature, and ask for the genre of neighbours.

    Genres are in no feature. They chose the weights, by the half of the artists that the test
    does not ask about; no version learns from them, so each may be asked about all of the other.
    """
    recordings = Recordings.of(audio_features, tracks)
    sound = Sound.fit(recordings.tracks)
    plain = Sound.fit(recordings.tracks, UNWEIGHTED)
    unweighted = Baseline(plain.kind, partial(log_neighbours, plain, recordings))
    test = GenreTest.of(recordings, artist_genres)
    if test.lacking is not None:
        return TooLittle(test.lacking, unweighted)
    vectors = sound.vectors(test.recordings)

    def score(other: TrackNeighbours) -> Mapping[str, float]:
        return test.measure(other.sound.vectors(test.recordings))

    return Challenger(
        params={
            **{f"weight_{feature}": weight for feature, weight in WEIGHTS.items()},
            **approximate.parameters(),
            "tested_on": "recordings of artists whose id has an odd checksum",
        },
        metrics={
            **test.measure(vectors),
            **approximate.lsh_recall(vectors, audio_features.sparkSession),
        },
        baselines={
            **test.baselines(vectors),
            unweighted.name: test.measure(plain.vectors(test.recordings)),
        },
        fallback=unweighted,
        log=partial(log_neighbours, sound, recordings),
        score=score,
    )
