"""How Korean-style charts write foreign songs: the truth that matching has to find again."""

import unicodedata
from collections.abc import Callable, Mapping

import numpy as np

from jobs.sources.simulator.songs import Song

_LEADS = {
    letter: place
    for place, letters in {
        0: "g",
        2: "n",
        3: "d",
        5: "rl",
        6: "m",
        7: "bv",
        9: "s",
        11: "w",
        12: "jz",
        15: "ckqx",
        16: "t",
        17: "pf",
        18: "h",
    }.items()
    for letter in letters
}
"""The Hangul consonant of each letter, by its place in Unicode's order."""
_VOWELS = {"a": 0, "e": 5, "o": 8, "u": 13, "i": 20, "y": 20}
_SILENT_LEAD, _SILENT_VOWEL = 11, 18
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_LONG = 28
"""Titles longer than this are cut, as in many a printed chart."""

Speller = Callable[[Song, np.random.Generator], tuple[str, str]]
"""Writes a song's title and performer."""


def spell(song: Song, provider: str, number: int) -> tuple[str, str]:
    """Title and performer as a provider writes them, always the same for the same number."""
    place = list(SPELLERS).index(provider)
    return SPELLERS[provider](song, np.random.default_rng([place, number]))


def hangul(text: str) -> str:
    """Latin letters by their sound, roughly; what is no Latin letter stays."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    written, lead = "", None
    for letter in [*plain.lower(), " "]:
        if letter in _VOWELS:
            written += _syllable(_SILENT_LEAD if lead is None else lead, _VOWELS[letter])
            lead = None
            continue
        if lead is not None:
            written += _syllable(lead, _SILENT_VOWEL)
        lead = _LEADS.get(letter)
        written += "" if lead is not None else letter
    return written.strip()


def _syllable(lead: int, vowel: int) -> str:
    return chr(0xAC00 + (lead * 21 + vowel) * 28)


def _haneul(song: Song, random: np.random.Generator) -> tuple[str, str]:
    """Guests in the title; half of the performers in Hangul, with the name in brackets."""
    first, *guests = song.artists
    title = f"{song.title} (Feat. {', '.join(guests)})" if guests else song.title
    return title, f"{hangul(first)} ({first})" if random.random() < 0.5 else first  # noqa: PLR2004


def _nuri(song: Song, random: np.random.Generator) -> tuple[str, str]:
    """Decomposed Unicode; a few titles wide, in capitals, remastered or in Hangul."""
    title, performer = song.title, " & ".join(song.artists)
    kind = random.choice(["plain", "wide", "capitals", "remastered", "hangul"], p=_NURI_SHARES)
    title = {
        "plain": title,
        "wide": title.translate(_WIDE),
        "capitals": title.upper(),
        "remastered": f"{title} [Remastered]",
        "hangul": f"{hangul(title)} ({title})",
    }[str(kind)]
    return unicodedata.normalize("NFD", title), unicodedata.normalize("NFD", performer)


_NURI_SHARES = [0.5, 0.05, 0.1, 0.15, 0.2]


def _maru(song: Song, random: np.random.Generator) -> tuple[str, str]:
    """Accents lost, long titles cut, "and" for "&", and one title of twenty with a slip."""
    decomposed = unicodedata.normalize("NFD", song.title)
    title = "".join(c for c in decomposed if not unicodedata.combining(c)).replace("&", "and")
    if len(title) > _LONG:
        title = f"{title[: _LONG - 3].rstrip()}..."
    elif len(title) > 6 and random.random() < 0.05:  # noqa: PLR2004  a slip in "XO" leaves nothing
        slip = int(random.integers(1, len(title) - 1))
        title = title[:slip] + title[slip + 1 :]
    return title, " ft. ".join([song.artists[0].replace("&", "and"), *song.artists[1:2]])


SPELLERS: Mapping[str, Speller] = {"haneul": _haneul, "nuri": _nuri, "maru": _maru}
"""The providers, none of which exists; the names are words for sky, world and ridge."""
