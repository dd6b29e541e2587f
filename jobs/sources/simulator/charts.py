"""Simulated weekly charts of real tracks, in the shapes that providers publish."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jobs.sources import json_lines
from jobs.sources.simulator.dynamics import WEEKS, Market, simulate_market, week_date
from jobs.sources.simulator.songs import Song, read_songs
from jobs.sources.simulator.spellings import SPELLERS, spell

COUNTRIES = {"US": "USA", "GB": "United Kingdom", "BR": "Brazil", "KR": "South Korea"}
TOP50_PLACES, KOREAN_PLACES = 50, 100
_SONGS = 1200
"""The most popular songs, of which a chart of 100 sees some 300 in 30 weeks."""
_SEED = 20230107


@dataclass(frozen=True)
class World:
    """The songs that there are, and what each country makes of them."""

    songs: Sequence[Song]

    @cached_property
    def markets(self) -> Mapping[str, Market]:
        """A market for each country, which follows its own taste."""
        popularity = np.array([song.popularity for song in self.songs], dtype=np.float64)
        return {
            country: simulate_market(popularity, np.random.default_rng([_SEED, place]))
            for place, country in enumerate(COUNTRIES)
        }

    def korean_ranking(self, provider: str, week: int) -> NDArray[np.intp]:
        """The songs of one Korean provider's chart, by their place in `songs`."""
        random = np.random.default_rng([_SEED, 100 + list(SPELLERS).index(provider)])
        return self.markets["KR"].seen_by(random, noise=0.5).ranking(week, KOREAN_PLACES)


def convert_top50(members: Sequence[Path], target: Path) -> None:
    """Write one document per country and week: a playlist's items with nested tracks."""
    (tracks,) = members
    world = World(read_songs(tracks)[:_SONGS])
    json_lines.write(_top50_documents(world), target)


def convert_korean(members: Sequence[Path], target: Path) -> None:
    """Write one document per provider and week: its own body in the crawler's envelope."""
    (tracks,) = members
    world = World(read_songs(tracks)[:_SONGS])
    json_lines.write(_korean_documents(world), target)


def true_songs(world: World) -> Mapping[tuple[str, str, str], str]:
    """Which song each provider, title and performer of the Korean charts really is."""
    return {
        (provider, *spell(world.songs[number], provider, number)): world.songs[number].song_id
        for provider in SPELLERS
        for week in range(WEEKS)
        for number in map(int, world.korean_ranking(provider, week))
    }


def _top50_documents(world: World) -> Iterator[dict[str, object]]:
    for country, market in world.markets.items():
        for week in range(WEEKS):
            ranking = market.ranking(week, TOP50_PLACES)
            plays = 1e5 * np.exp(market.appeal[week][ranking])
            yield {
                "name": f"Top {TOP50_PLACES} - {COUNTRIES[country]}",
                "country": country,
                "date": week_date(week).isoformat(),
                "items": [
                    _top50_item(place, world.songs[number], int(streams))
                    for place, (number, streams) in enumerate(zip(ranking, plays, strict=True), 1)
                ],
            }


def _top50_item(place: int, song: Song, streams: int) -> dict[str, object]:
    return {
        "position": place,
        "streams": streams,
        "is_synthetic": True,
        "track": {
            "id": song.song_id,
            "name": song.name,
            "artists": [{"name": name} for name in song.artists],
            "genre": song.genre,
        },
    }


def _korean_documents(world: World) -> Iterator[dict[str, object]]:
    for provider in SPELLERS:
        for week in range(WEEKS):
            entries = []
            for place, number in enumerate(map(int, world.korean_ranking(provider, week)), 1):
                song = world.songs[number]
                title, performer = spell(song, provider, number)
                entries.append(_ITEMS[provider](place, title, performer, song.genre))
            yield {
                "provider": provider,
                "chart_date": week_date(week).isoformat(),
                "body": {_LISTS[provider]: [{**e, "is_synthetic": True} for e in entries]},
            }


def _haneul_item(place: int, title: str, performer: str, genre: str) -> dict[str, object]:
    return {"rank": place, "title": title, "artist": performer, "genre": genre}


def _nuri_item(place: int, title: str, performer: str, genre: str) -> dict[str, object]:
    return {"ranking": str(place), "songName": title, "artistName": performer, "genreName": genre}


def _maru_item(place: int, title: str, performer: str, genre: str) -> dict[str, object]:
    artists = [{"artist_nm": name} for name in performer.split(" ft. ")]
    return {"no": place, "track_title": title, "artists": artists, "style": genre}


_LISTS = {"haneul": "list", "nuri": "chartList", "maru": "tracks"}
_ITEMS = {"haneul": _haneul_item, "nuri": _nuri_item, "maru": _maru_item}
