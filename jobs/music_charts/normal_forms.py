"""Column expressions for titles and performers: what is left of them to compare.

Everything here is an expression of Spark, so that it runs in the JVM on any number of rows.
"""

from pyspark.sql import Column
from pyspark.sql import functions as F

from jobs.lakehouse.raw_fields import WORD_EDGE

_JAMO = r"\u1100-\u11ff"
"""What Hangul is made of once it is decomposed."""
_IN_BRACKETS = r"\s*[(\[](?:{})[^()\[\]]*[)\]]"
_GUESTS = _IN_BRACKETS.format(rf"(?:feat|ft|featuring|with){WORD_EDGE}")
_GUESTS_BEHIND = r"\s(?:feat|ft|featuring)\.?\s.*$"
_REMASTER = _IN_BRACKETS.format(rf"[^()\[\]]*{WORD_EDGE}remaster")
_REMASTER_BEHIND = rf"\s-\s[^-]*{WORD_EDGE}remaster.*$"
_OTHERS = r"(?<=\S)(?:\s*[,;&+].*|\s(?:feat|ft|featuring|with|and|x|vs)\.?\s.*)$"


def title_key(title: Column) -> Column:
    """The title without guests, remastering, an article in front, punctuation and accents."""
    plain = _latin_of_both(_plain(title))
    for left_out in (_GUESTS, _GUESTS_BEHIND, _REMASTER, _REMASTER_BEHIND):
        plain = F.regexp_replace(plain, left_out, "")
    return _letters(F.replace(plain, F.lit("&"), F.lit(" and ")), instead=title)


def performer_key(performer: Column) -> Column:
    """The first performer, in the same form: providers differ in how they name the others."""
    return _letters(
        F.regexp_replace(_latin_of_both(_plain(performer)), _OTHERS, ""), instead=performer
    )


def surname_last(performer: Column) -> Column:
    """Read "Aguilera, Christina" as "Christina Aguilera"."""
    return F.regexp_replace(performer, r"^([^,&]+), ([^,&]+)$", "$2 $1")


def _plain(text: Column) -> Column:
    """Small letters in Unicode's form NFKD, without accents."""
    return F.trim(F.regexp_replace(F.lower(_normalised(text, "decompose")), r"\p{M}", ""))


def _normalised(text: Column, method: str) -> Column:
    """Unicode's form NFKD (decompose) or NFKC (compose); NULL gives an empty text."""
    # Spark has no function for it, but the library that has: ICU, for its collations.
    icu = F.lit("com.ibm.icu.text.Normalizer")
    return F.reflect(icu, F.lit(method), F.coalesce(text, F.lit("")), F.lit(True))  # noqa: FBT003


def _latin_of_both(plain: Column) -> Column:
    """The name in brackets where Hangul stands before it: "드라케 (Drake)"."""
    return F.regexp_replace(plain, rf"^[^a-z]*[{_JAMO}][^a-z]*[(\[](.*[a-z].*)[)\]]$", "$1")


def _letters(plain: Column, instead: Column) -> Column:
    """Letters and digits alone; a name that has none, like "+", is its own key."""
    without_article = F.regexp_replace(plain, r"^[^\p{L}\p{N}]*the\s+(?=\S)", "")
    letters = F.regexp_replace(without_article, r"[^\p{L}\p{N}]", "")
    return F.coalesce(
        F.nullif(_normalised(letters, "compose"), F.lit("")), F.lower(F.trim(instead))
    )
