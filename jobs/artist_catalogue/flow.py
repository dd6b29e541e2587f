"""Artists, their albums and songs, how these sound, and which songs are alike.

The Spotify Web API tells of artists, albums, tracks and audio features, in documents that carry
when they were crawled. Bronze keeps the documents, silver types them crawl by crawl and makes
one catalogue of the latest, gold follows what changes from day to day, and a model of how tracks
sound fills `similar_tracks`.
"""

from jobs.artist_catalogue import datasets
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

# ── Sources ──────────────────────────────────────────────────────────────────────────────────

artists_files = Source(
    "artist_catalogue.artists",
    doc="Artists in the shape of the Spotify Web API, one JSON document each.",
    format="json",
    columns=[
        "external_urls",
        "followers",
        "genres",
        "href",
        "id",
        "images",
        "name",
        "popularity",
        "type",
        "uri",
        "crawled_at",
    ],
    # Gone for applications in development mode, which all new ones are, since February 2026.
    optional=["followers", "popularity"],
    extract=datasets.ARTISTS,
    crawler=datasets.SPOTIFY_WEB_API,
)

albums_files = Source(
    "artist_catalogue.albums",
    doc="Albums of artists in the shape of the Spotify Web API, one JSON document each.",
    format="json",
    columns=[
        "album_type",
        "artists",
        "external_urls",
        "href",
        "id",
        "images",
        "name",
        "release_date",
        "release_date_precision",
        "total_tracks",
        "type",
        "uri",
        "crawled_at",
    ],
    extract=datasets.ALBUMS,
    crawler=datasets.SPOTIFY_WEB_API,
)

tracks_files = Source(
    "artist_catalogue.tracks",
    doc="Tracks in the shape of the Spotify Web API, one JSON document each.",
    format="json",
    columns=[
        "album",
        "artists",
        "disc_number",
        "duration_ms",
        "explicit",
        "external_urls",
        "href",
        "id",
        "is_local",
        "name",
        "popularity",
        "track_number",
        "type",
        "uri",
        "market",
        "crawled_at",
    ],
    optional=["popularity"],
    extract=datasets.TRACKS,
    crawler=datasets.SPOTIFY_WEB_API,
)

audio_features_files = Source(
    "artist_catalogue.audio_features",
    doc="How tracks sound, in the shape of the Spotify Web API, one JSON document each.",
    format="json",
    columns=[
        "acousticness",
        "analysis_url",
        "danceability",
        "duration_ms",
        "energy",
        "id",
        "instrumentalness",
        "key",
        "liveness",
        "loudness",
        "mode",
        "speechiness",
        "tempo",
        "time_signature",
        "track_href",
        "type",
        "uri",
        "valence",
        "crawled_at",
    ],
    extract=datasets.AUDIO_FEATURES,
    crawler=datasets.SPOTIFY_WEB_API,
)

# ── Bronze ───────────────────────────────────────────────────────────────────────────────────

raw_artists = Bronze(
    "artist_catalogue.raw_artists", doc="Artists as they came.", source=artists_files
)
raw_albums = Bronze("artist_catalogue.raw_albums", doc="Albums as they came.", source=albums_files)
raw_tracks = Bronze("artist_catalogue.raw_tracks", doc="Tracks as they came.", source=tracks_files)
raw_audio_features = Bronze(
    "artist_catalogue.raw_audio_features",
    doc="Audio features as they came.",
    source=audio_features_files,
)

# ── Silver: what each crawl found ────────────────────────────────────────────────────────────

CRAWLED_IN_THE_PAST = Rule(
    "crawled_in_the_past", "crawled_at <= _source.ingested_at", on_fail="quarantine"
)
NAME_NOT_EMPTY = Rule("name_not_empty", "name <> ''", on_fail="quarantine")
POPULARITY_IN_RANGE = Rule(
    "popularity_in_range", "popularity BETWEEN 0 AND 100", on_fail="quarantine"
)


def id_well_formed(column: str) -> Rule:
    """The rule that a column holds one of Spotify's ids."""
    return Rule(
        f"{column}_well_formed", f"{column} RLIKE '^[0-9A-Za-z]{{22}}$'", on_fail="quarantine"
    )


artist_crawls = Silver(
    "artist_catalogue.artist_crawls",
    doc="One row per artist and time that the artist was crawled.",
    reads=[raw_artists],
    schema="""
        artist_id STRING NOT NULL,
        crawled_at TIMESTAMP NOT NULL COMMENT 'UTC',
        name STRING NOT NULL,
        genres ARRAY<STRING> NOT NULL,
        follower_count BIGINT,
        popularity INT COMMENT '0 to 100, by Spotify'
    """,
    key=["artist_id", "crawled_at"],
    rules=[
        id_well_formed("artist_id"),
        NAME_NOT_EMPTY,
        POPULARITY_IN_RANGE,
        Rule("follower_count_not_negative", "follower_count >= 0", on_fail="quarantine"),
        CRAWLED_IN_THE_PAST,
    ],
)

album_crawls = Silver(
    "artist_catalogue.album_crawls",
    doc="One row per album and time that the album was crawled.",
    reads=[raw_albums],
    schema="""
        album_id STRING NOT NULL,
        crawled_at TIMESTAMP NOT NULL COMMENT 'UTC',
        name STRING NOT NULL,
        album_type STRING COMMENT 'album, single or compilation',
        release_year INT,
        release_date DATE COMMENT 'NULL where Spotify knows only the month or the year',
        track_count INT,
        artists ARRAY<STRUCT<artist_id: STRING, name: STRING>> NOT NULL
    """,
    key=["album_id", "crawled_at"],
    rules=[
        id_well_formed("album_id"),
        NAME_NOT_EMPTY,
        Rule(
            "album_type_known",
            "album_type IN ('album', 'single', 'compilation')",
            on_fail="warn",
        ),
        Rule("release_year_plausible", "release_year BETWEEN 1860 AND 2100", on_fail="quarantine"),
        CRAWLED_IN_THE_PAST,
    ],
)

track_crawls = Silver(
    "artist_catalogue.track_crawls",
    doc="One row per track and time that the track was crawled.",
    reads=[raw_tracks],
    schema="""
        track_id STRING NOT NULL,
        crawled_at TIMESTAMP NOT NULL COMMENT 'UTC',
        name STRING NOT NULL,
        artists ARRAY<STRUCT<artist_id: STRING, name: STRING>> NOT NULL COMMENT 'Main one first',
        album STRUCT<
            album_id: STRING,
            name: STRING,
            album_type: STRING,
            release_year: INT,
            release_date: DATE,
            track_count: INT,
            artists: ARRAY<STRUCT<artist_id: STRING, name: STRING>>
        > COMMENT 'NULL for a track without an album',
        popularity INT COMMENT '0 to 100, by Spotify',
        duration_ms BIGINT,
        is_explicit BOOLEAN,
        disc_number INT,
        track_number INT,
        market STRING COMMENT 'ISO 3166-1 code of the country that was asked for'
    """,
    key=["track_id", "crawled_at"],
    rules=[
        id_well_formed("track_id"),
        NAME_NOT_EMPTY,
        Rule("has_an_artist", "size(artists) > 0", on_fail="quarantine"),
        POPULARITY_IN_RANGE,
        Rule("duration_positive", "duration_ms > 0", on_fail="quarantine"),
        CRAWLED_IN_THE_PAST,
    ],
)

audio_features = Silver(
    "artist_catalogue.audio_features",
    doc="One row per track whose sound Spotify has measured; the latest crawl counts.",
    reads=[raw_audio_features],
    schema="""
        track_id STRING NOT NULL,
        danceability DOUBLE,
        energy DOUBLE,
        loudness DOUBLE COMMENT 'Mean over the track, in dB below full scale',
        speechiness DOUBLE COMMENT 'Above .66 mostly spoken, below .33 mostly music',
        acousticness DOUBLE,
        instrumentalness DOUBLE COMMENT 'Above .5 probably without singing',
        liveness DOUBLE COMMENT 'Above .8 probably before an audience',
        valence DOUBLE COMMENT '1 sounds cheerful, 0 sad or angry',
        tempo DOUBLE COMMENT 'Beats a minute; NULL where Spotify found none and says 0',
        duration_ms BIGINT,
        key INT COMMENT 'Pitch class, 0 for C to 11 for B; NULL where Spotify says -1',
        mode INT COMMENT '1 major, 0 minor',
        time_signature INT COMMENT 'Beats in a bar; NULL where Spotify says 0',
        crawled_at TIMESTAMP NOT NULL COMMENT 'UTC'
    """,
    key=["track_id"],
    latest_by="crawled_at",
    rules=[
        id_well_formed("track_id"),
        Rule(
            "shares_in_range",
            "least(danceability, energy, speechiness, acousticness, instrumentalness, liveness,"
            " valence) >= 0 AND greatest(danceability, energy, speechiness, acousticness,"
            " instrumentalness, liveness, valence) <= 1",
            on_fail="quarantine",
        ),
        Rule("loudness_in_range", "loudness BETWEEN -70 AND 10", on_fail="quarantine"),
        Rule("tempo_in_range", "tempo BETWEEN 20 AND 300", on_fail="quarantine"),
        Rule("key_in_range", "key BETWEEN 0 AND 11", on_fail="quarantine"),
        Rule("mode_known", "mode IN (0, 1)", on_fail="quarantine"),
        Rule(
            "is_complete",
            "danceability IS NOT NULL AND energy IS NOT NULL AND loudness IS NOT NULL"
            " AND speechiness IS NOT NULL AND acousticness IS NOT NULL"
            " AND instrumentalness IS NOT NULL AND liveness IS NOT NULL AND valence IS NOT NULL"
            " AND tempo IS NOT NULL AND duration_ms IS NOT NULL AND mode IS NOT NULL"
            " AND time_signature IS NOT NULL",
            on_fail="warn",
        ),
        CRAWLED_IN_THE_PAST,
    ],
)

# ── Silver: the catalogue ────────────────────────────────────────────────────────────────────

artists = Silver(
    "artist_catalogue.artists",
    doc="""One row per artist who was crawled or whom a track or an album names.

    The name is that of the latest crawl; `former_names` are the others under the same id.
    """,
    reads=[artist_crawls, album_crawls, track_crawls],
    refresh="whole",
    schema="""
        artist_id STRING NOT NULL,
        name STRING NOT NULL,
        former_names ARRAY<STRING> NOT NULL,
        follower_count BIGINT,
        popularity INT COMMENT '0 to 100, by Spotify',
        last_crawled_at TIMESTAMP COMMENT 'NULL for one whom tracks or albums only name'
    """,
    key=["artist_id"],
    rules=[Rule("not_renamed", "size(former_names) = 0", on_fail="warn")],
)

artist_genres = Silver(
    "artist_catalogue.artist_genres",
    doc="One row per artist and genre, as the artist's latest crawl has them.",
    reads=[artist_crawls],
    refresh="whole",
    schema="artist_id STRING NOT NULL, genre_id STRING NOT NULL, genre STRING NOT NULL",
    key=["artist_id", "genre_id"],
)

albums = Silver(
    "artist_catalogue.albums",
    doc="One row per album that was crawled or that a track is on, as the latest crawl has it.",
    reads=[album_crawls, track_crawls],
    refresh="whole",
    schema="""
        album_id STRING NOT NULL,
        name STRING NOT NULL,
        main_artist_id STRING,
        album_type STRING COMMENT 'album, single or compilation',
        release_year INT,
        release_date DATE COMMENT 'NULL where Spotify knows only the month or the year',
        track_count INT COMMENT 'On the album, as Spotify says'
    """,
    key=["album_id"],
    references=[Reference("main_artist_id", artists)],
)

tracks = Silver(
    "artist_catalogue.tracks",
    doc="""One row per track, as the latest crawl has it.

    One recording stands under many ids, once for each album that it is on; `recording` is
    what they share.
    """,
    reads=[track_crawls],
    refresh="whole",
    schema="""
        track_id STRING NOT NULL,
        name STRING NOT NULL,
        other_names ARRAY<STRING> NOT NULL COMMENT 'Names that other crawls gave to the same id',
        recording STRING NOT NULL
            COMMENT 'Main artist, and name in small letters without brackets and " - Remastered"',
        main_artist_id STRING NOT NULL,
        album_id STRING COMMENT 'NULL for a track without an album',
        popularity INT COMMENT '0 to 100, by Spotify',
        duration_ms BIGINT,
        is_explicit BOOLEAN,
        disc_number INT,
        track_number INT,
        last_crawled_at TIMESTAMP NOT NULL
    """,
    key=["track_id"],
    references=[Reference("main_artist_id", artists), Reference("album_id", albums)],
    rules=[Rule("one_name", "size(other_names) = 0", on_fail="warn")],
)

track_artists = Silver(
    "artist_catalogue.track_artists",
    doc="One row per track and artist on it, as the track's latest crawl has them.",
    reads=[track_crawls],
    refresh="whole",
    schema="""
        track_id STRING NOT NULL,
        artist_id STRING NOT NULL,
        place INT NOT NULL COMMENT 'From 1, the main artist'
    """,
    key=["track_id", "artist_id"],
    references=[Reference("track_id", tracks), Reference("artist_id", artists)],
)

genres = Silver(
    "artist_catalogue.genres",
    doc="One row per genre.",
    reads=[artist_genres, tracks],
    refresh="whole",
    schema="""
        genre_id STRING NOT NULL,
        name STRING NOT NULL,
        artist_count BIGINT NOT NULL,
        track_count BIGINT NOT NULL COMMENT 'Tracks whose main artist has the genre'
    """,
    key=["genre_id"],
)

# ── Gold ─────────────────────────────────────────────────────────────────────────────────────

artist_snapshots = Gold(
    "artist_catalogue.artist_snapshots",
    doc="One row per artist and day on which the artist was crawled, with what has changed.",
    reads=[artist_crawls],
    schema="""
        artist_id STRING NOT NULL,
        dt DATE NOT NULL COMMENT 'Day of the crawl in UTC; of several the last one counts',
        name STRING NOT NULL,
        follower_count BIGINT,
        popularity INT,
        previous_dt DATE COMMENT 'Day of the snapshot before; NULL for the first one',
        previous_name STRING COMMENT 'NULL unless the artist was renamed since',
        follower_change BIGINT COMMENT 'Since the snapshot before',
        popularity_change INT COMMENT 'Since the snapshot before'
    """,
    key=["artist_id", "dt"],
    cluster_by=["dt"],
)

track_snapshots = Gold(
    "artist_catalogue.track_snapshots",
    doc="One row per track and day on which the track was crawled, with what has changed.",
    reads=[track_crawls],
    schema="""
        track_id STRING NOT NULL,
        dt DATE NOT NULL COMMENT 'Day of the crawl in UTC; of several the last one counts',
        name STRING NOT NULL,
        main_artist_id STRING NOT NULL,
        popularity INT,
        previous_dt DATE COMMENT 'Day of the snapshot before; NULL for the first one',
        popularity_change INT COMMENT 'Since the snapshot before'
    """,
    key=["track_id", "dt"],
    cluster_by=["dt"],
)

artist_profiles = Gold(
    "artist_catalogue.artist_profiles",
    doc="One row per artist with a track of his own, and how these tracks sound.",
    reads=[artists, artist_genres, tracks, track_artists, audio_features],
    schema="""
        artist_id STRING NOT NULL,
        name STRING NOT NULL,
        genres ARRAY<STRING> NOT NULL,
        follower_count BIGINT,
        popularity INT,
        track_count BIGINT NOT NULL COMMENT 'As the main artist',
        recording_count BIGINT NOT NULL COMMENT 'Without the copies on other albums',
        guest_count BIGINT NOT NULL COMMENT 'Tracks of others that the artist is on',
        top_track_name STRING NOT NULL COMMENT 'The most popular one, then by name',
        top_track_popularity INT,
        mean_danceability DOUBLE COMMENT 'All means are over recordings; NULL where none has any',
        mean_energy DOUBLE,
        mean_loudness DOUBLE,
        mean_acousticness DOUBLE,
        mean_valence DOUBLE,
        mean_tempo DOUBLE
    """,
    key=["artist_id"],
)

genre_features = Gold(
    "artist_catalogue.genre_features",
    doc="""One row per genre and day, with how the tracks crawled on that day sound.

    A track has the genres of its main artist.
    """,
    reads=[track_snapshots, artist_genres, audio_features],
    schema="""
        genre_id STRING NOT NULL,
        dt DATE NOT NULL,
        genre STRING NOT NULL,
        track_count BIGINT NOT NULL,
        mean_popularity DOUBLE,
        mean_danceability DOUBLE,
        mean_energy DOUBLE,
        mean_loudness DOUBLE,
        mean_speechiness DOUBLE,
        mean_acousticness DOUBLE,
        mean_instrumentalness DOUBLE,
        mean_liveness DOUBLE,
        mean_valence DOUBLE,
        mean_tempo DOUBLE,
        mean_duration_s DOUBLE,
        major_share DOUBLE COMMENT 'Share of tracks in a major key'
    """,
    key=["genre_id", "dt"],
    cluster_by=["dt"],
)

# ── Models ───────────────────────────────────────────────────────────────────────────────────

track_neighbours = Model(
    "artist_catalogue.track_neighbours",
    doc="The tracks that sound most like a track, by the cosine of their audio features.",
    reads=[audio_features, tracks, artist_genres],
    metric="genre_precision_at_10",
    better="higher",
)

# ── Served ───────────────────────────────────────────────────────────────────────────────────

similar_tracks = Served(
    "artist_catalogue.similar_tracks",
    doc="""One row per track and place among the twenty recordings that sound most like it.

    Tracks without all audio features have none. Copies of the same recording are left out.
    """,
    reads=[tracks, artists, albums, audio_features, track_neighbours],
    schema="""
        track_id STRING NOT NULL,
        place INT NOT NULL COMMENT 'From 1',
        similar_track_id STRING NOT NULL,
        similar_name STRING NOT NULL,
        similar_artist STRING NOT NULL COMMENT 'Name of the main artist',
        similar_album STRING,
        similarity DOUBLE NOT NULL COMMENT 'Cosine, -1 to 1',
        alike_in ARRAY<STRING> NOT NULL COMMENT 'Features that add most to the similarity',
        found_by STRING NOT NULL COMMENT 'model; unweighted while its weights are no better'
    """,
    key=["track_id", "place"],
    rules=[
        Rule("place_in_range", "place BETWEEN 1 AND 20"),
        Rule("not_itself", "track_id <> similar_track_id"),
    ],
    cluster_by=["track_id"],
)
