"""Films, who rates them and what to watch next.

MovieLens brings a million ratings, Wikidata and TMDB what is known of the films. Bronze keeps
the files as they came, silver makes one catalogue of them, gold answers questions about films,
genres and people, and two models fill `recommendations` and `similar_movies`.
"""

from jobs.lakehouse.declare.table import (
    Bronze,
    Gold,
    Model,
    Reference,
    Rule,
    Served,
    Silver,
    Source,
)
from jobs.movies import datasets

# ── Sources ──────────────────────────────────────────────────────────────────────────────────

ratings_files = Source(
    "movies.ratings",
    doc="Stars that MovieLens users gave to films.",
    format="csv",
    delimiter="\t",
    columns=["user_id:token", "item_id:token", "rating:float", "timestamp:float"],
    renames={
        "user_id:token": "user_id",
        "item_id:token": "item_id",
        "rating:float": "rating",
        "timestamp:float": "timestamp",
    },
    extract=datasets.RATINGS,
)

users_files = Source(
    "movies.users",
    doc="MovieLens users with coded age groups and occupations.",
    format="csv",
    delimiter="\t",
    columns=[
        "user_id:token",
        "age:float",
        "gender:token",
        "occupation:float",
        "zip_code:token",
    ],
    renames={
        "user_id:token": "user_id",
        "age:float": "age",
        "gender:token": "gender",
        "occupation:float": "occupation",
        "zip_code:token": "zip_code",
    },
    extract=datasets.USERS,
)

movie_titles_files = Source(
    "movies.movie_titles",
    doc="The films that MovieLens users could rate.",
    format="csv",
    delimiter="\t",
    columns=["item_id:token", "movie_title:token", "release_year:float", "genre:token"],
    renames={
        "item_id:token": "item_id",
        "movie_title:token": "movie_title",
        "release_year:float": "release_year",
        "genre:token": "genre",
    },
    extract=datasets.MOVIE_TITLES,
)

film_metadata_files = Source(
    "movies.film_metadata",
    doc="What Wikidata knows of 17,472 films, one JSON document each.",
    format="json",
    columns=[
        "ID",
        "imdbID",
        "Title",
        "Year",
        "Runtime",
        "Genre",
        "Released",
        "Director",
        "Writer",
        "Cast",
        "Language",
        "Country",
        "Oscars",
        "BoxOffice",
        "Production",
        "tomatoMeter",
        "tomatoReviews",
    ],
    extract=datasets.FILM_METADATA,
)

tmdb_documents_files = Source(
    "movies.tmdb_documents",
    doc="Films in the nested shape of the TMDB API, one JSON document each.",
    format="json",
    columns=[
        "id",
        "title",
        "original_title",
        "original_language",
        "overview",
        "release_date",
        "runtime",
        "budget",
        "revenue",
        "popularity",
        "vote_average",
        "vote_count",
        "genres",
        "keywords",
        "production_companies",
        "production_countries",
        "spoken_languages",
        "credits",
    ],
    extract=datasets.TMDB_DOCUMENTS,
)

# ── Bronze ───────────────────────────────────────────────────────────────────────────────────

raw_ratings = Bronze("movies.raw_ratings", doc="Ratings as they came.", source=ratings_files)
raw_users = Bronze("movies.raw_users", doc="Users as they came.", source=users_files)
raw_movie_titles = Bronze(
    "movies.raw_movie_titles", doc="Film titles as they came.", source=movie_titles_files
)
raw_film_metadata = Bronze(
    "movies.raw_film_metadata", doc="Wikidata films as they came.", source=film_metadata_files
)
raw_tmdb_documents = Bronze(
    "movies.raw_tmdb_documents", doc="TMDB documents as they came.", source=tmdb_documents_files
)

# ── Silver: the catalogue ────────────────────────────────────────────────────────────────────

movie_titles = Silver(
    "movies.movie_titles",
    doc="One row per film of MovieLens.",
    reads=[raw_movie_titles],
    schema="""
        movie_id STRING NOT NULL COMMENT 'MovieLens name and year: "Usual Suspects, The (1995)"',
        title STRING NOT NULL COMMENT 'Article in front, other titles removed',
        other_titles ARRAY<STRING> COMMENT 'Titles given in brackets: original or translated',
        release_year INT NOT NULL,
        genres ARRAY<STRING> NOT NULL COMMENT 'Names as the catalogue spells them'
    """,
    key=["movie_id"],
    rules=[
        Rule("title_not_empty", "title <> ''", on_fail="quarantine"),
        Rule(
            "release_year_plausible",
            "release_year BETWEEN 1888 AND 2100",
            on_fail="quarantine",
        ),
    ],
)

film_metadata = Silver(
    "movies.film_metadata",
    doc="One row per film of Wikidata.",
    reads=[raw_film_metadata],
    schema="""
        film_id BIGINT NOT NULL COMMENT 'Number of the film in the source',
        imdb_id STRING NOT NULL,
        title STRING NOT NULL,
        release_year INT NOT NULL,
        released_date DATE COMMENT 'NULL where Wikidata knows only the year',
        runtime_minutes INT,
        genres ARRAY<STRING> NOT NULL,
        directors ARRAY<STRING> NOT NULL,
        writers ARRAY<STRING> NOT NULL,
        actors ARRAY<STRING> NOT NULL,
        languages ARRAY<STRING> NOT NULL,
        countries ARRAY<STRING> NOT NULL,
        studios ARRAY<STRING> NOT NULL,
        box_office_usd DOUBLE,
        oscars_won INT,
        critics_percent INT COMMENT 'Share of favourable reviews',
        review_count INT
    """,
    key=["film_id"],
    rules=[
        Rule("title_not_empty", "title <> ''", on_fail="quarantine"),
        Rule("imdb_id_well_formed", "imdb_id RLIKE '^tt[0-9]{7,}$'", on_fail="quarantine"),
        Rule(
            "release_year_plausible",
            "release_year BETWEEN 1888 AND 2100",
            on_fail="quarantine",
        ),
        Rule("critics_percent_in_range", "critics_percent BETWEEN 0 AND 100"),
    ],
)

tmdb_movies = Silver(
    "movies.tmdb_movies",
    doc="One row per film of TMDB.",
    reads=[raw_tmdb_documents],
    schema="""
        tmdb_id BIGINT NOT NULL,
        title STRING NOT NULL,
        original_title STRING,
        original_language STRING COMMENT 'ISO 639-1 code',
        overview STRING,
        released_date DATE,
        runtime_minutes INT,
        budget_usd BIGINT COMMENT 'NULL where TMDB says 0',
        revenue_usd BIGINT COMMENT 'NULL where TMDB says 0',
        popularity DOUBLE,
        vote_average DOUBLE,
        vote_count INT,
        genres ARRAY<STRING> NOT NULL,
        keywords ARRAY<STRING> NOT NULL,
        studios ARRAY<STRING> NOT NULL,
        country_codes ARRAY<STRING> NOT NULL COMMENT 'ISO 3166-1 codes',
        language_codes ARRAY<STRING> NOT NULL COMMENT 'ISO 639-1 codes',
        actors ARRAY<STRUCT<name: STRING, character: STRING, billing: INT>> NOT NULL,
        crew ARRAY<STRUCT<name: STRING, job: STRING>> NOT NULL
    """,
    key=["tmdb_id"],
    rules=[
        Rule("title_not_empty", "title <> ''", on_fail="quarantine"),
        Rule("vote_average_in_range", "vote_average BETWEEN 0 AND 10", on_fail="quarantine"),
    ],
)

movies = Silver(
    "movies.movies",
    doc="""One row per film that MovieLens, Wikidata or TMDB knows.

    MovieLens names the film where it knows it; the others are matched on title and year, and
    a film that only they know gets a name of the same form.
    """,
    reads=[movie_titles, film_metadata, tmdb_movies],
    refresh="whole",
    schema="""
        movie_id STRING NOT NULL COMMENT 'Name and year',
        title STRING NOT NULL,
        release_year INT,
        is_in_movielens BOOLEAN NOT NULL,
        film_id BIGINT COMMENT 'The matched film of film_metadata',
        film_match STRING COMMENT 'title_and_year, other_title_and_year, title_and_near_year, own',
        tmdb_id BIGINT COMMENT 'The matched film of tmdb_movies',
        tmdb_match STRING COMMENT 'As film_match',
        imdb_id STRING,
        released_date DATE,
        runtime_minutes INT,
        overview STRING,
        box_office_usd DOUBLE,
        oscars_won INT,
        critics_percent INT
    """,
    key=["movie_id"],
)

movie_genres = Silver(
    "movies.movie_genres",
    doc="One row per film and genre.",
    reads=[movies, movie_titles, film_metadata, tmdb_movies],
    refresh="whole",
    schema="movie_id STRING NOT NULL, genre_id STRING NOT NULL, genre STRING NOT NULL",
    key=["movie_id", "genre_id"],
    references=[Reference("movie_id", movies)],
)

genres = Silver(
    "movies.genres",
    doc="One row per genre.",
    reads=[movie_genres],
    refresh="whole",
    schema="genre_id STRING NOT NULL, name STRING NOT NULL, movie_count BIGINT NOT NULL",
    key=["genre_id"],
)

movie_people = Silver(
    "movies.movie_people",
    doc="One row per film, person and role.",
    reads=[movies, film_metadata, tmdb_movies],
    refresh="whole",
    schema="""
        movie_id STRING NOT NULL,
        person_id STRING NOT NULL COMMENT 'The name in small letters with hyphens',
        name STRING NOT NULL,
        role STRING NOT NULL COMMENT 'director, writer or actor',
        character STRING,
        billing INT COMMENT 'Place in the cast list of TMDB, from 0'
    """,
    key=["movie_id", "person_id", "role"],
    rules=[Rule("role_known", "role IN ('director', 'writer', 'actor')")],
    references=[Reference("movie_id", movies)],
)

people = Silver(
    "movies.people",
    doc="One row per person's name; namesakes share it, for the sources give no more.",
    reads=[movie_people],
    refresh="whole",
    schema="""
        person_id STRING NOT NULL,
        name STRING NOT NULL,
        directed_count BIGINT NOT NULL,
        wrote_count BIGINT NOT NULL,
        acted_count BIGINT NOT NULL
    """,
    key=["person_id"],
)

movie_studios = Silver(
    "movies.movie_studios",
    doc="One row per film and studio.",
    reads=[movies, film_metadata, tmdb_movies],
    refresh="whole",
    schema="movie_id STRING NOT NULL, studio_id STRING NOT NULL, studio STRING NOT NULL",
    key=["movie_id", "studio_id"],
    references=[Reference("movie_id", movies)],
)

studios = Silver(
    "movies.studios",
    doc="One row per studio.",
    reads=[movie_studios],
    refresh="whole",
    schema="studio_id STRING NOT NULL, name STRING NOT NULL, movie_count BIGINT NOT NULL",
    key=["studio_id"],
)

movie_languages = Silver(
    "movies.movie_languages",
    doc="One row per film and language spoken in it.",
    reads=[movies, film_metadata, tmdb_movies],
    refresh="whole",
    schema="movie_id STRING NOT NULL, language_id STRING NOT NULL, language STRING NOT NULL",
    key=["movie_id", "language_id"],
    references=[Reference("movie_id", movies)],
)

languages = Silver(
    "movies.languages",
    doc="One row per language.",
    reads=[movie_languages],
    refresh="whole",
    schema="language_id STRING NOT NULL, name STRING NOT NULL, movie_count BIGINT NOT NULL",
    key=["language_id"],
)

movie_countries = Silver(
    "movies.movie_countries",
    doc="One row per film and country that made it.",
    reads=[movies, film_metadata, tmdb_movies],
    refresh="whole",
    schema="movie_id STRING NOT NULL, country_id STRING NOT NULL, country STRING NOT NULL",
    key=["movie_id", "country_id"],
    references=[Reference("movie_id", movies)],
)

countries = Silver(
    "movies.countries",
    doc="One row per country.",
    reads=[movie_countries],
    refresh="whole",
    schema="country_id STRING NOT NULL, name STRING NOT NULL, movie_count BIGINT NOT NULL",
    key=["country_id"],
)

# ── Silver: who rates ────────────────────────────────────────────────────────────────────────

users = Silver(
    "movies.users",
    doc="One row per MovieLens user.",
    reads=[raw_users],
    schema="""
        user_id INT NOT NULL,
        gender STRING NOT NULL COMMENT 'F or M',
        age_group STRING NOT NULL COMMENT 'Under 18, 18-24, 25-34, 35-44, 45-49, 50-55, 56+',
        occupation STRING NOT NULL,
        zip_code STRING
    """,
    key=["user_id"],
    rules=[Rule("gender_known", "gender IN ('F', 'M')", on_fail="quarantine")],
)

ratings = Silver(
    "movies.ratings",
    doc="One row per user and film rated; the latest rating counts.",
    reads=[raw_ratings],
    schema="""
        user_id INT NOT NULL,
        movie_id STRING NOT NULL,
        rating DOUBLE NOT NULL COMMENT 'Stars, 1 to 5',
        rated_at TIMESTAMP NOT NULL COMMENT 'UTC'
    """,
    key=["user_id", "movie_id"],
    latest_by="rated_at",
    rules=[
        Rule("rating_in_range", "rating BETWEEN 1 AND 5", on_fail="quarantine"),
        Rule("rated_in_the_past", "rated_at <= _source.ingested_at", on_fail="quarantine"),
    ],
    references=[Reference("user_id", users), Reference("movie_id", movies)],
)

# ── Gold ─────────────────────────────────────────────────────────────────────────────────────

movie_stats = Gold(
    "movies.movie_stats",
    doc="One row per rated film.",
    reads=[ratings, movies],
    schema="""
        movie_id STRING NOT NULL,
        title STRING NOT NULL,
        release_year INT,
        rating_count BIGINT NOT NULL,
        mean_rating DOUBLE NOT NULL,
        bayesian_mean DOUBLE NOT NULL COMMENT 'Mean drawn to that of all films by 50 ratings',
        one_star_count BIGINT NOT NULL COMMENT 'Half stars count with the whole ones below',
        two_star_count BIGINT NOT NULL,
        three_star_count BIGINT NOT NULL,
        four_star_count BIGINT NOT NULL,
        five_star_count BIGINT NOT NULL,
        first_rated_at TIMESTAMP NOT NULL,
        last_rated_at TIMESTAMP NOT NULL
    """,
    key=["movie_id"],
    rules=[Rule("bayesian_mean_in_range", "bayesian_mean BETWEEN 1 AND 5")],
)

genre_trends = Gold(
    "movies.genre_trends",
    doc="One row per genre and month.",
    reads=[ratings, movie_genres],
    schema="""
        genre_id STRING NOT NULL,
        genre STRING NOT NULL,
        month_date DATE NOT NULL COMMENT 'First day of the month',
        rating_count BIGINT NOT NULL,
        mean_rating DOUBLE NOT NULL,
        rating_share DOUBLE NOT NULL COMMENT 'Of the ratings of the month; genres overlap'
    """,
    key=["genre_id", "month_date"],
)

user_profiles = Gold(
    "movies.user_profiles",
    doc="One row per user who has rated.",
    reads=[ratings, users, movie_genres],
    schema="""
        user_id INT NOT NULL,
        gender STRING NOT NULL,
        age_group STRING NOT NULL,
        occupation STRING NOT NULL,
        rating_count BIGINT NOT NULL,
        mean_rating DOUBLE NOT NULL,
        rating_stddev DOUBLE COMMENT 'NULL with a single rating',
        favourite_genre STRING COMMENT 'Genre rated most often; of several the best rated',
        first_rated_at TIMESTAMP NOT NULL,
        last_rated_at TIMESTAMP NOT NULL,
        active_days BIGINT NOT NULL COMMENT 'Days with at least one rating'
    """,
    key=["user_id"],
)

top_movies = Gold(
    "movies.top_movies",
    doc="One row per genre, decade and place among the best twenty.",
    reads=[movie_stats, movie_genres],
    schema="""
        genre STRING NOT NULL,
        decade INT NOT NULL COMMENT 'First year of the decade',
        place INT NOT NULL COMMENT 'From 1, by Bayesian mean',
        movie_id STRING NOT NULL,
        title STRING NOT NULL,
        bayesian_mean DOUBLE NOT NULL,
        rating_count BIGINT NOT NULL
    """,
    key=["genre", "decade", "place"],
    rules=[Rule("place_in_range", "place BETWEEN 1 AND 20")],
)

# ── Models ───────────────────────────────────────────────────────────────────────────────────

rating_model = Model(
    "movies.rating_model",
    doc="Stars that a user would give to a film: biases, and ALS on what they leave.",
    reads=[ratings],
    metric="rmse",
    better="lower",
)

ranker = Model(
    "movies.ranker",
    doc="The films that a user will watch next: the best of three candidates in validation.",
    reads=[ratings],
    metric="ndcg_at_10",
    better="higher",
)

# ── Served ───────────────────────────────────────────────────────────────────────────────────

recommendations = Served(
    "movies.recommendations",
    doc="One row per user and place among the twenty best films the user has not rated.",
    reads=[ratings, movies, ranker, rating_model],
    schema="""
        user_id INT NOT NULL,
        place INT NOT NULL COMMENT 'From 1',
        movie_id STRING NOT NULL,
        title STRING NOT NULL,
        score DOUBLE NOT NULL COMMENT 'What the ranker orders by',
        predicted_rating DOUBLE COMMENT 'Stars by the rating model',
        ranked_by STRING NOT NULL COMMENT 'The ranker; popularity while none is known to be better',
        rated_by STRING NOT NULL COMMENT 'model; bias or mean while it is not known to be better'
    """,
    key=["user_id", "place"],
    rules=[Rule("place_in_range", "place BETWEEN 1 AND 20")],
)

similar_movies = Served(
    "movies.similar_movies",
    doc="One row per film and place among the twenty films most like it.",
    reads=[movies, movie_genres, movie_people, ranker],
    schema="""
        movie_id STRING NOT NULL,
        place INT NOT NULL COMMENT 'From 1',
        similar_movie_id STRING NOT NULL,
        similar_title STRING NOT NULL,
        similarity DOUBLE NOT NULL COMMENT 'Cosine, 0 to 1',
        method STRING NOT NULL COMMENT 'ratings: by who rated both; content: by people and genres'
    """,
    key=["movie_id", "place"],
    rules=[Rule("not_itself", "movie_id <> similar_movie_id")],
)
