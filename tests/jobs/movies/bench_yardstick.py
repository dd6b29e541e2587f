"""The yardstick: ratings, users and titles from the files to four gold tables, in DuckDB.

By hand and in one go: typed, the latest rating of each user and film, references checked, and
the same gold as `jobs/movies/gold.py`, written as Parquet. It has no history, quarantine,
receipts or catalogue; genres are those of MovieLens.
"""

import sys
from pathlib import Path

import duckdb

SILVER = """
CREATE TABLE users AS SELECT
    try_cast(regexp_extract("user_id:token", '\\d+$') AS INT) AS user_id, "gender:token" AS gender,
    "age:float" AS age, "occupation:float" AS occupation FROM read_csv('{landing}/users/*.user',
    delim='\t', header=true, all_varchar=true, quote='');
CREATE TABLE titles AS SELECT "item_id:token" AS movie_id, "movie_title:token" AS title,
    try_cast("release_year:float" AS INT) AS release_year,
    string_split("genre:token", ' ') AS genres FROM read_csv('{landing}/movie_titles/*.item',
    delim='\t', header=true, all_varchar=true, quote='');
CREATE TABLE ratings AS SELECT user_id, movie_id, rating, rated_at FROM (
    SELECT try_cast(split_part("user_id:token", '_', 2) AS INT) AS user_id,
        "item_id:token" AS movie_id, try_cast("rating:float" AS DOUBLE) AS rating,
        make_timestamp(try_cast("timestamp:float" AS BIGINT) * 1000000) AS rated_at
    FROM read_csv('{landing}/ratings/*.inter', delim='\t', header=true, all_varchar=true, quote=''))
    WHERE rating BETWEEN 1 AND 5 AND user_id IN (SELECT user_id FROM users)
        AND movie_id IN (SELECT movie_id FROM titles)
    QUALIFY row_number() OVER (PARTITION BY user_id, movie_id ORDER BY rated_at DESC) = 1;
CREATE TABLE movie_genres AS SELECT movie_id, unnest(genres) AS genre FROM titles;
"""
GOLD = """
CREATE TABLE movie_stats AS SELECT movie_id, any_value(title) AS title,
    any_value(release_year) AS release_year, count(*) AS rating_count,
    avg(rating) AS mean_rating,
    (50 * (SELECT avg(rating) FROM ratings) + sum(rating)) / (50 + count(*)) AS bayesian_mean,
    count_if(rating = 1) AS one_star_count, count_if(rating = 2) AS two_star_count,
    count_if(rating = 3) AS three_star_count, count_if(rating = 4) AS four_star_count,
    count_if(rating = 5) AS five_star_count, min(rated_at) AS first_rated_at,
    max(rated_at) AS last_rated_at FROM ratings JOIN titles USING (movie_id) GROUP BY movie_id;
CREATE TABLE genre_trends AS SELECT genre, date_trunc('month', rated_at) AS month_date,
    count(*) AS rating_count, avg(rating) AS mean_rating
    FROM ratings JOIN movie_genres USING (movie_id) GROUP BY ALL;
CREATE TABLE user_profiles AS SELECT r.*, u.gender, u.age, u.occupation, f.genre FROM (
    SELECT user_id, count(*) AS rating_count, avg(rating) AS mean_rating,
        stddev(rating) AS rating_stddev, min(rated_at) AS first_rated_at,
        max(rated_at) AS last_rated_at, count(DISTINCT rated_at::DATE) AS active_days
    FROM ratings GROUP BY user_id) r JOIN users u USING (user_id) LEFT JOIN (
    SELECT user_id, genre FROM ratings JOIN movie_genres USING (movie_id) GROUP BY user_id, genre
    QUALIFY row_number() OVER (PARTITION BY user_id ORDER BY count(*) DESC, avg(rating) DESC) = 1
    ) f USING (user_id);
CREATE TABLE top_movies AS SELECT genre, release_year // 10 * 10 AS decade, row_number() OVER best
    AS place, movie_id, title, bayesian_mean, rating_count
    FROM movie_stats JOIN movie_genres USING (movie_id)
    WINDOW best AS (PARTITION BY genre, release_year // 10 ORDER BY bayesian_mean DESC)
    QUALIFY place <= 20;
"""
TABLES = (
    "users",
    "titles",
    "ratings",
    "movie_stats",
    "genre_trends",
    "user_profiles",
    "top_movies",
)


def main(landing: str, target: str) -> None:
    """Make the tables from the landing folder and write them to the target folder."""
    Path(target).mkdir(exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(SILVER.format(landing=landing))
        connection.execute(GOLD)
        for table in TABLES:
            connection.execute(f"COPY {table} TO '{target}/{table}.parquet'")


if __name__ == "__main__":
    main(*sys.argv[1:])
