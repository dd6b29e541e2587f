"""Splits the lines of files into a source's fields, all of them as the text that they are."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import reduce
from itertools import chain

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from jobs.lakehouse.declare.definition import fields_of
from jobs.lakehouse.declare.table import Bronze, Source
from jobs.lakehouse.steps.arrivals import names_in
from jobs.lakehouse.store.schemas import struct_of

RESCUED = "_rescued"
MALFORMED = "_malformed"
_CARRIED = ("line", "_is_readable", "_file", "_file_modified_at")
_STORE = r"^[A-Za-z0-9+.-]+:(//[^/]*)?"
"""What stands before the path in a location: a scheme and a host."""
_GLOB, _ESCAPED = r"([\[\]{}*?\\])", r"\\\1"
"""What would be a pattern in a path that Spark is to read."""
_FIELD = r'(?:"[^"]*+(?:""[^"]*+)*+"|(?!")[^{d}]*+)'


def schema_of(table: Bronze) -> StructType:
    """All columns of a bronze table."""
    named = (*fields_of(table.source).values(), *path_columns(table.source))
    fields = ", ".join(f"`{column}` STRING" for column in named)
    return struct_of(
        f"""{fields},
        {RESCUED} MAP<STRING, STRING> COMMENT 'Fields that the source does not declare',
        {MALFORMED} STRING COMMENT 'The whole line, if it could not be read',
        _file STRING COMMENT 'The file that the row came in, below the folder of its source',
        _delivery BIGINT COMMENT 'The batch that it came in; of a file the newest counts',
        _row BIGINT COMMENT 'Tells the row from the others of its batch',
        _file_modified_at TIMESTAMP,
        _ingested_at TIMESTAMP"""
    )


def path_columns(source: Source) -> dict[str, Column]:
    """What a file's path tells, by column."""
    if source.path is None:
        return {}
    # Java's names of groups know no underscore.
    plain = f"^(?:{re.sub(r'[(][?]P<[^>]+>', '(', source.path)})$"
    groups = re.compile(source.path).groupindex
    return {
        name: F.nullif(F.regexp_extract("_file", plain, place), F.lit(""))
        for name, place in groups.items()
    }


def read_lines(spark: SparkSession, folder: str, names: Sequence[str], source: Source) -> DataFrame:
    """The lines of some files of a folder: line, _is_readable, _file, _file_modified_at."""
    reader = spark.read
    if source.encoding.startswith("utf-16"):
        reader = reader.option("lineSep", "\n").option("encoding", source.encoding.upper())
    read = reader.text([f"{folder}/{re.sub(_GLOB, _ESCAPED, name)}" for name in names])
    # Spark escapes a path as in a URL.
    path = F.url_decode(F.replace(F.col("_metadata.file_path"), F.lit("+"), F.lit("%2B")))
    below = len(re.sub(_STORE, "", folder)) + len("/") + 1
    line, is_readable = F.make_valid_utf8("value"), F.is_valid_utf8("value")
    if source.encoding != "utf-8":
        line = F.rtrim(F.decode(F.col("value").cast("binary"), source.encoding), F.lit("\r"))
        is_readable = F.lit(True)  # noqa: FBT003  a value, not an option
    return read.select(
        # Spark takes any bytes for a string, which no other reader of the table would.
        line.alias("line"),
        is_readable.alias("_is_readable"),
        F.substr(F.regexp_replace(path, _STORE, ""), F.lit(below)).alias("_file"),
        F.col("_metadata.file_modification_time").alias("_file_modified_at"),
    )


def parse(lines: DataFrame, table: Bronze, headers: Mapping[str, str], delivery: int) -> DataFrame:
    """Split lines into the columns of `schema_of(table)`.

    Args:
        lines: Columns line, _is_readable, _file, _file_modified_at.
        table: The bronze table that the lines are for.
        headers: For csv the header line of each file.
        delivery: The number of the batch.
    """
    source = table.source
    lines = lines.where(F.trim("line") != "")
    is_json = source.format == "json"
    fields = _parse_json(lines, source) if is_json else _parse_csv(lines, source, headers)
    return fields.select(
        *fields_of(source).values(),
        *(column.alias(name) for name, column in path_columns(source).items()),
        F.when(F.size(RESCUED) > 0, F.col(RESCUED)).alias(RESCUED),
        F.coalesce(MALFORMED, F.when(~F.col("_is_readable"), F.col("line"))).alias(MALFORMED),
        "_file",
        F.lit(delivery).cast("bigint").alias("_delivery"),
        F.monotonically_increasing_id().alias("_row"),
        "_file_modified_at",
        F.lit(datetime.now(UTC)).alias("_ingested_at"),
    )


def count_fields(lines: DataFrame) -> DataFrame:
    """How many documents of each file have each field: _file, name, rows; for JSON.

    A file without a document that can be read has one row, without a name.
    """
    names = F.map_keys(F.from_json("line", "MAP<STRING, STRING>"))
    documents = lines.where(F.trim("line") != "")
    listed = documents.select("_file", F.explode_outer(F.array_distinct(names)).alias("name"))
    return listed.groupBy("_file", "name").agg(F.count("*").alias("rows"))


def _parse_csv(lines: DataFrame, source: Source, headers: Mapping[str, str]) -> DataFrame:
    """Read delimited lines by the header of the file that each came in."""
    by_header: dict[str, list[str]] = {}
    for file, header in headers.items():
        by_header.setdefault(header, []).append(file)
    parsed = []
    for header, files in by_header.items():
        names = names_in(header, source)
        mark = F.lit("\ufeff")
        same = F.ltrim(F.col("line"), mark) == header.removeprefix("\ufeff")
        rows = lines.where(F.col("_file").isin(files) & ~same)
        parsed.append(_parse_csv_like(rows, names, source))
    return reduce(DataFrame.unionByName, parsed)


def _parse_csv_like(lines: DataFrame, names: Sequence[str], source: Source) -> DataFrame:
    """Read the lines of files that share one header."""
    # A quotation mark inside quotes is doubled (RFC 4180); Spark's own default is a backslash.
    options = {"sep": source.delimiter, "escape": '"', "columnNameOfCorruptRecord": MALFORMED}
    field = _FIELD.format(d=re.escape(source.delimiter))
    well_formed = F.col("line").rlike(f"^{field}(?:{re.escape(source.delimiter)}{field})*+$")
    if source.delimiter == "\t":
        # Tab-separated files know no quotes: a quotation mark is part of the value.
        options["quote"] = "\0"
        well_formed = F.lit(True)  # noqa: FBT003  a value, not an option
    # By place, for a header's own names may be no names in DDL.
    schema = ", ".join(f"field_{place} STRING" for place in range(len(names)))
    row = F.from_csv("line", f"{schema}, {MALFORMED} STRING", options)
    value = {name: F.col("_row").getField(f"field_{place}") for place, name in enumerate(names)}
    undeclared = [(F.lit(name), value[name]) for name in names if name not in source.columns]
    rescued = F.create_map(*chain.from_iterable(undeclared)).cast("map<string, string>")
    absent = F.lit(None).cast("string")
    # Where a quotation mark inside quotes is not doubled, nobody knows where the field ends.
    malformed = F.when(well_formed, F.col("_row").getField(MALFORMED)).otherwise(F.col("line"))
    return lines.withColumn("_row", row).select(
        *_CARRIED,
        *(value.get(name, absent).alias(column) for name, column in fields_of(source).items()),
        F.map_filter(rescued, lambda _, found: found.isNotNull()).alias(RESCUED),
        malformed.alias(MALFORMED),
    )


def _parse_json(lines: DataFrame, source: Source) -> DataFrame:
    """Read one JSON document a line; nested values keep their JSON text."""
    # In an array, or what follows the first document would be passed over.
    array = F.from_json(F.concat(F.lit("["), "line", F.lit("]")), "ARRAY<MAP<STRING, STRING>>")
    rows = lines.withColumn("_array", array).withColumn(
        "_fields", F.when(F.size("_array") == 1, F.col("_array")[0])
    )
    declared = list(source.columns)
    return rows.select(
        *_CARRIED,
        *(F.col("_fields")[name].alias(column) for name, column in fields_of(source).items()),
        F.map_filter("_fields", lambda name, _: ~name.isin(declared)).alias(RESCUED),
        F.when(F.col("_fields").isNull(), F.col("line")).alias(MALFORMED),
    )
