"""The columns that the entries of all sources have in common."""

from pyspark.sql import Column
from pyspark.sql import functions as F

_COLUMNS = (
    *("chart", "provider", "country", "chart_date", "position", "title", "performer"),
    *("genre", "streams", "chart_size", "is_synthetic", "file", "ingested_at", "_source"),
)


def entry_columns(**known: Column) -> list[Column]:
    """The columns that all sources have in common, `_source` last; what is not known is NULL."""
    is_synthetic = known.pop("is_synthetic", F.lit(None))
    unknown = {
        "genre": F.lit(None).cast("string"),
        "streams": F.lit(None).cast("bigint"),
        "chart_size": F.lit(None).cast("int"),
    }
    values = {
        **unknown,
        **known,
        "is_synthetic": F.coalesce(is_synthetic, F.lit(False)),  # noqa: FBT003
        # The name alone: the same row comes of the same file wherever the landing zone lies.
        "file": F.element_at(F.split("_source.file", "/"), -1),
        "ingested_at": F.col("_source.ingested_at"),
        "_source": F.col("_source"),
    }
    return [values[name].alias(name) for name in _COLUMNS]
