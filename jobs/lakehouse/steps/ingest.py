"""Bronze: takes the new files of a source into a Delta table, line by line, as they came."""

from dataclasses import replace

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.lakehouse.declare.table import Bronze
from jobs.lakehouse.steps.arrivals import Arrivals, refuse
from jobs.lakehouse.steps.bronze_columns import adopt, bring_in_line
from jobs.lakehouse.steps.deciding import Decision, decide_bronze
from jobs.lakehouse.steps.parsing import RESCUED, fields_by_file, parse, read_lines, schema_of
from jobs.lakehouse.steps.receipts import Receipt
from jobs.lakehouse.steps.run_context import RunContext
from jobs.lakehouse.steps.step import begin
from jobs.lakehouse.store import commits
from jobs.lakehouse.store.commits import Memo
from jobs.lakehouse.store.ledger import Delivery, Event, Ledger, read_ledger, write_copy


def ingest(table: Bronze, run: RunContext) -> list[Receipt]:
    """Append the lines of files, and stored documents, that are not in the table as they are.

    Raises SourceError for files that cannot be read, after all others are in.
    """
    path = run.lake.storage.table(table)
    if commits.latest_version(run.lake.files, path) is not None and not run.lake.newest_commit(
        table
    ):
        adopt(table, run)
    decision = decide_bronze(table, run.standing)
    done: list[Receipt] = []
    if decision.changes:
        done += bring_in_line(table, decision, run)
    refused: dict[str, str] = {}
    if decision.arrivals is not None:
        refused |= decision.arrivals.refused
        if decision.arrivals.takable or run.lake.newest_commit(table) is None:
            receipts, more = _take_files(table, decision, decision.arrivals, run)
            done += receipts
            refused |= more
    if table.source.crawler is not None:
        done += _take_documents(table, run)
    if refused:
        raise refuse(refused, run.lake.storage.landing(table.source), table.source)
    return done


def _take_files(
    table: Bronze, decision: Decision, arrivals: Arrivals, run: RunContext
) -> tuple[list[Receipt], dict[str, str]]:
    """Append what arrived; also the files that turn out to be unreadable, with the reasons."""
    lake, source, ledger = run.lake, table.source, decision.ledger
    folder = lake.storage.landing(source)
    takable = {file.name: file for file in arrivals.takable}
    refused: dict[str, str] = {}
    if takable and source.format == "json":
        refused = _documents_without(table, read_lines(lake.spark, folder, list(takable), source))
        takable = {name: file for name, file in takable.items() if name not in refused}
    memo = begin(table, run, "batch", reasons=decision.reasons)
    number = ledger.last_number + 1
    deliveries = {
        name: Delivery(
            file.size, file.modified_at_ms, lake.files.digest(f"{folder}/{name}"), number
        )
        for name, file in takable.items()
    }
    if not takable:
        if lake.newest_commit(table) is not None:
            return [], refused
        empty = lake.spark.createDataFrame([], schema_of(table))
        lake.append(lake.storage.table(table), empty, memo)
        return [], refused
    known = ledger.files
    touched = {
        file.name: replace(known[file.name], size=file.size, modified_at_ms=file.modified_at_ms)
        for file in arrivals.touched
    }
    headers = (
        {name: lake.files.first_line(f"{folder}/{name}", source.encoding) for name in takable}
        if source.format == "csv"
        else {}
    )
    lines = read_lines(lake.spark, folder, list(takable), source)
    rows, undeclared = parse(lines, table, headers, number)
    event = Event(memo.write_id, number, memo.started_at, {**deliveries, **touched})
    memo = replace(_with_rescued(rows, undeclared, memo), deliveries=event.as_memo())
    return _append(table, run, rows, memo, ledger.with_event(event)), refused


def _take_documents(table: Bronze, run: RunContext) -> list[Receipt]:
    """Append the documents that crawls put into a store, if there is one."""
    uri = run.lake.storage.documents_uri
    if uri is None:
        return []
    # pymongo is imported where there is a store.
    from jobs.lakehouse.steps import documents  # noqa: PLC0415

    ledger = read_ledger(run.lake.files, run.lake.storage.table(table))
    newest = documents.newest_document(uri, table.source.name, ledger.documents)
    if newest == ledger.documents:
        return []
    memo = begin(table, run, "batch", reasons=["new documents in the store"])
    lines = documents.documents(run.lake.spark, uri, table.source.name, ledger.documents, newest)
    lacking = _documents_without(table, lines)
    if lacking:
        raise refuse(lacking, "the document store", table.source)
    number = ledger.last_number + 1
    rows, undeclared = parse(lines, table, {}, number)
    event = Event(memo.write_id, number, memo.started_at, documents=newest)
    memo = replace(_with_rescued(rows, undeclared, memo), deliveries=event.as_memo())
    return _append(table, run, rows, memo, ledger.with_event(event))


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


def _with_rescued(rows: DataFrame, undeclared: set[str], memo: Memo) -> Memo:
    """A memo that says how many rows carry each undeclared field."""
    if not undeclared:
        return memo
    counts = rows.select(F.explode(F.map_keys(RESCUED)).alias("field")).groupBy("field").count()
    found = {f"rescued_{row['field']}": row["count"] for row in counts.collect()}
    return replace(memo, broken=found)


def _documents_without(table: Bronze, lines: DataFrame) -> dict[str, str]:
    """The files of which no document has a declared field, and which fields these are."""
    needed = [name for name in table.source.columns if name not in table.source.optional]
    missing = F.array_except(F.array(*map(F.lit, needed)), F.col("names"))
    found = fields_by_file(lines).select("_file", missing.alias("missing"), "names")
    return {
        row["_file"]: f"none of its documents has {', '.join(row['missing'])}; expected "
        f"{', '.join(needed)}, one document on a line. A field that documents may lack is declared "
        "as optional"
        for row in found.where(F.size("missing") > 0).collect()
    }
