"""Bronze: takes the new files of a source into a Delta table, line by line, as they came."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.lakehouse.declare.table import Bronze, Source
from jobs.lakehouse.steps.arrivals import Arrivals, names_in, refuse
from jobs.lakehouse.steps.bronze_columns import adopt, bring_in_line
from jobs.lakehouse.steps.deciding import decide_bronze
from jobs.lakehouse.steps.decision import Decision
from jobs.lakehouse.steps.parsing import RESCUED, count_fields, parse, read_lines, schema_of
from jobs.lakehouse.steps.receipts import Receipt
from jobs.lakehouse.steps.run_context import RunContext
from jobs.lakehouse.steps.step import begin
from jobs.lakehouse.store import commits
from jobs.lakehouse.store.commits import Memo
from jobs.lakehouse.store.files import FileState
from jobs.lakehouse.store.ledger import Delivery, Event, Ledger, read_ledger, write_copy


def ingest(table: Bronze, run: RunContext) -> list[Receipt]:
    """Append the lines of files, and stored documents, that are not in the table as they are.

    Raises SourceError for files that cannot be read, after all others are in.
    """
    lake, path = run.lake, run.lake.storage.table(table)
    newest = lake.newest_commit(table)
    if newest is None and commits.latest_version(lake.files, path) is not None:
        adopt(table, run)
    decision = decide_bronze(table, run.standing)
    done = bring_in_line(table, decision, run) if decision.changes else []
    arrivals = decision.arrivals or Arrivals()
    receipts, refused = _take_files(table, decision, arrivals, run)
    done += receipts
    if table.source.crawler is not None:
        done += _take_documents(table, run)
    if lake.newest_commit(table) is None:
        empty = lake.spark.createDataFrame([], schema_of(table))
        lake.append(path, empty, begin(table, run, "batch"))
    refused |= arrivals.refused
    if refused:
        raise refuse(refused, lake.storage.landing(table.source), table.source)
    return done


def _take_files(
    table: Bronze, decision: Decision, arrivals: Arrivals, run: RunContext
) -> tuple[list[Receipt], dict[str, str]]:
    """Append what arrived; also the files that turn out to be unreadable, with the reasons."""
    lake, source = run.lake, table.source
    folder = lake.storage.landing(source)
    takable = {file.name: file for file in arrivals.takable}
    refused, rescued = dict[str, str](), dict[str, int]()
    if takable and source.format == "json":
        lines = read_lines(lake.spark, folder, list(takable), source)
        refused, rescued = _looked_through(lines, source)
        takable = {name: file for name, file in takable.items() if name not in refused}
    if not takable:
        return [], refused
    headers = {
        name: lake.files.first_line(f"{folder}/{name}", source.encoding)
        for name in takable
        if source.format == "csv"
    }
    memo = begin(table, run, "batch", reasons=decision.reasons)
    event = Event(
        memo.write_id,
        decision.ledger.last_number + 1,
        memo.started_at,
        _deliveries(takable, arrivals, decision.ledger, run, folder),
    )
    lines = read_lines(lake.spark, folder, list(takable), source)
    rows = parse(lines, table, headers, event.number)
    if any(set(names_in(header, source)) - set(source.columns) for header in headers.values()):
        rescued = _count_rescued(rows)
    memo = replace(memo, deliveries=event.as_memo(), broken=rescued)
    return _append(table, run, rows, memo, decision.ledger.with_event(event)), refused


def _deliveries(
    taken: Mapping[str, FileState],
    arrivals: Arrivals,
    ledger: Ledger,
    run: RunContext,
    folder: str,
) -> dict[str, Delivery]:
    """What the ledger notes of the files that are taken in, and of those that are only touched."""
    number, known = ledger.last_number + 1, ledger.files
    digests = {name: run.lake.files.digest(f"{folder}/{name}") for name in taken}
    new = {
        name: Delivery(file.size, file.modified_at_ms, digests[name], number)
        for name, file in taken.items()
    }
    touched = {
        file.name: replace(known[file.name], modified_at_ms=file.modified_at_ms)
        for file in arrivals.touched
    }
    return new | touched


def _take_documents(table: Bronze, run: RunContext) -> list[Receipt]:
    """Append the documents that crawls put into a store, if there is one.

    Raises SourceError when no document of a crawl has a declared field.
    """
    uri, source = run.lake.storage.documents_uri, table.source
    if uri is None:
        return []
    # pymongo is imported where there is a store.
    from jobs.lakehouse.steps import documents  # noqa: PLC0415

    ledger = read_ledger(run.lake.files, run.lake.storage.table(table))
    newest = documents.newest_document(uri, source.name, ledger.documents)
    if newest == ledger.documents:
        return []
    memo = begin(table, run, "batch", reasons=["new documents in the store"])
    lines = documents.documents(run.lake.spark, uri, source.name, ledger.documents, newest)
    refused, rescued = _looked_through(lines, source)
    if refused:
        raise refuse(refused, "the document store", source)
    number = ledger.last_number + 1
    event = Event(memo.write_id, number, memo.started_at, documents=newest)
    memo = replace(memo, deliveries=event.as_memo(), broken=rescued)
    return _append(table, run, parse(lines, table, {}, number), memo, ledger.with_event(event))


def _append(
    table: Bronze, run: RunContext, rows: DataFrame, memo: Memo, ledger: Ledger
) -> list[Receipt]:
    """Append rows, and copy the ledger as it is then."""
    path = run.lake.storage.table(table)
    commit = run.lake.append(path, rows, memo)
    if commit is None:
        return []
    write_copy(run.lake.files, path, commit.version, ledger)
    return [Receipt.of(table, commit)]


def _count_rescued(rows: DataFrame) -> dict[str, int]:
    """How many rows carry each undeclared field."""
    counts = rows.select(F.explode(F.map_keys(RESCUED)).alias("name")).groupBy("name").count()
    return {f"rescued_{row['name']}": row["count"] for row in counts.collect()}


def _looked_through(lines: DataFrame, source: Source) -> tuple[dict[str, str], dict[str, int]]:
    """The files of documents that are refused, and how many rows have each undeclared field."""
    needed = [name for name in source.columns if name not in source.optional]
    counts = count_fields(lines).persist()
    try:
        names = F.array_compact(F.collect_list("name"))
        missing = F.array_except(F.array(*map(F.lit, needed)), names)
        by_file = counts.groupBy("_file").agg(missing.alias("missing"))
        bad = by_file.where(F.size("missing") > 0).collect()
        undeclared = counts.where(~F.col("name").isin(*source.columns))
        found = undeclared.groupBy("name").agg(F.sum("rows").alias("rows")).collect()
    finally:
        counts.unpersist()
    refused = {row["_file"]: _reason(row["missing"], needed) for row in bad}
    return refused, {f"rescued_{row['name']}": row["rows"] for row in found}


def _reason(missing: Collection[str], needed: Collection[str]) -> str:
    if set(missing) == set(needed):
        return f"it has no document with {', '.join(needed)}; expected each on a line of its own"
    return (
        f"no document has {', '.join(missing)}; expected {', '.join(needed)}. A field that "
        "documents may lack is declared as optional"
    )
