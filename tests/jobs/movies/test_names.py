"""Titles and names: one spelling to show, one key to compare."""

import re
from collections.abc import Callable, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

from jobs.movies import vocabulary
from jobs.movies.names import (
    article_in_front,
    listed_names,
    main_title,
    other_titles,
    slug,
    spelled,
    title_key,
)

Texts = Sequence[str | None]
# One Spark job judges a whole list, so that few examples say much.
any_texts = st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=40)
latin_texts = st.lists(st.text(st.characters(max_codepoint=0x017F)), min_size=40)
few_examples = settings(max_examples=8, deadline=None)


def judge(
    spark: SparkSession, expression: Callable[[Column], Column], texts: Texts
) -> list[object]:
    """What an expression makes of each text, in their order."""
    frame = spark.createDataFrame(list(enumerate(texts)), "place INT, text STRING")
    found = frame.select("place", expression(F.col("text")).alias("found")).collect()
    return [row["found"] for row in sorted(found, key=lambda row: row["place"])]


def test_articles_move_in_front(spark: SparkSession) -> None:
    """Articles of several languages move, a last word that is none stays."""
    titles = {
        "Usual Suspects, The": "The Usual Suspects",
        "Nightmare on Elm Street Part 2: Freddy's Revenge, A": (
            "A Nightmare on Elm Street Part 2: Freddy's Revenge"
        ),
        "Misérables, Les": "Les Misérables",
        "Avventura, L'": "L'Avventura",
        "sjunde inseglet, Det": "Det sjunde inseglet",
        "Faraway, So Close": "Faraway, So Close",
        "Girl, Interrupted": "Girl, Interrupted",
        "Face/Off": "Face/Off",
        ", The": ", The",
    }

    assert list(titles.values()) == judge(spark, article_in_front, list(titles))


def test_titles_in_brackets_are_other_titles(spark: SparkSession) -> None:
    """Brackets behind the title hold one or several others; those in front belong to it."""
    titles: dict[str, tuple[str, list[str]]] = {
        "Toy Story": ("Toy Story", []),
        "Seven (Se7en)": ("Seven", ["Se7en"]),
        "Postino, Il (The Postman)": ("Il Postino", ["The Postman"]),
        "White Balloon, The (Badkonake Sefid )": ("The White Balloon", ["Badkonake Sefid"]),
        "Umbrellas of Cherbourg, The (Parapluies de Cherbourg, Les)": (
            "The Umbrellas of Cherbourg",
            ["Les Parapluies de Cherbourg"],
        ),
        "Seven Samurai (The Magnificent Seven) (Shichinin no samurai)": (
            "Seven Samurai",
            ["The Magnificent Seven", "Shichinin no samurai"],
        ),
        "Hard 8 (a.k.a. Sydney, a.k.a. Hard Eight)": ("Hard 8", ["Sydney", "Hard Eight"]),
        "I Am Cuba (Soy Cuba/Ya Kuba)": ("I Am Cuba", ["Soy Cuba", "Ya Kuba"]),
        "(500) Days of Summer": ("(500) Days of Summer", []),
        "(Untitled)": ("(Untitled)", []),
    }

    assert [title for title, _ in titles.values()] == judge(spark, main_title, list(titles))
    assert [others for _, others in titles.values()] == judge(spark, other_titles, list(titles))


def test_a_missing_title_has_no_parts(spark: SparkSession) -> None:
    """NULL and blank texts give NULL, which the step then quarantines."""
    assert [None, None] == judge(spark, main_title, [None, "  "])


def test_spellings_of_one_title_share_a_key(spark: SparkSession) -> None:
    """Case, accents, punctuation, "&" and an English article in front do not count."""
    keys = {
        "usualsuspects": ["The Usual Suspects", "Usual suspects"],
        "leontheprofessional": ["Léon: The Professional", "Le\u0301on - The Professional"],
        "bloodandwine": ["Blood & Wine", "Blood and Wine"],
        "spiderman": ["Spider-Man", "Spiderman"],
        "whenthecatsaway": ["When the Cat's Away", "When the Cats Away"],
        "kjaerlighetenskjotere": ["Kjærlighetens kjøtere", "Kjaerlighetens kjotere"],
        "strasse": ["Straße", "STRASSE"],
    }
    titles = [title for spellings in keys.values() for title in spellings]

    assert [key for key in keys for _ in range(2)] == judge(spark, title_key, titles)


def test_different_titles_have_different_keys(spark: SparkSession) -> None:
    """Foreign articles, numbers and other scripts count; "The" within a word is no article."""
    titles = ["Die Hard", "Hard", "Theatre", "Atre", "Alien", "Aliens", "Сталкер", "Солярис", "2"]

    assert len(titles) == len(set(judge(spark, title_key, titles)))


def test_a_title_without_letters_has_no_key(spark: SparkSession) -> None:
    """Else all such films would be one; an article alone is a title."""
    assert [None, None, None, "the"] == judge(spark, title_key, [None, "", "?!… ", "The"])


@few_examples
@given(texts=any_texts)
def test_a_key_is_its_own_key(spark: SparkSession, texts: list[str]) -> None:
    """Normalising twice is normalising once, for any text."""
    keys = judge(spark, title_key, texts)

    assert keys == judge(spark, title_key, [str(key) if key else None for key in keys])


def test_slugs_keep_letters_of_all_languages(spark: SparkSession) -> None:
    """Small letters and hyphens, accents kept, and what "&" and "+" say is spelled out."""
    slugs = {
        "Science Fiction": "science-fiction",
        "Tom Hanks": "tom-hanks",
        "  J.J.  Abrams ": "j-j-abrams",
        "Mötley & Sons": "mötley-and-sons",
        "Canal+": "canal-plus",
        "Андрей Тарковский": "андрей-тарковский",
        "???": None,
        "": None,
    }

    assert list(slugs.values()) == judge(spark, slug, list(slugs))


@few_examples
@given(texts=latin_texts)
def test_slugs_agree_with_another_implementation(spark: SparkSession, texts: list[str]) -> None:
    """Python's own `str` methods and regular expressions make the same ids."""

    def expected(text: str) -> str | None:
        words = text.replace("&", " and ").replace("+", " plus ").lower()
        # Python has no \p{…}: a word character that is no underscore is a letter or a number.
        kept = "".join(c if c.isalpha() or c.isnumeric() or c == "\u0307" else " " for c in words)
        return re.sub(" +", "-", kept.strip()) or None

    assert [expected(text) for text in texts] == judge(spark, slug, texts)


@few_examples
@given(texts=any_texts)
def test_a_slug_is_its_own_slug(spark: SparkSession, texts: list[str]) -> None:
    """An id that is read as a name stays the same, for any text."""
    slugs = judge(spark, slug, texts)

    assert slugs == judge(spark, slug, [str(found) if found else None for found in slugs])


def test_lists_with_commas_become_arrays(spark: SparkSession) -> None:
    """Each name once; a suffix with a comma of its own stays with its name."""
    lists: dict[str | None, list[str]] = {
        "Fatty Arbuckle, Buster Keaton": ["Fatty Arbuckle", "Buster Keaton"],
        "Sammy Davis, Jr., Dean Martin": ["Sammy Davis, Jr.", "Dean Martin"],
        "Simon Rumley, Srđan Spasojević": ["Simon Rumley", "Srđan Spasojević"],
        "Drama, Drama": ["Drama"],
        "10,000 BC Films": ["10,000 BC Films"],
        "": [],
        None: [],
    }

    assert list(lists.values()) == judge(spark, listed_names, list(lists))


def test_names_are_spelled_as_the_catalogue_does(spark: SparkSession) -> None:
    """Synonyms become one name, names that say nothing go, unknown ones stay."""
    genres = judge(
        spark,
        lambda text: spelled(listed_names(text), vocabulary.GENRES),
        ["Science Fiction, Sci-Fi, Foreign, Film-Noir", "", None],
    )

    assert [["Sci-Fi", "Film-Noir"], [], []] == genres


def test_codes_and_names_of_places_agree() -> None:
    """What TMDB codes is called as Wikidata's names are after spelling."""
    countries, languages = (
        vocabulary.names_of_country_codes(),
        vocabulary.names_of_language_codes(),
    )

    assert ("United States", "United Kingdom") == (countries["US"], countries["GB"])
    assert vocabulary.COUNTRIES["People's Republic of China"] == countries["CN"]
    assert vocabulary.COUNTRIES["British Hong Kong"] == countries["HK"]
    assert ("English", "French", "Norwegian") == (languages["en"], languages["fr"], languages["no"])
    assert vocabulary.LANGUAGES["Standard Chinese"] == languages["zh"]
    assert vocabulary.LANGUAGES["Yue Chinese"] == languages["cn"]
    assert vocabulary.LANGUAGES["multiple languages"] == languages["xx"]
