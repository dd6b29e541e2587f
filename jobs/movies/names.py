"""Column expressions for titles and names: one spelling to show, one key to compare.

Everything here is an expression of Spark, so that it runs in the JVM on any number of rows.
"""

import json
import unicodedata
from collections.abc import Mapping

from pyspark.sql import Column
from pyspark.sql import functions as F

from jobs.lakehouse.raw_fields import WORD_EDGE, text

_ARTICLES = (
    *("The", "A", "An"),
    *("La", "Le", "Les", "Une", "Un"),
    *("Das", "Der", "Die", "Ein", "Eine"),
    *("Il", "Lo", "I", "Gli", "Una", "Uno"),
    *("El", "Los", "Las"),
    *("O", "Os", "As"),
    *("Den", "Det", "De", "En", "Ett", "Het"),
)
_SUFFIXES = ("Jr", "Sr", "Inc", "Ltd", "LLC")
"""They belong to the name before the comma."""


def _plain_letters() -> tuple[str, str]:
    """Latin small letters with marks, and at the same places the letters without."""
    plain = {
        letter: unicodedata.normalize("NFD", letter)[0]
        for letter in map(chr, [*range(0x00C0, 0x0250), *range(0x1E00, 0x1F00)])
        if letter.islower()
    }
    # Unicode does not see these as letters with a mark.
    plain |= {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t"}
    plain |= {"\N{LATIN SMALL LETTER DOTLESS I}": "i"}
    changed = {letter: base for letter, base in plain.items() if base.isascii()}
    return "".join(changed), "".join(changed.values())


_MARKED, _PLAIN = _plain_letters()


def article_in_front(title: Column) -> Column:
    """Read "Usual Suspects, The" as "The Usual Suspects", "Avventura, L'" as "L'Avventura"."""
    in_front = F.regexp_replace(title, rf"^(.*\S), ({'|'.join(_ARTICLES)})$", "$2 $1")
    return F.regexp_replace(in_front, r"^(.*\S), (L')$", "$2$1")


def main_title(raw_title: Column) -> Column:
    """The title without what stands in brackets behind it, its article in front."""
    # Something must stand before a bracket: "(500) Days of Summer" and "(Untitled)" keep theirs.
    without = F.regexp_replace(raw_title, r"(?<=\S)(\s*\([^()]*\))+\s*$", "")
    return article_in_front(text(without))


def other_titles(raw_title: Column) -> Column:
    """The titles in brackets behind the main one, each once, articles in front.

    One bracket may hold several: "(a.k.a. Sydney, a.k.a. Hard Eight)", "(Soy Cuba/Ya Kuba)".
    """
    brackets = F.regexp_extract(raw_title, r"(?<=\S)((?:\s*\([^()]*\))+)\s*$", 1)
    parts = F.split(brackets, rf"[()/]|,?\s*{WORD_EDGE}a\.k\.a\.")
    titles = F.transform(parts, lambda part: article_in_front(text(part)))
    return F.array_distinct(F.array_compact(titles))


def title_key(title: Column) -> Column:
    """What is left of a title to compare: small letters and digits; NULL when nothing is.

    Accents, punctuation, spaces and an English article in front go; "&" reads "and".
    """
    spelled_out = F.replace(F.lower(title), F.lit("&"), F.lit(" and "))
    for letter, letters in {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}.items():
        spelled_out = F.replace(spelled_out, F.lit(letter), F.lit(letters))
    plain = F.regexp_replace(F.translate(spelled_out, _MARKED, _PLAIN), r"\p{M}", "")
    without_article = F.regexp_replace(plain, r"^[^\p{L}\p{N}]*(?:the|an|a)\s+(?=\S)", "")
    return F.nullif(F.regexp_replace(without_article, r"[^\p{L}\p{N}]", ""), F.lit(""))


def slug(name: Column) -> Column:
    """The name in small letters with hyphens, as an id: "Mötley & Sons" as "mötley-and-sons".

    NULL when no letter or digit is left.
    """
    words = F.replace(F.replace(name, F.lit("&"), F.lit(" and ")), F.lit("+"), F.lit(" plus "))
    hyphened = F.regexp_replace(F.lower(words), r"[^\p{L}\p{M}\p{N}]+", "-")
    return F.nullif(F.trim(hyphened, F.lit("-")), F.lit(""))


def listed_names(field: Column, separator: str = ", ") -> Column:
    """The names of a list, each once; an empty array without a list.

    Args:
        field: The list, like "Fatty Arbuckle, Buster Keaton".
        separator: What stands between two names.
    """
    parts = F.split(field, rf"{separator}(?!(?:{'|'.join(_SUFFIXES)}){WORD_EDGE})")
    names = F.array_distinct(F.array_compact(F.transform(parts, text)))
    return F.coalesce(names, F.array().cast("array<string>"))


def spelled(names: Column, spelling: Mapping[str, str]) -> Column:
    """An array of names as the catalogue spells them, each once.

    A name that is not in `spelling` stays; one that is to be spelled as an empty text goes.
    """
    renamed = F.transform(names, lambda name: F.coalesce(decoded(name, spelling), name))
    return F.array_distinct(F.array_remove(renamed, ""))


def decoded(code: Column, meanings: Mapping[str, str]) -> Column:
    """What a code means; NULL if it is unknown."""
    # As one literal: a map made of a literal for each entry is slow to build from Python.
    return F.try_element_at(F.from_json(F.lit(json.dumps(meanings)), "map<string, string>"), code)
