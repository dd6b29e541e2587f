"""Asks for the audio features of the tracks that have landed, a hundred at a time."""

from collections.abc import Iterator

from jobs.artist_catalogue.spotify import client
from jobs.artist_catalogue.spotify.api import RefusedError, UnansweredError
from jobs.artist_catalogue.spotify.checkpoint import Batch
from jobs.artist_catalogue.spotify.round import Round

_WHAT = "audio-features"


def ask(current: Round, at_least: int, tried: set[str]) -> Iterator[Batch]:
    """The features of tracks that were never asked for, a request's in each batch.

    The service may refuse them, as it does to applications made since the end of 2024, or fail:
    the tracks remain without, and are asked for when it may have changed.

    Args:
        current: Whom to ask, and what is known.
        at_least: With fewer tracks than this a request would be a waste.
        tried: Tracks that are not asked for again in this go; those asked for are added.
    """
    while not current.checkpoint.closed_since(_WHAT, current.since):
        missing = [one for one in current.checkpoint.tracks_without_features() if one not in tried]
        if len(missing) < at_least:
            return
        tracks = missing[: client.FEATURES_AT_ONCE]
        try:
            yield _features(tracks, current)
        except RefusedError as error:
            current.checkpoint.note_closed(_WHAT, error.reason, current.now())
            current.tell(f"going on without audio features: {error}")
        except UnansweredError as error:
            tried.update(missing)
            current.tell(f"going on without audio features for now: {error}")
        tried.update(tracks)


def _features(tracks: list[str], current: Round) -> Batch:
    batch = Batch(current.now())
    for track_id, features in client.audio_features(current.api, tracks).items():
        if features is None:
            batch.nothing_for.append(("audio_features", track_id))
        else:
            batch.documents["audio_features", track_id] = {
                **features,
                "crawled_at": batch.crawled_at_text,
            }
    return batch
