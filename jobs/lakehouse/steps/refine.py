"""Silver from raw rows: types new ones, judges them, merges the good, quarantines the bad."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F

from jobs.errors import StepError
from jobs.lakehouse.declare.table import Bronze, Silver
from jobs.lakehouse.steps import quality, quarantine
from jobs.lakehouse.steps.alter import alter
from jobs.lakehouse.steps.deciding import decide_table
from jobs.lakehouse.steps.decision import Decision
from jobs.lakehouse.steps.inputs import Inputs, pinned_versions
from jobs.lakehouse.steps.raw_rows import with_source
from jobs.lakehouse.steps.receipts import Receipt
from jobs.lakehouse.steps.run_context import RunContext
from jobs.lakehouse.steps.step import begin, function_of
from jobs.lakehouse.steps.verdict import Verdict, reach_verdict
from jobs.lakehouse.steps.winners import winners, with_children_gone
from jobs.lakehouse.store.commits import Commit, Memo

_KINDS = {
    "add new rows": "batch",
    "release": "release",
    "change in place": "change",
    "check references": "change",
    "nothing": "change",
}


def refine(table: Silver, run: RunContext) -> list[Receipt]:
    """Bring a table in line with the raw rows that it is made from, and with its declaration.

    Raises DeclarationError where a person must decide, QualityError for what must not come in.
    """
    done, is_late = _refine_once(table, run)
    # The rows that waited are judged again with those in place that came meanwhile.
    return [*done, *(_refine_once(table, run)[0] if is_late else ())]


def _refine_once(table: Silver, run: RunContext) -> tuple[list[Receipt], bool]:
    """Do what is due; also whether rows in quarantine are to be judged after it."""
    versions = pinned_versions(table, run)
    decision = decide_table(table, run.standing, versions, run.options, run.steps)
    memo = _memo(table, run, versions, decision)
    refinery = _Refinery(table, run, Inputs(table, run, versions), decision, memo)
    action = decision.action
    if decision.shrunk and refinery.has_orphans():
        action = "remake"
    is_kept = action not in {"make", "remake"}
    if is_kept and decision.changes and not alter(table, decision.changes, run):
        action = "remake"
    match action:
        case "make" | "remake":
            commit = refinery.make_again()
        case "add new rows":
            commit = refinery.add_new_rows()
        case "release":
            commit = refinery.release()
        case "change in place" | "check references":
            commit = refinery.note()
        case _:
            commit = refinery.note_new_code()
    receipts = [Receipt.of(table, commit)] if commit is not None else []
    is_waiting = bool(decision.late) or run.options.release
    return receipts, is_waiting and decision.action == "add new rows"


def _memo(table: Silver, run: RunContext, versions: Mapping[str, int], decision: Decision) -> Memo:
    """The memo of the one commit that a decision comes to."""
    kind = _KINDS.get(decision.action, "remake")
    if run.options.forward_only and kind != "remake":
        kind = "forward"
    mark, reasons = decision.ledger.mark, decision.reasons
    # Those that rows still wait for are noted as they were, until these rows are judged.
    noted = {**versions, **(decision.late if decision.action == "add new rows" else {})}
    return begin(table, run, kind, input_versions=noted, taken=mark, reasons=reasons)


@dataclass(frozen=True)
class _Judged:
    """Made rows with the rules that they break, and what that comes to."""

    rows: DataFrame
    verdict: Verdict


@dataclass(frozen=True)
class _Refinery:
    """One table's refinement in one run."""

    table: Silver
    run: RunContext
    inputs: Inputs
    decision: Decision
    memo: Memo

    def make_again(self) -> Commit | None:
        """Make all rows and put them in place of the table's, with the declaration as it is now."""
        judged = self._judge(self._raw())
        rejected = self._rejected(judged)
        version = quarantine.replace_quarantine(self.run.lake, self.table, rejected, self.memo)
        waiting = quarantine.waiting_after(judged.verdict, self.table)
        memo = replace(
            self._counted(judged),
            kind="remake",
            input_versions=self.inputs.versions,
            quarantine_version=version,
            waiting=waiting,
        )
        rows = winners(judged.rows, self.table)
        if self.decision.action != "make" and not self.decision.changes:
            # Its declaration is the same: Delta keeps what only `make` would set anew.
            return self.run.lake.overwrite(self._path, rows, memo)
        return self.run.lake.make(self.table, rows, memo)

    def add_new_rows(self) -> Commit | None:
        """Make and merge the rows that came since the table's newest commit."""
        before = self.run.lake.newest_commit(self.table)
        assert before is not None  # noqa: S101  else the decision were to make it
        taken = int(before.memo.taken.partition(":")[0] or 0)
        judged = self._judge(self._raw().where(F.col("_delivery") > taken))
        rejected = self._rejected(judged)
        version = quarantine.add_to_quarantine(self.run.lake, self.table, rejected, self.memo)
        waiting = quarantine.waiting_after(judged.verdict, self.table, before.memo.waiting)
        memo = replace(self._counted(judged), quarantine_version=version, waiting=waiting)
        rows = winners(judged.rows, self.table)
        if self.table.parent:
            rows = with_children_gone(rows, self.run.lake.read(self.table), self.table)
        return self.run.lake.merge(self.table, rows, memo)

    def has_orphans(self) -> bool:
        """Whether stored rows point at keys that are there no more."""
        stored = self.run.lake.read(self.table)
        for one in self.table.references:
            if one.table.name in self.decision.shrunk:
                keys = self.inputs.read(one.table).select(F.col(one.table.key[0]).alias(one.column))
                pointing = stored.where(F.col(one.column).isNotNull())
                if not pointing.join(keys, one.column, how="left_anti").isEmpty():
                    return True
        return False

    def release(self) -> Commit | None:
        """Judge again what is in quarantine, and let in what meets all rules now."""
        before = self.run.lake.newest_commit(self.table)
        assert before is not None  # noqa: S101  else the decision were to make it
        reasons = [*before.memo.waiting]
        held = quarantine.still_waiting(self.run.lake, self.table, reasons)
        if held is None:
            return None
        raw = self._raw().join(F.broadcast(held.distinct()), ["_delivery", "_row"], how="left_semi")
        judged = self._judge(raw, is_new=False)
        rows = winners(judged.rows, self.table)
        known = self.run.lake.read(self.table).select(*self.table.key)
        if not rows.join(known, list(self.table.key), how="left_semi").isEmpty():
            # Which of two rows with one key wins is for all raw rows together to tell.
            return self.make_again()
        rejected = self._rejected(judged)
        version = quarantine.replace_quarantine(self.run.lake, self.table, rejected, self.memo)
        waiting = quarantine.waiting_after(judged.verdict, self.table)
        memo = replace(self._counted(judged), quarantine_version=version, waiting=waiting)
        return self.run.lake.merge(self.table, rows, memo)

    def note_new_code(self) -> Commit | None:
        """Note code that is for new rows only, before there are any."""
        before = self.run.lake.newest_commit(self.table)
        if (
            not self.run.options.forward_only
            or before is None
            or before.memo.code == self.memo.code
        ):
            return None
        return self.note()

    @property
    def _path(self) -> str:
        return self.run.lake.storage.table(self.table)

    def note(self) -> Commit | None:
        """A commit without rows, which leaves rows and quarantine as they are."""
        before = self.run.lake.newest_commit(self.table)
        assert before is not None  # noqa: S101  else there were nothing to change
        memo = replace(
            self.memo,
            rows_read=0,
            taken=before.memo.taken,
            waiting=before.memo.waiting,
            quarantine_version=before.memo.quarantine_version,
        )
        return self.run.lake.note(self._path, memo)

    def _raw(self) -> DataFrame:
        """All rows that the table is made from, as its function takes them."""
        first = self.table.reads[0]
        assert isinstance(first, Bronze)  # noqa: S101  the pipeline's check has seen to it
        return self.inputs.raw(first, self.decision.ledger)

    def _judge(self, raw: DataFrame, *, is_new: bool = True) -> _Judged:
        """Call the table's function on raw rows and judge what comes back."""
        read = Observation()
        looked_up = {read.name: self.inputs.read(read) for read in self.table.upstream[1:]}
        others = [looked_up[step.name] for step in self.table.inputs[1:]]
        rows, unreadable = with_source(raw, self.table, function_of(self.table), others)
        made = function_of(self.table)(rows.observe(read, F.count("*").alias("rows")), *others)
        declared = quality.declared_columns(made, self.table, with_source=True)
        judged = quality.judge(declared, self.table, looked_up)
        files = self.decision.ledger.files if not is_new else self.decision.ledger.accepted
        verdict = reach_verdict(judged, self.table, unreadable=unreadable, accepted_files=files)
        self._refuse_lost_rows(read.get["rows"], verdict.rows)
        return _Judged(judged, verdict)

    def _rejected(self, judged: _Judged) -> DataFrame | None:
        """The rows for quarantine; None when there are none."""
        if not judged.verdict.quarantined:
            return None
        return quality.rejected_rows(judged.rows, self.table)

    def _counted(self, judged: _Judged) -> Memo:
        return replace(
            self.memo,
            rows_read=judged.verdict.rows,
            rows_quarantined=judged.verdict.quarantined,
            broken=judged.verdict.broken,
        )

    def _refuse_lost_rows(self, read: int, made: int) -> None:
        is_complete = made >= read if self.table.nested else made == read
        if not is_complete:
            expected = "at least one" if self.table.nested else "one"
            raise StepError(
                f"{self.table.short_name}() in jobs/{self.table.pipeline}/silver.py made "
                f"{made} rows of {read}; expected {expected} of each. Let it keep every row, and "
                "let rules reject the bad ones."
            )
