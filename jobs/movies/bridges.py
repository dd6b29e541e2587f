"""The shape that all tables between films and their genres, people, studios and places share."""

from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.movies.names import slug


def bridge(thing: str, names: Column, movies: DataFrame, **sources: DataFrame) -> DataFrame:
    """One row per film and thing, as movie_id, `<thing>_id` and `<thing>`.

    Args:
        thing: What the names are names of.
        names: An array of them in each source.
        movies: The catalogue.
        sources: Tables of films, by the column of the catalogue that points to them.
    """
    parts = [listed(names, movies, link, source) for link, source in sources.items()]
    return (
        with_one_name(reduce(DataFrame.unionByName, parts))
        .select("movie_id", F.col("id").alias(f"{thing}_id"), F.col("name").alias(thing))
        .distinct()
    )


def listed(names: Column, movies: DataFrame, link: str, source: DataFrame) -> DataFrame:
    """One row per film of the catalogue and name in a source's array, as movie_id and name."""
    given = source.select(F.col(link).alias("link"), F.explode(names).alias("name"))
    films = movies.select("movie_id", F.col(link).alias("link"))
    return films.join(given, on="link", how="inner").select("movie_id", "name")


def with_one_name(rows: DataFrame) -> DataFrame:
    """Add `id`, the slug of `name`, and give all rows of an id the same `name`.

    The most frequent spelling wins, then the first in the alphabet. Rows without a letter or
    digit in their name are left out.
    """
    spelling = F.mode("name", deterministic=True).over(Window.partitionBy("id"))
    return (
        rows.withColumn("name", F.trim("name"))
        .withColumn("id", slug(F.col("name")))
        .where(F.col("id").isNotNull())
        .withColumn("name", spelling)
    )


def counted(movie_things: DataFrame, thing: str) -> DataFrame:
    """One row per thing of a bridge, with its name and the number of its films."""
    return (
        movie_things.groupBy(f"{thing}_id")
        .agg(F.max(thing).alias("name"), F.count("*").alias("movie_count"))
        .select(f"{thing}_id", "name", "movie_count")
    )
