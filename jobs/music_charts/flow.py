"""Music charts: many providers' weeks, matched to one list of songs, and where songs go next.

Read top to bottom: sources, bronze, silver, gold, models, served.
"""

from jobs.lakehouse.declare.table import Bronze, Gold, Model, Rule, Served, Silver, Source
from jobs.music_charts import datasets

# ── Sources ──────────────────────────────────────────────────────────────────────────────────

billboard_weeks_files = Source(
    "music_charts.billboard_weeks",
    doc="Songs of the Billboard Hot 100 that entered in 2000: a line each, a column per week.",
    format="csv",
    columns=["artist", "track", "date.entered", *(f"wk{week}" for week in range(1, 77))],
    renames={"date.entered": "date_entered"},
    extract=datasets.BILLBOARD_WEEKS,
)

weekly_csv_files = Source(
    "music_charts.weekly_csv",
    doc="Weeks of the Billboard Hot 100 as its public copies have them, one file DATE.csv each.",
    format="csv",
    columns=[
        "chart_week",
        "current_week",
        "title",
        "performer",
        "last_week",
        "peak_pos",
        "wks_on_chart",
    ],
)

top50_json_files = Source(
    "music_charts.top50_json",
    doc="A country's fifty most played tracks of a week or day, one JSON document each.",
    format="json",
    columns=["country", "date", "items"],
    extract=datasets.SIMULATED_TOP50,
)

korean_charts_files = Source(
    "music_charts.korean_charts",
    doc="Weeks of Korean-style charts: each provider's own body in the envelope of the crawler.",
    format="json",
    columns=["provider", "chart_date", "body"],
    extract=datasets.SIMULATED_KOREAN_CHARTS,
)

# ── Bronze ───────────────────────────────────────────────────────────────────────────────────

raw_billboard_weeks = Bronze(
    "music_charts.raw_billboard_weeks", doc="Wide weeks as they came.", source=billboard_weeks_files
)
raw_weekly_csv = Bronze(
    "music_charts.raw_weekly_csv", doc="Lines of DATE.csv as they came.", source=weekly_csv_files
)
raw_top50_json = Bronze(
    "music_charts.raw_top50_json", doc="Top-50 documents as they came.", source=top50_json_files
)
raw_korean_charts = Bronze(
    "music_charts.raw_korean_charts", doc="Chart bodies as they came.", source=korean_charts_files
)

# ── Silver: what each source says ────────────────────────────────────────────────────────────

_ENTRY = """
    chart STRING NOT NULL,
    provider STRING NOT NULL,
    country STRING NOT NULL COMMENT 'ISO 3166-1 code',
    chart_date DATE NOT NULL COMMENT 'The day that the week is named after',
    position INT NOT NULL COMMENT 'From 1',
    title STRING NOT NULL COMMENT 'As the provider writes it',
    performer STRING NOT NULL COMMENT 'As the provider writes it, surname last',
    genre STRING,
    streams BIGINT COMMENT 'Plays that the provider counted',
    chart_size INT COMMENT 'Places of the chart; NULL where the source has a part of it',
    is_synthetic BOOLEAN NOT NULL COMMENT 'Whether a simulator made the row',
    file STRING NOT NULL,
    ingested_at TIMESTAMP NOT NULL
"""
_ENTRY_KEY = ["chart", "chart_date", "position", "title", "performer"]
_ENTRY_RULES = [
    # A place that the chart does not have is wrong by itself, unlike a tie, which two rows make.
    Rule("position_on_chart", "position BETWEEN 1 AND coalesce(chart_size, 200)", "quarantine"),
    Rule("charted_in_the_past", "chart_date <= _source.ingested_at + INTERVAL 14 DAYS", "warn"),
]

billboard_entries = Silver(
    "music_charts.billboard_entries",
    doc="One row per song and week of the Hot 100, for songs that entered in 2000.",
    reads=[raw_billboard_weeks],
    nested=True,
    schema=_ENTRY,
    key=_ENTRY_KEY,
    rules=_ENTRY_RULES,
)

weekly_entries = Silver(
    "music_charts.weekly_entries",
    doc="One row per week and place of the Hot 100 as its files DATE.csv say.",
    reads=[raw_weekly_csv],
    schema=f"""{_ENTRY},
        stated_last_position INT COMMENT 'The place a week before, as the file says',
        stated_peak_position INT COMMENT 'The best place so far, as the file says',
        stated_week_count INT COMMENT 'Weeks on the chart so far, as the file says'
    """,
    key=_ENTRY_KEY,
    rules=_ENTRY_RULES,
)

top50_entries = Silver(
    "music_charts.top50_entries",
    doc="One row per country, week and place of the top 50.",
    reads=[raw_top50_json],
    nested=True,
    schema=_ENTRY,
    key=_ENTRY_KEY,
    rules=_ENTRY_RULES,
)

korean_entries = Silver(
    "music_charts.korean_entries",
    doc="One row per provider, week and place of the Korean-style charts.",
    reads=[raw_korean_charts],
    nested=True,
    schema=_ENTRY,
    key=_ENTRY_KEY,
    rules=_ENTRY_RULES,
)

# ── Silver: one list of songs ────────────────────────────────────────────────────────────────

song_aliases = Silver(
    "music_charts.song_aliases",
    doc="One row per title and performer as some provider writes them, with the song it is.",
    reads=[billboard_entries, weekly_entries, top50_entries, korean_entries],
    refresh="whole",
    schema="""
        title STRING NOT NULL,
        performer STRING NOT NULL,
        song_id STRING NOT NULL COMMENT 'First performer and title in their normal form',
        method STRING NOT NULL COMMENT 'exact, cut_title, similar_title or similar_performer',
        similarity DOUBLE NOT NULL COMMENT '1 when exact; share of equal letters, or of kept ones',
        is_matched BOOLEAN NOT NULL COMMENT 'Whether another provider has the song too',
        entry_count BIGINT NOT NULL
    """,
    key=["title", "performer"],
    rules=[
        Rule(
            "method_known", "method IN ('exact', 'cut_title', 'similar_title', 'similar_performer')"
        ),
        Rule("similarity_in_range", "similarity > 0 AND similarity <= 1"),
    ],
)

entries = Silver(
    "music_charts.entries",
    doc="""One row per chart, week, place and song as the newest delivery of the week has it.

    A week that came in several files counts as its newest file says, whole; `delivery_count`
    tells that there were others with other rows.
    """,
    reads=[billboard_entries, weekly_entries, top50_entries, korean_entries, song_aliases],
    refresh="whole",
    schema="""
        chart STRING NOT NULL,
        provider STRING NOT NULL,
        country STRING NOT NULL COMMENT 'ISO 3166-1 code',
        month_date DATE NOT NULL COMMENT 'First day of the month',
        chart_date DATE NOT NULL,
        position INT NOT NULL COMMENT 'From 1',
        song_id STRING NOT NULL,
        title STRING NOT NULL COMMENT 'As the provider writes it',
        performer STRING NOT NULL COMMENT 'As the provider writes it, surname last',
        genre STRING,
        streams BIGINT COMMENT 'Plays that the provider counted',
        chart_size INT COMMENT 'Places of the chart; NULL where the source has a part of it',
        delivery_count BIGINT NOT NULL COMMENT 'Files that disagree on the week, and this one',
        is_synthetic BOOLEAN NOT NULL COMMENT 'Whether a simulator made the row'
    """,
    key=["chart", "chart_date", "position", "title", "performer"],
    partition_by="month_date",
)

songs = Silver(
    "music_charts.songs",
    doc="One row per song, whatever its providers call it.",
    reads=[entries],
    refresh="whole",
    schema="""
        song_id STRING NOT NULL,
        title STRING NOT NULL COMMENT 'The spelling that is charted most often',
        performer STRING NOT NULL COMMENT 'As the title',
        genre STRING COMMENT 'The one that providers give most often; NULL where none does',
        provider_count BIGINT NOT NULL,
        chart_count BIGINT NOT NULL,
        first_chart_date DATE NOT NULL,
        last_chart_date DATE NOT NULL,
        is_synthetic BOOLEAN NOT NULL COMMENT 'Whether only simulated charts have it'
    """,
    key=["song_id"],
)

# ── Gold ─────────────────────────────────────────────────────────────────────────────────────

entry_changes = Gold(
    "music_charts.entry_changes",
    doc="""One row per chart, week and song.

    The week before is the one that the chart published last: a week that is missing (see
    `week_stats`) interrupts no run.
    """,
    reads=[entries, songs],
    schema="""
        chart STRING NOT NULL,
        country STRING NOT NULL,
        month_date DATE NOT NULL COMMENT 'First day of the month',
        chart_date DATE NOT NULL,
        song_id STRING NOT NULL,
        title STRING NOT NULL,
        performer STRING NOT NULL,
        genre STRING,
        position INT NOT NULL COMMENT 'The best, should the song stand there twice',
        previous_position INT COMMENT 'NULL if the song was not there the week before',
        rank_change INT COMMENT 'Places won; lost ones are negative',
        movement STRING NOT NULL COMMENT 'new, re_entry, up, down, same; first_week of the chart',
        week_count INT NOT NULL COMMENT 'Weeks on the chart so far',
        run_week_count INT NOT NULL COMMENT 'Weeks in a row so far',
        peak_position INT NOT NULL COMMENT 'So far',
        number_one_week_count INT NOT NULL COMMENT 'Weeks at number one so far',
        is_synthetic BOOLEAN NOT NULL
    """,
    key=["chart", "chart_date", "song_id"],
    partition_by="month_date",
)

song_runs = Gold(
    "music_charts.song_runs",
    doc="One row per chart and song that was ever on it.",
    reads=[entry_changes],
    schema="""
        chart STRING NOT NULL,
        song_id STRING NOT NULL,
        title STRING NOT NULL,
        performer STRING NOT NULL,
        first_chart_date DATE NOT NULL,
        last_chart_date DATE NOT NULL,
        peak_position INT NOT NULL,
        week_count INT NOT NULL,
        longest_run_week_count INT NOT NULL COMMENT 'The most weeks in a row',
        re_entry_count BIGINT NOT NULL,
        number_one_week_count INT NOT NULL,
        is_synthetic BOOLEAN NOT NULL
    """,
    key=["chart", "song_id"],
)

week_stats = Gold(
    "music_charts.week_stats",
    doc="""One row per chart and week: what moved, and what is wrong with the week.

    Faults of a whole week only warn: no single row can be blamed for them, and a chart with a
    tie is still a chart.
    """,
    reads=[entries, entry_changes],
    schema="""
        chart STRING NOT NULL,
        country STRING NOT NULL,
        month_date DATE NOT NULL COMMENT 'First day of the month',
        chart_date DATE NOT NULL,
        number_one_song_id STRING COMMENT 'NULL if nothing is at number one',
        entry_count BIGINT NOT NULL,
        new_count BIGINT NOT NULL,
        re_entry_count BIGINT NOT NULL,
        up_count BIGINT NOT NULL,
        down_count BIGINT NOT NULL,
        left_count BIGINT COMMENT 'Songs of the week before that are gone',
        top_10_jaccard DOUBLE COMMENT 'Songs in both top tens of two weeks, of those in either',
        chart_size INT COMMENT 'Places of the chart; NULL where the source has a part of it',
        missing_week_count INT NOT NULL COMMENT 'Weeks between this and the one before it',
        delivery_count BIGINT NOT NULL COMMENT 'Files that disagree on the week, and the newest',
        tied_position_count BIGINT NOT NULL COMMENT 'Places that several songs share',
        empty_position_count BIGINT COMMENT 'Places without a song',
        doubled_song_count BIGINT NOT NULL COMMENT 'Songs that stand at several places',
        is_synthetic BOOLEAN NOT NULL
    """,
    key=["chart", "chart_date"],
    partition_by="month_date",
    rules=[
        Rule("no_week_missing", "missing_week_count = 0", "warn"),
        Rule("no_week_doubled", "delivery_count = 1", "warn"),
        Rule("no_positions_tied", "tied_position_count = 0", "warn"),
        Rule("no_position_empty", "empty_position_count = 0", "warn"),
        Rule("no_song_doubled", "doubled_song_count = 0", "warn"),
        Rule("not_longer_than_chart", "entry_count <= chart_size", "warn"),
    ],
)

week_counts = Gold(
    "music_charts.week_counts",
    doc="One row per country, week and genre or performer, over all charts of the country.",
    reads=[entry_changes],
    schema="""
        country STRING NOT NULL,
        month_date DATE NOT NULL COMMENT 'First day of the month',
        chart_date DATE NOT NULL,
        kind STRING NOT NULL COMMENT 'genre, performer, or country for all entries of it',
        name STRING NOT NULL COMMENT 'unknown where no provider gives a genre',
        entry_count BIGINT NOT NULL,
        song_count BIGINT NOT NULL,
        best_position INT NOT NULL
    """,
    key=["country", "chart_date", "kind", "name"],
    partition_by="month_date",
)

# ── Model ────────────────────────────────────────────────────────────────────────────────────

next_week = Model(
    "music_charts.next_week",
    doc="Where a song stands in the chart's next week, and whether it stays in the top ten.",
    reads=[entry_changes],
    metric="mae",
    better="lower",
)

# ── Served ───────────────────────────────────────────────────────────────────────────────────

trends = Served(
    "music_charts.trends",
    doc="One row per chart and song of its newest week, with where the song goes next week.",
    reads=[entry_changes, next_week],
    schema="""
        chart STRING NOT NULL,
        country STRING NOT NULL,
        chart_date DATE NOT NULL,
        song_id STRING NOT NULL,
        title STRING NOT NULL,
        performer STRING NOT NULL,
        position INT NOT NULL,
        rank_change INT COMMENT 'Places won since the week before; lost ones are negative',
        movement STRING NOT NULL COMMENT 'As in entry_changes',
        week_count INT NOT NULL COMMENT 'Weeks on the chart so far',
        recent_positions ARRAY<INT> NOT NULL COMMENT 'Of up to eight charted weeks, oldest first',
        predicted_position DOUBLE NOT NULL COMMENT 'Next week; places + 1 means off the chart',
        predicted_place INT NOT NULL COMMENT 'From 1, in the order of predicted positions',
        stays_in_top_10_probability DOUBLE COMMENT 'NULL for songs that are not in it',
        predicted_by STRING NOT NULL COMMENT 'model, or persistence while no model beats it',
        is_synthetic BOOLEAN NOT NULL
    """,
    key=["chart", "song_id"],
)
