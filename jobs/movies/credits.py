"""Who worked on a film: what TMDB nests, and what Wikidata lists."""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.lakehouse.raw_fields import json_items, text
from jobs.movies.bridges import listed
from jobs.movies.vocabulary import DIRECTING_JOBS, WRITING_JOBS


def cast_of(credits_text: Column) -> Column:
    """The actors in TMDB's credits, as structs of name, character and billing."""
    actors = json_items(credits_text, "name: STRING, character: STRING, order: INT", "cast")
    renamed = actors.cast("ARRAY<STRUCT<name: STRING, character: STRING, billing: INT>>")
    return _with_name(renamed)


def crew_of(credits_text: Column) -> Column:
    """The crew in TMDB's credits, as structs of name and job."""
    return _with_name(json_items(credits_text, "name: STRING, job: STRING", "crew"))


def directors_in(crew: Column) -> Column:
    """The names of those in a crew who direct."""
    directors = F.filter(crew, lambda member: member.getField("job").isin(*DIRECTING_JOBS))
    return F.transform(directors, lambda member: member.getField("name"))


def people_of(movies: DataFrame, film_metadata: DataFrame, tmdb_movies: DataFrame) -> DataFrame:
    """One row per mention of somebody, as movie_id, name, role, character and billing."""
    in_wikidata = F.concat(
        _mentions("directors", "director"),
        _mentions("writers", "writer"),
        _mentions("actors", "actor"),
    )
    in_tmdb = F.concat(
        _crew_mentions(DIRECTING_JOBS, "director"),
        _crew_mentions(WRITING_JOBS, "writer"),
        F.transform(
            "actors",
            lambda member: _mention(
                member.getField("name"),
                "actor",
                text(member.getField("character")),
                member.getField("billing"),
            ),
        ),
    )
    mentions = listed(in_wikidata, movies, "film_id", film_metadata).unionByName(
        listed(in_tmdb, movies, "tmdb_id", tmdb_movies)
    )
    return mentions.select("movie_id", "name.*")


def _crew_mentions(jobs: Sequence[str], role: str) -> Column:
    """Those of TMDB's crew who have one of the jobs."""
    members = F.filter("crew", lambda member: member.getField("job").isin(*jobs))
    return F.transform(members, lambda member: _mention(member.getField("name"), role))


def _mentions(names: str, role: str) -> Column:
    """Those of a column of names."""
    return F.transform(names, lambda name: _mention(name, role))


def _mention(
    name: Column, role: str, character: Column | None = None, billing: Column | None = None
) -> Column:
    """Somebody in a role; the part is known of TMDB's actors alone."""
    return F.struct(
        name.alias("name"),
        F.lit(role).alias("role"),
        (F.lit(None) if character is None else character).cast("string").alias("character"),
        (F.lit(None) if billing is None else billing).cast("int").alias("billing"),
    )


def _with_name(members: Column) -> Column:
    return F.filter(members, lambda member: text(member.getField("name")).isNotNull())
