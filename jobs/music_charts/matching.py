"""Finds out which titles and performers are one song.

Spellings with the same normal form are one song. What is left is compared by similarity, in
blocks of one performer (for titles that are cut or have a slip) or of one title (for performers
with a slip): nothing else could be one song, and no other pair need be looked at.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.music_charts.normal_forms import performer_key, title_key

SIMILAR = 0.8
"""A slip in five letters. docs/models.md has precision and recall."""
_LEAST_KEPT = 8
"""Letters of a cut title that must be left, for short beginnings are common."""


def with_song(spellings: DataFrame) -> DataFrame:
    """Add song_id, method and similarity to spellings.

    Two spellings that stand in the same week of the same chart are never joined by similarity:
    the provider knows that they are two songs.

    Args:
        spellings: Columns title, performer, entry_count, and weeks: the array of charts' weeks.
    """
    keyed = spellings.select(
        "*",
        title_key(F.col("title")).alias("title_key"),
        performer_key(F.col("performer")).alias("performer_key"),
    ).withColumn("form", F.concat_ws(":", "performer_key", "title_key"))
    # Normalising is dear and is not to be done again for each side of the joins below.
    kept = keyed.localCheckpoint()
    same = _same_songs(_forms(kept))
    return kept.join(same, "form", how="left").select(
        *spellings.columns,
        F.coalesce("song_id", "form").alias("song_id"),
        F.coalesce("method", F.lit("exact")).alias("method"),
        F.coalesce("similarity", F.lit(1.0)).alias("similarity"),
    )


def _forms(keyed: DataFrame) -> DataFrame:
    """One row per normal form, with a rank by which the lesser may stand for the greater."""
    is_cut = F.bool_and(F.col("title").rlike(r"(\.\.\.|…)\s*$"))
    rank = F.struct("is_cut", -F.col("entry_count"), "form")
    return (
        keyed.groupBy("form", "title_key", "performer_key")
        .agg(
            is_cut.alias("is_cut"),
            F.sum("entry_count").alias("entry_count"),
            F.array_distinct(F.flatten(F.collect_list("weeks"))).alias("weeks"),
        )
        .withColumn("rank", rank)
    )


def _same_songs(forms: DataFrame) -> DataFrame:
    """Columns form, song_id, method, similarity: forms that are another form's song.

    A form that stands for others is never itself given to another, so no chain of small
    differences joins two songs that differ much.
    """
    pairs = _pairs(forms, "performer_key", _title_judgement()).unionByName(
        _pairs(forms, "title_key", _performer_judgement())
    )
    followers = pairs.select(F.col("form").alias("song_id")).distinct()
    nearest = Window.partitionBy("form").orderBy(F.desc("similarity"), "other_rank", "method")
    return (
        pairs.join(followers, "song_id", how="left_anti")
        .withColumn("place", F.row_number().over(nearest))
        .where("place = 1")
        .select("form", "song_id", "method", "similarity")
    )


def _pairs(forms: DataFrame, block: str, judgement: Column) -> DataFrame:
    """Forms of a block with better ranked ones that they may be."""
    ours = forms.alias("ours")
    others = forms.alias("others")
    return (
        ours.join(others, F.col(f"ours.{block}") == F.col(f"others.{block}"), how="inner")
        .where(F.col("others.rank") < F.col("ours.rank"))
        .where(~F.arrays_overlap("ours.weeks", "others.weeks"))
        .withColumn("judgement", judgement)
        .where(F.col("judgement").isNotNull())
        .select(
            F.col("ours.form").alias("form"),
            F.col("others.form").alias("song_id"),
            F.col("others.rank").alias("other_rank"),
            "judgement.method",
            "judgement.similarity",
        )
    )


def _title_judgement() -> Column:
    """Whether two titles of one performer are the same: cut short, or a slip apart."""
    ours, other = F.col("ours.title_key"), F.col("others.title_key")
    kept = F.length(ours) / F.length(other)
    is_cut = F.col("ours.is_cut") & other.startswith(ours) & (F.length(ours) >= _LEAST_KEPT)
    similarity = _similarity(ours, other)
    # "Part 1" and "Part 2" are near, but never the same.
    same_digits = F.regexp_replace(ours, r"\P{N}", "") == F.regexp_replace(other, r"\P{N}", "")
    return F.when(is_cut, _judged("cut_title", kept)).when(
        (similarity >= SIMILAR) & same_digits, _judged("similar_title", similarity)
    )


def _performer_judgement() -> Column:
    similarity = _similarity(F.col("ours.performer_key"), F.col("others.performer_key"))
    return F.when(similarity >= SIMILAR, _judged("similar_performer", similarity))


def _similarity(one: Column, other: Column) -> Column:
    """The share of letters that need not be changed to get from one to the other."""
    return 1 - F.levenshtein(one, other) / F.greatest(F.length(one), F.length(other))


def _judged(method: str, similarity: Column) -> Column:
    return F.struct(F.lit(method).alias("method"), similarity.alias("similarity"))
