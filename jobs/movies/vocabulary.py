"""The names that the sources spell or code differently, and how the catalogue spells them.

MovieLens, Wikidata and TMDB agree on most names; only the others are listed. A name that
stands for nothing ("multiple languages") has the empty string here, and is left out.
"""

import re
from collections.abc import Mapping

from babel import Locale

AGE_GROUPS: Mapping[str, str] = {
    "1": "Under 18",
    "18": "18-24",
    "25": "25-34",
    "35": "35-44",
    "45": "45-49",
    "50": "50-55",
    "56": "56+",
}
"""MovieLens codes an age group by its lowest age."""

OCCUPATIONS: Mapping[str, str] = {
    "0": "other or not specified",
    "1": "academic/educator",
    "2": "artist",
    "3": "clerical/admin",
    "4": "college/grad student",
    "5": "customer service",
    "6": "doctor/health care",
    "7": "executive/managerial",
    "8": "farmer",
    "9": "homemaker",
    "10": "K-12 student",
    "11": "lawyer",
    "12": "programmer",
    "13": "retired",
    "14": "sales/marketing",
    "15": "scientist",
    "16": "self-employed",
    "17": "technician/engineer",
    "18": "tradesman/craftsman",
    "19": "unemployed",
    "20": "writer",
}
"""Codes of the README of MovieLens 1M."""

GENRES: Mapping[str, str] = {
    "Children's": "Family",
    "Science Fiction": "Sci-Fi",
    # TMDB's words for where a film comes from, and for what it was made: not genres.
    "Foreign": "",
    "TV Movie": "",
}

LANGUAGES: Mapping[str, str] = {
    "American English": "English",
    "Australian English": "English",
    "Brazilian Portuguese": "Portuguese",
    "Egyptian language": "Egyptian",
    "Flemish Dutch": "Dutch",
    "Kurdish language": "Kurdish",
    "Modern Greek": "Greek",
    "Modern Hebrew": "Hebrew",
    "Neapolitan language": "Neapolitan",
    "Quebec French": "French",
    "Slovene": "Slovenian",
    "Putonghua": "Mandarin",
    "Standard Chinese": "Mandarin",
    "Standard Taiwanese Mandarin": "Mandarin",
    "Yue Chinese": "Cantonese",
    "artistic language": "",
    "multiple languages": "",
}

COUNTRIES: Mapping[str, str] = {
    "British Hong Kong": "Hong Kong",
    "Federal Republic of Yugoslavia": "Serbia and Montenegro",
    "Kingdom of Great Britain": "United Kingdom",
    "Kingdom of Italy": "Italy",
    "Kingdom of the Netherlands": "Netherlands",
    "Occupied Palestinian territory": "Palestine",
    "People's Republic of China": "China",
    "Republic of China": "Taiwan",
    "Socialist Federal Republic of Yugoslavia": "Yugoslavia",
    "Taiwan Island": "Taiwan",
    "The Bahamas": "Bahamas",
}

WRITING_JOBS = (
    "Adaptation",
    "Author",
    "Book",
    "Characters",
    "Co-Writer",
    "Comic Book",
    "Dialogue",
    "Novel",
    "Original Story",
    "Scenario Writer",
    "Screenplay",
    "Screenstory",
    "Short Story",
    "Story",
    "Teleplay",
    "Theatre Play",
    "Writer",
)
"""The jobs of a TMDB crew that make somebody a writer of the film."""

DIRECTING_JOBS = ("Co-Director", "Director")
"""The jobs of a TMDB crew that make somebody a director of the film."""


def names_of_language_codes() -> Mapping[str, str]:
    """English names by ISO 639-1 code, and by the codes that only TMDB uses."""
    return _two_letters(Locale.parse("en").languages) | {
        "cn": "Cantonese",
        "sh": "Serbo-Croatian",
        "st": "Sesotho",
        "xx": "",  # "No Language"
        "zh": "Mandarin",
    }


def names_of_country_codes() -> Mapping[str, str]:
    """English names by ISO 3166-1 code, also of countries that are no more.

    Unicode's names that are longer, newer or more careful than those on films give way.
    """
    return _two_letters(Locale.parse("en").territories) | {
        "BA": "Bosnia and Herzegovina",
        "CD": "Democratic Republic of the Congo",
        "CG": "Republic of the Congo",
        "CI": "Ivory Coast",
        "CS": "Serbia and Montenegro",
        "CZ": "Czech Republic",
        "HK": "Hong Kong",
        "MM": "Myanmar",
        "MO": "Macao",
        "PS": "Palestine",
        "SU": "Soviet Union",
        "TR": "Turkey",
        "TT": "Trinidad and Tobago",
        "XC": "Czechoslovakia",
        "XG": "East Germany",
        "YU": "Yugoslavia",
    }


def _two_letters(names: Mapping[str, str]) -> dict[str, str]:
    """The names whose codes are those of ISO 639-1 or ISO 3166-1 alpha-2."""
    return {code: name for code, name in names.items() if re.fullmatch("[A-Za-z]{2}", code)}
