"""Typed rows of each source, and the one catalogue of films that they make together."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.lakehouse.raw_fields import (
    decimal_number,
    instant,
    iso_date,
    json_names,
    rounded_number,
    text,
    whole_number,
)
from jobs.movies import vocabulary
from jobs.movies.bridges import bridge, counted, with_one_name
from jobs.movies.catalogue import merged_films, name_of_film
from jobs.movies.credits import cast_of, crew_of, people_of
from jobs.movies.names import decoded, listed_names, main_title, other_titles, spelled


def movie_titles(raw_movie_titles: DataFrame) -> DataFrame:
    """Read MovieLens' titles, whose article stands behind and other titles in brackets."""
    title = F.col("movie_title")
    genre = F.nullif(F.trim("genre"), F.lit("(no genres listed)"))
    return raw_movie_titles.select(
        text(F.col("item_id")).alias("movie_id"),
        main_title(title).alias("title"),
        other_titles(title).alias("other_titles"),
        whole_number(F.col("release_year")).alias("release_year"),
        spelled(listed_names(genre, separator=" "), vocabulary.GENRES).alias("genres"),
        "_source",
    )


def film_metadata(raw_film_metadata: DataFrame) -> DataFrame:
    """Read Wikidata's films, whose lists are texts with commas."""
    # A few titles still carry what tells Wikipedia's articles apart: "Faust (2011 film)".
    title = F.regexp_replace("Title", r"\s+\((\d{4} )?film\)$", "")
    # Wikidata writes 1 January for "some day of the year", as two films of three have it.
    released = iso_date(F.col("Released"))
    # "list of Harry Potter cast members" is an article, nobody's name.
    actors = F.filter(listed_names(F.col("Cast")), lambda name: ~name.startswith("list of "))
    return raw_film_metadata.select(
        whole_number(F.col("ID"), "bigint").alias("film_id"),
        text(F.col("imdbID")).alias("imdb_id"),
        text(title).alias("title"),
        whole_number(F.col("Year")).alias("release_year"),
        F.when(F.dayofyear(released) > 1, released).alias("released_date"),
        rounded_number(F.col("Runtime")).alias("runtime_minutes"),
        spelled(listed_names(F.col("Genre")), vocabulary.GENRES).alias("genres"),
        listed_names(F.col("Director")).alias("directors"),
        listed_names(F.col("Writer")).alias("writers"),
        actors.alias("actors"),
        spelled(listed_names(F.col("Language")), vocabulary.LANGUAGES).alias("languages"),
        spelled(listed_names(F.col("Country")), vocabulary.COUNTRIES).alias("countries"),
        listed_names(F.col("Production")).alias("studios"),
        decimal_number(F.col("BoxOffice")).alias("box_office_usd"),
        whole_number(F.col("Oscars")).alias("oscars_won"),
        whole_number(F.col("tomatoMeter")).alias("critics_percent"),
        whole_number(F.col("tomatoReviews")).alias("review_count"),
        "_source",
    )


def tmdb_movies(raw_tmdb_documents: DataFrame) -> DataFrame:
    """Read TMDB's documents and flatten what they nest; TMDB writes 0 for an unknown number."""
    unknown = F.lit(0)
    return raw_tmdb_documents.select(
        whole_number(F.col("id"), "bigint").alias("tmdb_id"),
        text(F.col("title")).alias("title"),
        text(F.col("original_title")).alias("original_title"),
        text(F.col("original_language")).alias("original_language"),
        text(F.col("overview")).alias("overview"),
        iso_date(F.col("release_date")).alias("released_date"),
        F.nullif(rounded_number(F.col("runtime")), unknown).alias("runtime_minutes"),
        F.nullif(whole_number(F.col("budget"), "bigint"), unknown).alias("budget_usd"),
        F.nullif(whole_number(F.col("revenue"), "bigint"), unknown).alias("revenue_usd"),
        decimal_number(F.col("popularity")).alias("popularity"),
        decimal_number(F.col("vote_average")).alias("vote_average"),
        whole_number(F.col("vote_count")).alias("vote_count"),
        spelled(json_names(F.col("genres")), vocabulary.GENRES).alias("genres"),
        json_names(F.col("keywords"), inside="keywords").alias("keywords"),
        json_names(F.col("production_companies")).alias("studios"),
        json_names(F.col("production_countries"), name="iso_3166_1").alias("country_codes"),
        json_names(F.col("spoken_languages"), name="iso_639_1").alias("language_codes"),
        cast_of(F.col("credits")).alias("actors"),
        crew_of(F.col("credits")).alias("crew"),
        "_source",
    )


def movies(movie_titles: DataFrame, film_metadata: DataFrame, tmdb_movies: DataFrame) -> DataFrame:
    """Match the films of the sources, and name those that MovieLens does not know."""
    films = merged_films(movie_titles, film_metadata, tmdb_movies)
    return films.select(
        name_of_film().alias("movie_id"),
        "title",
        "release_year",
        F.col("movie_id").isNotNull().alias("is_in_movielens"),
        "film_id",
        "film_match",
        "tmdb_id",
        "tmdb_match",
        "imdb_id",
        "released_date",
        "runtime_minutes",
        "overview",
        "box_office_usd",
        "oscars_won",
        "critics_percent",
    )


def movie_genres(
    movies: DataFrame, movie_titles: DataFrame, film_metadata: DataFrame, tmdb_movies: DataFrame
) -> DataFrame:
    """Take the genres that any source gives."""
    return bridge(
        "genre",
        F.col("genres"),
        movies,
        movie_id=movie_titles,
        film_id=film_metadata,
        tmdb_id=tmdb_movies,
    )


def genres(movie_genres: DataFrame) -> DataFrame:
    """Count the films of each genre."""
    return counted(movie_genres, "genre")


def movie_people(movies: DataFrame, film_metadata: DataFrame, tmdb_movies: DataFrame) -> DataFrame:
    """Take everybody whom Wikidata or TMDB names; only TMDB says who plays whom."""
    # Of an actor's several characters the first in the cast list counts.
    part = F.min(F.when(F.col("billing").isNotNull(), F.struct("billing", "character")))
    return (
        with_one_name(people_of(movies, film_metadata, tmdb_movies))
        .groupBy("movie_id", "id", "role")
        .agg(F.max("name").alias("name"), part.alias("part"))
        .select(
            "movie_id",
            F.col("id").alias("person_id"),
            "name",
            "role",
            "part.character",
            "part.billing",
        )
    )


def people(movie_people: DataFrame) -> DataFrame:
    """Count what each person did."""
    return (
        movie_people.groupBy("person_id")
        .agg(
            F.max("name").alias("name"),
            F.count_if(F.col("role") == "director").alias("directed_count"),
            F.count_if(F.col("role") == "writer").alias("wrote_count"),
            F.count_if(F.col("role") == "actor").alias("acted_count"),
        )
        .select("person_id", "name", "directed_count", "wrote_count", "acted_count")
    )


def movie_studios(movies: DataFrame, film_metadata: DataFrame, tmdb_movies: DataFrame) -> DataFrame:
    """Take the studios that Wikidata or TMDB names."""
    return bridge("studio", F.col("studios"), movies, film_id=film_metadata, tmdb_id=tmdb_movies)


def studios(movie_studios: DataFrame) -> DataFrame:
    """Count the films of each studio."""
    return counted(movie_studios, "studio")


def movie_languages(
    movies: DataFrame, film_metadata: DataFrame, tmdb_movies: DataFrame
) -> DataFrame:
    """Take the languages of both sources by their English names."""
    names = spelled(F.col("language_codes"), vocabulary.names_of_language_codes())
    tmdb = tmdb_movies.select("tmdb_id", names.alias("languages"))
    return bridge("language", F.col("languages"), movies, film_id=film_metadata, tmdb_id=tmdb)


def languages(movie_languages: DataFrame) -> DataFrame:
    """Count the films of each language."""
    return counted(movie_languages, "language")


def movie_countries(
    movies: DataFrame, film_metadata: DataFrame, tmdb_movies: DataFrame
) -> DataFrame:
    """Take the countries of both sources by their English names."""
    names = spelled(F.col("country_codes"), vocabulary.names_of_country_codes())
    tmdb = tmdb_movies.select("tmdb_id", names.alias("countries"))
    return bridge("country", F.col("countries"), movies, film_id=film_metadata, tmdb_id=tmdb)


def countries(movie_countries: DataFrame) -> DataFrame:
    """Count the films of each country."""
    return counted(movie_countries, "country")


def users(raw_users: DataFrame) -> DataFrame:
    """Read the users and say in words what their codes mean."""
    age, occupation = whole_number(F.col("age")), whole_number(F.col("occupation"))
    return raw_users.select(
        _user_id().alias("user_id"),
        text(F.col("gender")).alias("gender"),
        decoded(age.cast("string"), vocabulary.AGE_GROUPS).alias("age_group"),
        decoded(occupation.cast("string"), vocabulary.OCCUPATIONS).alias("occupation"),
        text(F.col("zip_code")).alias("zip_code"),
        "_source",
    )


def ratings(raw_ratings: DataFrame) -> DataFrame:
    """Read the stars and when they were given."""
    return raw_ratings.select(
        _user_id().alias("user_id"),
        text(F.col("item_id")).alias("movie_id"),
        decimal_number(F.col("rating")).alias("rating"),
        instant(F.col("timestamp")).alias("rated_at"),
        "_source",
    )


def _user_id() -> Column:
    """The number behind "1m_", the data set that a user is of."""
    return F.regexp_extract("user_id", r"^\s*1m_(\d+)\s*$", 1).try_cast("int")
