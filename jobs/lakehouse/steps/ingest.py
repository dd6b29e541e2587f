"""Bronze: takes the new files of a source into a Delta table, line by line, as they came."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import reduce
from itertools import chain
from urllib.parse import unquote

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from jobs.errors import SourceError
from jobs.lakehouse.declare.table import Bronze, Source
from jobs.lakehouse.steps.receipts import Receipt
from jobs.lakehouse.steps.run_context import RunContext
from jobs.lakehouse.steps.step import begin
from jobs.lakehouse.steps.stream import Batch, catch_up, has_caught_up, note_caught_up
from jobs.lakehouse.store.files import Files
from jobs.lakehouse.store.lake import Definition, Lake, struct_of

RESCUED = "_rescued"
MALFORMED = "_malformed"
_CARRIED = ("line", "_is_utf8", "_file", "_file_modified_at")


def ingest(table: Bronze, run: RunContext) -> list[Receipt]:
    """Append the lines of files, and stored documents, that no earlier run has taken in."""
    lake = run.lake
    path = lake.storage.table(table)
    if lake.version(table) is None:
        lake.ensure(table, Definition(schema_of(table), table.doc), may_replace=False)
    done: list[Receipt] = []

    def append_batch(lines: DataFrame, stream: str, number: int) -> None:
        memo = begin(table, run, "batch", input_versions={})
        rows, undeclared = parse(lines, table)
        rescued = _count_rescued(rows) if undeclared else {}
        memo = replace(memo, application=stream, number=number, broken=rescued)
        commit = lake.append(path, rows, memo)
        if commit is not None:
            done.append(Receipt.of(table, commit))

    files = new_lines(lake.files, lake.storage.landing(table.source))
    catch_up(files, lake.storage.checkpoint(table), append_batch)
    if table.source.crawler is not None:
        _take_in_documents(table, lake, append_batch)
    return done


def _take_in_documents(table: Bronze, lake: Lake, append_batch: Batch) -> None:
    """Append the documents that crawls put into a store, if there is one."""
    uri = lake.storage.documents_uri
    if uri is None:
        return
    # pymongo is imported where there is a store.
    from jobs.lakehouse.steps import document_stream  # noqa: PLC0415

    newest = document_stream.newest_document(uri, table.source.name)
    checkpoint = lake.storage.checkpoint_of_documents(table)
    # To find that nothing is new takes a stream seconds: Spark asks a process of Python's.
    if newest == 0 and not lake.files.exists(checkpoint):
        return
    if not has_caught_up(lake.files, checkpoint, newest):
        found = document_stream.documents(lake.spark, uri, table.source.name, newest)
        catch_up(found, checkpoint, append_batch)
        note_caught_up(lake.files, checkpoint, newest)


def field_columns(source: Source) -> list[str]:
    """The bronze columns that hold a source's fields."""
    return [source.renames.get(field, field) for field in source.columns]


def schema_of(table: Bronze) -> StructType:
    """All columns of a bronze table."""
    fields = ", ".join(f"`{column}` STRING" for column in field_columns(table.source))
    return struct_of(
        f"""{fields},
        {RESCUED} MAP<STRING, STRING> COMMENT 'Fields that the source does not declare',
        {MALFORMED} STRING COMMENT 'The whole line, if it could not be read',
        _file STRING COMMENT 'The file that the row came in',
        _file_modified_at TIMESTAMP,
        _ingested_at TIMESTAMP"""
    )


def new_lines(files: Files, folder: str) -> DataFrame:
    """The lines of the files that arrive in a folder, as a stream.

    Raises SourceError when a file in it has no content.
    """
    files.make_folder(folder)
    for path, size in files.sizes(folder):
        if size == 0:
            raise SourceError(
                f"The file {path} is empty; expected at least a header or a document. "
                "Remove it or put the whole file in its place, then run again."
            )
    return (
        files.spark.readStream.format("text")
        .load(folder)
        .select(
            F.col("value").alias("line"),
            F.col("_metadata.file_path").alias("_file"),
            F.col("_metadata.file_modification_time").alias("_file_modified_at"),
        )
    )


def parse(lines: DataFrame, table: Bronze) -> tuple[DataFrame, set[str]]:
    """Split lines into the columns of `schema_of(table)`; also the undeclared fields' names.

    Args:
        lines: Columns line, _file, _file_modified_at; for csv with the files' header lines.
        table: The bronze table that the lines are for.

    Raises SourceError when a file lacks a declared field.
    """
    lines = lines.where(F.trim("line") != "").select(
        # Spark takes any bytes for a string, which no other reader of the table would.
        F.make_valid_utf8("line").alias("line"),
        F.is_valid_utf8("line").alias("_is_utf8"),
        "_file",
        "_file_modified_at",
    )
    read = _parse_json if table.source.format == "json" else _parse_csv
    fields, undeclared = read(lines, table.source)
    rows = fields.select(
        *field_columns(table.source),
        F.when(F.size(RESCUED) > 0, F.col(RESCUED)).alias(RESCUED),
        F.coalesce(MALFORMED, F.when(~F.col("_is_utf8"), F.col("line"))).alias(MALFORMED),
        "_file",
        "_file_modified_at",
        F.lit(datetime.now(UTC)).alias("_ingested_at"),
    )
    return rows, undeclared


def _count_rescued(rows: DataFrame) -> Mapping[str, int]:
    """How many bronze rows carry each undeclared field."""
    counts = rows.select(F.explode(F.map_keys(RESCUED)).alias("field")).groupBy("field").count()
    return {f"rescued_{row['field']}": row["count"] for row in counts.collect()}


def _parse_csv(lines: DataFrame, source: Source) -> tuple[DataFrame, set[str]]:
    """Read delimited lines by the header of the file that each came in."""
    by_header: dict[str, list[str]] = {}
    files = Files(lines.sparkSession)
    for row in lines.select("_file").distinct().collect():
        # Spark escapes the file's name as in a URL, and takes off a byte-order mark.
        header = files.first_line(unquote(row["_file"])).removeprefix("\ufeff")
        by_header.setdefault(header, []).append(row["_file"])
    parsed, undeclared = [], set[str]()
    for header, same in by_header.items():
        names = _names_in(header, same[0], source)
        undeclared |= set(names) - set(source.columns)
        rows = lines.where(F.col("_file").isin(same) & (F.col("line") != header))
        parsed.append(_parse_csv_like(rows, names, source))
    return reduce(DataFrame.unionByName, parsed), undeclared


def _names_in(header: str, file: str, source: Source) -> Sequence[str]:
    """The names in a header line; raises SourceError when a declared one is missing."""
    names = next(csv.reader([header], delimiter=source.delimiter), [])
    missing = [name for name in source.columns if name not in names]
    if missing:
        raise SourceError(
            f"The file {file} lacks {', '.join(missing)}: its header is {', '.join(names)}; "
            f"'{source.name}' expects {', '.join(source.columns)}. Mend the file, or the source "
            "in flow.py if it has changed for good."
        )
    return names


def _parse_csv_like(lines: DataFrame, names: Sequence[str], source: Source) -> DataFrame:
    """Read the lines of files that share one header."""
    # A quotation mark inside quotes is doubled (RFC 4180); Spark's own default is a backslash.
    options = {"sep": source.delimiter, "escape": '"', "columnNameOfCorruptRecord": MALFORMED}
    if source.delimiter == "\t":
        # Tab-separated files know no quotes: a quotation mark is part of the value.
        options["quote"] = "\0"
    # By place, for a header's own names may be no names in DDL.
    schema = ", ".join(f"field_{place} STRING" for place in range(len(names)))
    row = F.from_csv("line", f"{schema}, {MALFORMED} STRING", options)
    value = {name: F.col("_row").getField(f"field_{place}") for place, name in enumerate(names)}
    undeclared = [(F.lit(name), value[name]) for name in names if name not in source.columns]
    rescued = F.create_map(*chain.from_iterable(undeclared)).cast("map<string, string>")
    return lines.withColumn("_row", row).select(
        *_CARRIED,
        *(value[name].alias(source.renames.get(name, name)) for name in source.columns),
        F.map_filter(rescued, lambda _, found: found.isNotNull()).alias(RESCUED),
        F.col("_row").getField(MALFORMED).alias(MALFORMED),
    )


def _parse_json(lines: DataFrame, source: Source) -> tuple[DataFrame, set[str]]:
    """Read one JSON document a line; nested values keep their JSON text.

    Raises SourceError when there are documents and none has a declared field.
    """
    rows = lines.withColumn("_fields", F.from_json("line", "MAP<STRING, STRING>"))
    keys = F.array_sort(F.map_keys("_fields"))
    found = rows.agg(
        F.count("*").alias("documents"),
        F.array_distinct(F.flatten(F.collect_set(keys))).alias("names"),
    ).head()
    assert found is not None  # noqa: S101  a sum over no rows is a row
    names = set(found["names"])
    missing = [name for name in source.columns if name not in names]
    if missing and found["documents"]:
        raise SourceError(
            f"No new document of '{source.name}' has {', '.join(missing)}; expected "
            f"{', '.join(source.columns)}. Mend the newest file, or the source in flow.py if "
            "it has changed for good."
        )
    declared = list(source.columns)
    fields = rows.select(
        *_CARRIED,
        *(F.col("_fields")[name].alias(source.renames.get(name, name)) for name in declared),
        F.map_filter("_fields", lambda name, _: ~name.isin(declared)).alias(RESCUED),
        F.when(F.col("_fields").isNull(), F.col("line")).alias(MALFORMED),
    )
    return fields, names - set(declared)
