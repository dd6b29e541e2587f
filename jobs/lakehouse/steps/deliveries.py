"""What a person decides about a file that has been taken in."""

from dataclasses import replace

from jobs.errors import UnknownNameError
from jobs.lakehouse.declare.table import Bronze
from jobs.lakehouse.steps.receipts import gather
from jobs.lakehouse.steps.run_context import RunContext
from jobs.lakehouse.steps.step import begin
from jobs.lakehouse.store.ledger import Verdict, write_copy


def decide(table: Bronze, file: str, verdict: Verdict, run: RunContext) -> None:
    """Note in a bronze table that a file counts as it is, or that it does not count.

    Raises UnknownNameError for a file that the table has not taken in.
    """
    ledger = run.standing.ledger(table)
    if file not in ledger.files:
        raise UnknownNameError(f"file in {table.name}", file, ledger.files)
    path = run.lake.storage.table(table)
    memo = begin(table, run, verdict, rows_read=0, reasons=[f"{file}: {verdict}"])
    event = ledger.decide(file, verdict, memo.write_id, memo.started_at)
    commit = run.lake.note(path, replace(memo, deliveries=event.as_memo()))
    if commit is not None:
        write_copy(run.lake.files, path, commit.version, ledger.with_event(event))
    gather(run.lake, [table])
