"""Finds the films that two sources have in common, by their titles and years.

Two films are one when each is the other's best candidate, so no film is matched twice. Of
several candidates the better method wins, then a director in common, then the better known
film, then the lower id.
"""

from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as F

from jobs.movies.names import title_key

_METHODS = ("title_and_year", "other_title_and_year", "title_and_near_year")
"""From the best to the weakest; a candidate's rank is its method's place here."""
_SAME_YEAR, _OTHER_TITLE, _NEAR_YEAR = range(len(_METHODS))


def match_films(left: DataFrame, right: DataFrame) -> DataFrame:
    """Pairs of films as left_id, right_id and method; each film is in one pair at most.

    A near year counts only when no other film has that title in a year beside it, and when the
    two films share a director if both sides know theirs.

    Args:
        left: Columns id, title, other_titles, directors, release_year and fame, a number.
        right: The same columns of the other source.
    """
    is_best_of_both = (F.col("place_for_left") == 1) & (F.col("place_for_right") == 1)
    is_only_near = (F.col("near_left") == 1) & (F.col("near_right") == 1)
    method = F.element_at(F.array(*map(F.lit, _METHODS)), F.col("rank") + 1)
    return (
        _candidates(left, right)
        .withColumn("place_for_left", F.row_number().over(_best_first("left", "right")))
        .withColumn("near_left", _near_years().over(Window.partitionBy("left_id")))
        .withColumn("place_for_right", F.row_number().over(_best_first("right", "left")))
        .withColumn("near_right", _near_years().over(Window.partitionBy("right_id")))
        .where(is_best_of_both)
        .where((F.col("rank") < _NEAR_YEAR) | is_only_near)
        .select("left_id", "right_id", method.alias("method"))
    )


def _best_first(side: str, other: str) -> WindowSpec:
    """The candidates for each film of a side."""
    return Window.partitionBy(f"{side}_id").orderBy(
        F.asc("rank"),
        F.asc("is_by_others"),
        F.desc(f"{other}_fame"),
        F.asc(f"{other}_id"),
        # A pair stands here twice when two of its titles agree: both sides choose one row.
        F.asc("left_key"),
    )


def _near_years() -> Column:
    return F.count_if(F.col("rank") == _NEAR_YEAR)


def _candidates(left: DataFrame, right: DataFrame) -> DataFrame:
    """Pairs that may be one film: a row for each title that they share."""
    years_apart = F.abs(F.col("left_year") - F.col("right_year"))
    both_main = F.col("left_is_main") & F.col("right_is_main")
    rank = (
        F.when(both_main & (years_apart == 0), _SAME_YEAR)
        .when(years_apart == 0, _OTHER_TITLE)
        .when(both_main & (years_apart == 1), _NEAR_YEAR)
    )
    are_known = (F.size("left_directors") > 0) & (F.size("right_directors") > 0)
    is_by_others = are_known & ~F.arrays_overlap("left_directors", "right_directors")
    same_title = F.col("left_key") == F.col("right_key")
    return (
        _titles(left, "left")
        .join(_titles(right, "right"), same_title, how="inner")
        .withColumn("rank", rank)
        .withColumn("is_by_others", is_by_others)
        .where((F.col("rank") < _NEAR_YEAR) | ((F.col("rank") == _NEAR_YEAR) & ~is_by_others))
    )


def _titles(films: DataFrame, side: str) -> DataFrame:
    """One row per film and key of a title."""
    keys = F.concat(F.array("main"), F.transform("other_titles", title_key))
    return (
        films.withColumn("main", title_key(F.col("title")))
        .withColumn("key", F.explode(F.array_distinct(keys)))
        .where(F.col("key").isNotNull())
        .select(
            F.col("id").alias(f"{side}_id"),
            F.col("fame").alias(f"{side}_fame"),
            F.col("release_year").alias(f"{side}_year"),
            F.transform("directors", _surname).alias(f"{side}_directors"),
            F.col("key").alias(f"{side}_key"),
            F.col("key").eqNullSafe(F.col("main")).alias(f"{side}_is_main"),
        )
    )


def _surname(name: Column) -> Column:
    """The last word, for sources differ in accents, initials and first names."""
    return title_key(F.regexp_extract(name, r"(\S+)\s*$", 1))
