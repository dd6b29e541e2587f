"""Films of two sources are one when each is the other's best candidate."""

from pyspark.sql import DataFrame, SparkSession

from jobs.lakehouse.testing import rows_of
from jobs.movies.matching import match_films

Film = tuple[str, str, list[str], list[str], int | None, int]


def film(
    identity: str,
    title: str,
    year: int | None,
    *other_titles: str,
    by: str | None = None,
    fame: int = 0,
) -> Film:
    """A film as matching takes it."""
    return (identity, title, list(other_titles), [by] if by else [], year, fame)


def films(spark: SparkSession, *rows: Film) -> DataFrame:
    """The films of one source."""
    return spark.createDataFrame(
        list(rows),
        "id STRING, title STRING, other_titles ARRAY<STRING>, directors ARRAY<STRING>, "
        "release_year INT, fame INT",
    )


def matches(spark: SparkSession, left: list[Film], right: list[Film]) -> list[tuple[str, str, str]]:
    """The pairs, in their order."""
    pairs = match_films(films(spark, *left), films(spark, *right))
    return [tuple(row.values()) for row in rows_of(pairs)]


def test_each_method(spark: SparkSession) -> None:
    """Title and year, a title in brackets, the year beside; nothing else is a match."""
    left = [
        film("a", "The Usual Suspects", 1995),
        film("b", "Seven", 1995, "Se7en"),
        film("c", "Heathers", 1989),
        film("d", "Freaky Friday", 1976),
        film("e", "No Year", None),
        film("f", "?!", 2000),
    ]
    right = [
        film("1", "Usual Suspects", 1995),
        film("2", "Se7en", 1995),
        film("3", "Heathers", 1988),
        film("4", "Freaky Friday", 2003),
        film("5", "No Year", None),
        film("6", "!?", 2000),
    ]

    assert [
        ("a", "1", "title_and_year"),
        ("b", "2", "other_title_and_year"),
        ("c", "3", "title_and_near_year"),
    ] == matches(spark, left, right)


def test_other_titles_of_both_sides_count(spark: SparkSession) -> None:
    """Both may know the film by its original title; that two titles agree is one match."""
    left = [film("a", "Hate", 1995, "La Haine", "Hatred")]
    right = [film("1", "Haine", 1995, "La Haine", "Hatred")]

    assert [("a", "1", "other_title_and_year")] == matches(spark, left, right)


def test_the_better_method_wins(spark: SparkSession) -> None:
    """A film with the very title and year goes before one beside it and one by another name."""
    left = [film("a", "Alien", 1979), film("b", "Alien", 1980)]
    right = [film("1", "Alien", 1979), film("2", "Xeno", 1979, "Alien", fame=9)]

    assert [("a", "1", "title_and_year")] == matches(spark, left, right)


def test_the_better_known_film_wins(spark: SparkSession) -> None:
    """Of two namesakes of a year the one with more reviews is meant; the other stays alone."""
    left = [film("a", "Aftermath", 2012)]
    right = [film("1", "Aftermath", 2012, fame=17), film("2", "Aftermath", 2012, fame=35)]

    assert [("a", "2", "title_and_year")] == matches(spark, left, right)


def test_the_lower_id_wins_a_tie(spark: SparkSession) -> None:
    """With nothing else to choose by, all runs choose the same."""
    left = [film("b", "Rage", 2009), film("a", "Rage", 2009)]
    right = [film("2", "Rage", 2009), film("1", "Rage", 2009)]

    assert [("a", "1", "title_and_year")] == matches(spark, left, right)


def test_a_director_in_common_tells_namesakes_apart(spark: SparkSession) -> None:
    """Surnames are compared, whatever the accents and initials, before fame."""
    left = [film("a", "Noise", 2007, by="Matthew Saville"), film("b", "Noise", 2007, by="H. Beán")]
    right = [
        film("1", "Noise", 2007, by="Henry Bean ", fame=45),
        film("2", "Noise", 2007, by="M Saville", fame=6),
    ]

    assert [("a", "2", "title_and_year"), ("b", "1", "title_and_year")] == (
        matches(spark, left, right)
    )


def test_a_near_year_needs_the_same_director(spark: SparkSession) -> None:
    """Two films of one title in years side by side are two when others directed them."""
    left = [film("a", "Eden", 2014, by="Mia Hansen-Løve"), film("b", "Saw", 2003, by="James Wan")]
    right = [film("1", "Eden", 2015, by="Shyam Madiraju"), film("2", "Saw", 2004, by="James Wan")]

    assert [("b", "2", "title_and_near_year")] == matches(spark, left, right)


def test_a_near_year_must_be_the_only_one(spark: SparkSession) -> None:
    """With films of that title before and after, nobody knows which is meant."""
    left = [film("a", "Hamlet", 1991), film("b", "House", 1986), film("c", "House", 1984)]
    right = [film("1", "Hamlet", 1990), film("2", "Hamlet", 1992), film("3", "House", 1985)]

    assert [] == matches(spark, left, right)


def test_no_films_no_matches(spark: SparkSession) -> None:
    """An empty source matches nothing."""
    assert [] == matches(spark, [film("a", "Alien", 1979)], [])
    assert [] == matches(spark, [], [film("1", "Alien", 1979)])


def test_no_film_is_matched_twice(spark: SparkSession) -> None:
    """However titles cross, each film is in one pair at most."""
    titles = ["One", "Two", "Three"]
    left = [
        film(f"{title}{year}", title, year, *(other for other in titles if other != title))
        for title in titles
        for year in range(2000, 2004)
    ]
    right = [film(f"r{row[0]}", row[1], row[4], *row[2], fame=len(row[0])) for row in left[::2]]

    pairs = matches(spark, left, right)

    assert len(right) == len(pairs)
    assert len(pairs) == len({pair[0] for pair in pairs}) == len({pair[1] for pair in pairs})
