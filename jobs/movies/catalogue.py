"""Makes one catalogue of the films of three sources.

Each source says what it knows in columns of the same names; matched films are merged column by
column, and the earlier source wins: MovieLens before Wikidata before TMDB.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.movies.credits import directors_in
from jobs.movies.matching import match_films

_OWN = "own"
"""How a film is matched whose row came from the source itself."""


def merged_films(
    movie_titles: DataFrame, film_metadata: DataFrame, tmdb_movies: DataFrame
) -> DataFrame:
    """One row per film that a source knows, with an id of its own and all that is known."""
    with_films = _merge(_of_movielens(movie_titles), _of_wikidata(film_metadata), "film_match")
    # The match with TMDB and the join after it would each do the first match again.
    return _merge(with_films.localCheckpoint(), _of_tmdb(tmdb_movies), "tmdb_match")


def name_of_film() -> Column:
    """MovieLens' name of a film, or one of the same form: title and year.

    Of namesakes the first known keeps the plain name, so that a new one changes no other's.
    """
    year = F.concat(F.lit(" ("), "release_year", F.lit(")"))
    plain = F.coalesce("movie_id", F.concat("title", F.coalesce(year, F.lit(""))))
    namesakes = Window.partitionBy(plain).orderBy(
        F.asc_nulls_last("movie_id"), F.asc_nulls_last("film_id"), F.asc_nulls_last("tmdb_id")
    )
    number = F.coalesce(
        F.concat(F.lit(" [film "), "film_id", F.lit("]")),
        F.concat(F.lit(" [tmdb "), "tmdb_id", F.lit("]")),
    )
    return F.when(F.row_number().over(namesakes) == 1, plain).otherwise(F.concat(plain, number))


def _of_movielens(movie_titles: DataFrame) -> DataFrame:
    return movie_titles.select(
        F.col("movie_id").alias("id"),
        "movie_id",
        "title",
        F.coalesce("other_titles", _no_names()).alias("other_titles"),
        _no_names().alias("directors"),
        "release_year",
        F.lit(0).alias("fame"),
    )


def _of_wikidata(film_metadata: DataFrame) -> DataFrame:
    return film_metadata.select(
        # Padded, so that ids are ordered as their numbers are.
        F.format_string("film %020d", "film_id").alias("id"),
        "film_id",
        "title",
        _no_names().alias("other_titles"),
        "directors",
        "release_year",
        F.coalesce("review_count", F.lit(0)).alias("fame"),
        "imdb_id",
        "released_date",
        "runtime_minutes",
        "box_office_usd",
        "oscars_won",
        "critics_percent",
    )


def _of_tmdb(tmdb_movies: DataFrame) -> DataFrame:
    return tmdb_movies.select(
        F.format_string("tmdb %020d", "tmdb_id").alias("id"),
        "tmdb_id",
        "title",
        F.array_compact(F.array("original_title")).alias("other_titles"),
        directors_in(F.col("crew")).alias("directors"),
        F.year("released_date").alias("release_year"),
        F.coalesce("vote_count", F.lit(0)).alias("fame"),
        "released_date",
        "runtime_minutes",
        F.col("revenue_usd").cast("double").alias("box_office_usd"),
        "overview",
    )


def _merge(known: DataFrame, added: DataFrame, match: str) -> DataFrame:
    """All films of both; the column `match` says how one of `added` was found, or `own`."""
    pairs = match_films(known, added)
    films = (
        known.alias("known")
        .join(F.broadcast(pairs), F.col("known.id") == F.col("left_id"), how="left")
        .join(added.alias("added"), F.col("right_id") == F.col("added.id"), how="full")
    )
    columns = {
        **{name: F.col(f"added.{name}") for name in added.columns},
        **{name: F.col(f"known.{name}") for name in known.columns},
        **{
            name: F.coalesce(f"known.{name}", f"added.{name}")
            for name in known.columns
            if name in added.columns
        },
        # What the first does not know may help to find the next source's film.
        "other_titles": _all_of("other_titles", F.array_compact(F.array("added.title"))),
        "directors": _all_of("directors"),
        match: F.when(F.col("known.id").isNull(), _OWN).otherwise(F.col("method")),
    }
    return films.select(*(column.alias(name) for name, column in columns.items()))


def _all_of(names: str, *more: Column) -> Column:
    """The names of both sides."""
    sides = (F.coalesce(f"{side}.{names}", _no_names()) for side in ("known", "added"))
    return F.concat(*sides, *more)


def _no_names() -> Column:
    return F.array().cast("array<string>")
