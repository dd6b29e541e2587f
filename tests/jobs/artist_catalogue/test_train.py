"""The model: what it is measured by, how it is kept, and what is served of it."""

from dataclasses import replace
from pathlib import Path
from zlib import crc32

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession

import model_registry
from jobs.artist_catalogue import flow, serve, train
from jobs.artist_catalogue.genre_precision import METRIC, GenreTest
from jobs.artist_catalogue.neighbours_model import TrackNeighbours
from jobs.artist_catalogue.recordings import Recordings
from jobs.artist_catalogue.sound import FEATURES
from jobs.lakehouse.steps.quality import declared_columns
from jobs.lakehouse.testing import frame
from model_registry import Challenger, Contest, Decision, Origin, Registry, TooLittle

ARTISTS = 24
SONGS = 5
"""Each artist has as many, and a copy of the first one on a second album."""


@pytest.fixture(scope="module")
def catalogue(spark: SparkSession) -> dict[str, DataFrame]:
    """Calm folk artists and loud metal ones; one track lacks a feature."""
    random = np.random.default_rng(5)
    tracks, sounds, genres = [], [], []
    for artist in range(ARTISTS):
        is_metal = artist % 2
        genre = "metal" if is_metal else "folk"
        artist_id = f"artist-{artist:02}"
        genres.append({"artist_id": artist_id, "genre_id": genre, "genre": genre})
        for copy in range(SONGS + 1):
            song = copy % SONGS
            track_id = f"{artist_id}-{copy}"
            tracks.append(
                {
                    "track_id": track_id,
                    "name": f"Song {song}",
                    "recording": f"{artist_id}: song {song}",
                    "main_artist_id": artist_id,
                    "album_id": "album",
                    "popularity": 50 - copy,
                }
            )
            drawn = dict(
                zip(FEATURES, random.normal(is_metal * 3, 1, len(FEATURES)).tolist(), strict=True)
            )
            whole = {
                "duration_ms": int(200_000 + 1000 * drawn["duration_ms"]),
                "mode": is_metal,
                "time_signature": 4,
            }
            missing = {"tempo": None} if track_id == "artist-00-4" else {}
            sounds.append({"track_id": track_id, **drawn, **whole, **missing})
    names = [{"artist_id": g["artist_id"], "name": g["artist_id"].upper()} for g in genres]
    return {
        "tracks": frame(spark, flow.tracks, *tracks).persist(),
        "audio_features": frame(spark, flow.audio_features, *sounds).persist(),
        "artist_genres": frame(spark, flow.artist_genres, *genres).persist(),
        "artists": frame(spark, flow.artists, *names).persist(),
        "albums": frame(spark, flow.albums, {"album_id": "album", "name": "Album"}).persist(),
    }


@pytest.fixture(scope="module")
def challenger(catalogue: dict[str, DataFrame]) -> Challenger:
    """The model trained on the small catalogue."""
    trained = train.track_neighbours(
        catalogue["audio_features"], catalogue["tracks"], catalogue["artist_genres"]
    )
    assert isinstance(trained, Challenger)
    return trained


def submit(trained: Challenger | TooLittle, home: Path) -> tuple[Decision, Registry]:
    """Hand a challenger to the gate of an empty registry as the runner does."""
    registry = Registry(f"sqlite:///{home / 'mlflow.db'}", (home / "artifacts").as_uri())
    declared = flow.track_neighbours
    decision = model_registry.submit(
        trained,
        Contest(declared.name, declared.doc, declared.metric, declared.better),
        origin=Origin({"artist_catalogue.tracks": 1}, rows=120, fingerprint="abc"),
        registry=registry,
    )
    return decision, registry


@pytest.fixture(scope="module")
def champion(challenger: Challenger, tmp_path_factory: pytest.TempPathFactory) -> TrackNeighbours:
    """That model, handed to the gate, registered and loaded again."""
    # Here sound without weights is as good, so the metrics are made a little worse for it.
    worse = {**challenger.baselines, "unweighted": {METRIC: 0.9}}
    decision, registry = submit(
        replace(challenger, baselines=worse), tmp_path_factory.mktemp("registry")
    )
    assert decision.promoted
    loaded: TrackNeighbours = model_registry.load(
        flow.track_neighbours.name, decision.version, registry
    )
    return loaded


@pytest.fixture(scope="module")
def similar(catalogue: dict[str, DataFrame], champion: TrackNeighbours) -> pd.DataFrame:
    """What is served, in the order of the key."""
    made = serve.similar_tracks(
        catalogue["tracks"],
        catalogue["artists"],
        catalogue["albums"],
        catalogue["audio_features"],
        champion,
    )
    rows = declared_columns(made, flow.similar_tracks, with_source=False).toPandas()
    return rows.sort_values(["track_id", "place"], ignore_index=True)


def test_copies_and_incomplete_tracks_are_known_as_such(catalogue: dict[str, DataFrame]) -> None:
    """The most popular copy stands for a recording; a track without a tempo is not there."""
    recordings = Recordings.of(catalogue["audio_features"], catalogue["tracks"])
    tracks = recordings.tracks

    copies = tracks["track_id"].str.endswith("-5")
    assert ARTISTS * (SONGS + 1) - 1 == len(tracks)
    assert [not is_copy for is_copy in copies] == recordings.is_first.tolist()
    first = tracks[recordings.is_first].reset_index(drop=True)
    assert tracks["recording"].tolist() == first["recording"][recordings.own].tolist()


def test_neighbours_beat_chance_and_popularity(challenger: Challenger) -> None:
    """Folk and metal sound so different that all ten are of the genre; chance gets half."""
    assert 1.0 == challenger.metrics[METRIC]
    assert 1.0 == challenger.metrics[f"{METRIC}_other_artists"]
    assert 0.4 < challenger.baselines["permutation"][METRIC] < 0.6
    assert 0.3 < challenger.baselines["popularity"][METRIC] < 0.7


def test_weights_that_are_no_better_are_not_served(challenger: Challenger, tmp_path: Path) -> None:
    """Folk and metal are told apart without weights as well, so sound without any is served."""
    assert 1.0 == challenger.baselines["unweighted"][METRIC]

    decision, registry = submit(challenger, tmp_path)

    loaded = model_registry.load(flow.track_neighbours.name, decision.baseline or 0, registry)
    assert not decision.promoted
    assert "unweighted" == loaded.sound.kind
    assert challenger.baselines["unweighted"] == challenger.score(loaded)


@pytest.mark.parametrize(("count", "neighbours"), [(0, 0), (1, 0), (2, 2)])
def test_few_tracks_train_nothing_and_unweighted_sound_is_served(
    catalogue: dict[str, DataFrame], tmp_path: Path, count: int, neighbours: int
) -> None:
    """No track and a lone one have no neighbours, two have each other."""
    few = catalogue | {
        "tracks": catalogue["tracks"].where("track_id LIKE '%-1'").orderBy("track_id").limit(count)
    }
    trained = train.track_neighbours(
        *(few[name] for name in ("audio_features", "tracks", "artist_genres"))
    )
    assert isinstance(trained, TooLittle)
    assert trained.reason.startswith(f"found {count} recordings with a genre")

    decision, registry = submit(trained, tmp_path)

    loaded = model_registry.load(flow.track_neighbours.name, decision.version, registry)
    served = ("tracks", "artists", "albums", "audio_features")
    inputs = {name: few[name] for name in served}
    rows = serve.similar_tracks(**inputs, track_neighbours=loaded).collect()
    assert ["unweighted"] * neighbours == [row["found_by"] for row in rows]


@settings(max_examples=5, deadline=None, derandomize=True, database=None)
@given(
    artists=st.integers(0, 20),
    songs=st.integers(1, 2),
    genres=st.integers(0, 2),
    same=st.booleans(),
)
@example(artists=20, songs=1, genres=1, same=True)
def test_any_few_tracks_train_or_say_what_is_lacking(
    spark: SparkSession, *, artists: int, songs: int, genres: int, same: bool
) -> None:
    """Few artists, no genres, tracks that sound the same: all is measured, or nothing trained."""
    known = [(f"artist {a}", f"track {a} {s}") for a in range(artists) for s in range(songs)]
    tracks = [
        {"track_id": t, "name": t, "recording": t, "main_artist_id": a, "popularity": 1}
        for a, t in known
    ]
    features = set(FEATURES) - {"duration_ms", "mode", "time_signature"}
    sounds = [
        {
            "track_id": track,
            **dict.fromkeys(features, 0.5 if same else place / 40),
            "duration_ms": 1000,
            "mode": 1,
            "time_signature": 4,
        }
        for place, (_, track) in enumerate(known)
    ]
    of_artists = [
        {"artist_id": f"artist {a}", "genre_id": f"genre {a % genres}"}
        for a in range(artists if genres else 0)
    ]

    outcome = train.track_neighbours(
        frame(spark, flow.audio_features, *sounds),
        frame(spark, flow.tracks, *tracks),
        frame(spark, flow.artist_genres, *of_artists),
    )

    if isinstance(outcome, TooLittle):
        assert outcome.reason.startswith("found ")
        return
    assert np.isfinite(outcome.metrics[METRIC])
    assert np.isfinite(outcome.baselines[outcome.fallback.name][METRIC])


def test_precision_by_hand(catalogue: dict[str, DataFrame]) -> None:
    """Another program, one query at a time, finds the same precision with other artists only."""
    recordings = Recordings.of(catalogue["audio_features"], catalogue["tracks"])
    test = GenreTest.of(recordings, catalogue["artist_genres"])
    # Vectors that know nothing of the sound, so that the precision is between the extremes.
    vectors = np.random.default_rng(2).normal(size=(len(test.recordings), 3)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    artists = test.recordings["main_artist_id"].tolist()
    shares = []
    for asked, artist in enumerate(artists):
        if crc32(artist.encode()) % 2 == 0:
            continue
        cosines = vectors @ vectors[asked]
        others = sorted(
            (n for n in range(len(artists)) if artists[n] != artist), key=lambda n: -cosines[n]
        )
        even = int(artist[-2:]) % 2
        shares.append(np.mean([int(artists[n][-2:]) % 2 == even for n in others[:10]]))

    assert len(shares) == len(test.asked)
    assert abs(np.mean(shares) - test.measure(vectors)[f"{METRIC}_other_artists"]) < 1e-9


def test_the_approximate_neighbours_are_mostly_the_exact_ones(challenger: Challenger) -> None:
    """LSH finds some of the ten nearest; it can find no more than all."""
    assert 0.5 < challenger.metrics["lsh_recall_at_10"] <= 1


def test_a_version_is_measured_as_it_was_trained(
    challenger: Challenger, champion: TrackNeighbours
) -> None:
    """The loaded model reaches the metric of the challenger that it was."""
    assert challenger.metrics[METRIC] == challenger.score(champion)[METRIC]


def test_the_logged_model_answers_for_a_new_track(
    catalogue: dict[str, DataFrame], champion: TrackNeighbours
) -> None:
    """A track that sounds just like a known one finds it first, with the cosine 1."""
    known = catalogue["audio_features"].where("track_id = 'artist-03-2'").toPandas()

    (answer,) = champion.predict(None, known[list(FEATURES)], {"places": 3}).to_dict("records")

    assert "artist-03-2" == answer["track_ids"][0]
    assert abs(answer["similarities"][0] - 1) < 1e-6
    assert [3, 3] == [len(answer["track_ids"]), len(answer["similarities"])]


def test_every_track_with_a_sound_has_twenty_places(similar: pd.DataFrame) -> None:
    """Also the copies; the track without a tempo has none and is nobody's neighbour."""
    places = similar.groupby("track_id")["place"].agg(list)

    assert [list(range(1, 21))] * (ARTISTS * (SONGS + 1) - 1) == places.tolist()
    assert "artist-00-4" not in {*similar["track_id"], *similar["similar_track_id"]}


def test_no_track_is_like_itself_or_its_copies(similar: pd.DataFrame) -> None:
    """A recording is found once at most, as its most popular copy, and never for itself."""
    song = similar["track_id"].str.replace("-5", "-0")

    assert not (song == similar["similar_track_id"]).any()
    assert not similar["similar_track_id"].str.endswith("-5").any()
    assert not similar.duplicated(["track_id", "similar_track_id"]).any()


def test_similarity_falls_from_place_to_place_and_has_reasons(similar: pd.DataFrame) -> None:
    """Names are those of the found tracks; each has one to three reasons."""
    falls = similar.groupby("track_id")["similarity"].diff().dropna() <= 1e-6
    row = similar.iloc[0]

    assert falls.all()
    assert row["similar_track_id"].rpartition("-")[0].upper() == row["similar_artist"]
    assert {"Album"} == set(similar["similar_album"])
    assert similar["alike_in"].map(len).between(1, 3).all()
