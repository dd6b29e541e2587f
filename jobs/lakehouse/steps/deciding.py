"""Decides what steps have to do, from logs and listings alone: without Spark, in a moment."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import cast

from jobs.errors import DeclarationError
from jobs.lakehouse.declare.definition import Change, Definition, changes_between, definition_of
from jobs.lakehouse.declare.table import Bronze, Model, Silver, Step, Table
from jobs.lakehouse.steps.arrivals import find_arrivals
from jobs.lakehouse.steps.code_digest import changed_names, code_of_step, words_of
from jobs.lakehouse.steps.decision import Action, Decision, RunOptions, Standing
from jobs.lakehouse.store.commits import Memo
from jobs.lakehouse.store.ledger import Ledger


def decide_bronze(table: Bronze, standing: Standing) -> Decision:
    """Which files, and which declared fields, a bronze table lacks."""
    ledger, newest = standing.ledger(table), standing.newest(table)
    arrivals = find_arrivals(
        standing.files, standing.storage.landing(table.source), table.source, ledger
    )
    old = newest.memo.definition if newest is not None else None
    fields = definition_of(table)["fields"]
    changes = [
        Change(f"field {name} is declared", "in_place", name)
        for name, column in fields.items()
        if old is not None and old["fields"].get(name) != column
    ]
    if old is not None and old["path"] != table.source.path:
        changes.append(Change("what a path tells is declared otherwise", "in_place", "path"))
    reasons = [
        *(f"{_count(arrivals.new, 'new file')}" for _ in arrivals.new[:1]),
        *(f"{file.name} has changed" for file in arrivals.changed),
        *(f"{name} is still being written, and waits" for name in arrivals.waiting),
        *(f"{name} is refused: {reason}" for name, reason in arrivals.refused.items()),
        *(change.text for change in changes),
    ]
    is_due = arrivals.takable or arrivals.refused or changes or newest is None
    return Decision(
        "take in" if is_due else "nothing", tuple(reasons), tuple(changes), arrivals, ledger
    )


def decide_table(
    table: Table,
    standing: Standing,
    versions: Mapping[str, int],
    options: RunOptions,
    steps: Iterable[Step],
) -> Decision:
    """What is to be done with a table that a function makes.

    Args:
        table: The declaration.
        standing: How the lake stands.
        versions: The versions of all tables and models that it reads or points to.
        options: What was asked for.
        steps: All steps that are declared, for what reads this table.

    Raises DeclarationError where a person must decide.
    """
    newest = standing.newest(table)
    is_of_new_rows = isinstance(table, Silver) and not table.is_made_whole
    ledger = Ledger()
    if is_of_new_rows and isinstance(table.inputs[0], Bronze):
        ledger = standing.ledger(table.inputs[0])
    if newest is None:
        return Decision("make", ("it is not there yet",), ledger=ledger)
    memo = newest.memo
    changes = tuple(changes_between(memo.definition, table) if memo.definition else ())
    if not options.full_refresh:
        _refuse(changes, memo.definition, table, steps)
    remade = [
        *(["a full refresh was asked for"] if options.full_refresh else []),
        *_code_reasons(memo.code, code_of_step(table), options),
        *(one.text for one in changes if _asks_for_remake(one, memo.waiting, options)),
    ]
    if is_of_new_rows:
        remade += _delivery_reasons(ledger, memo.taken, options)
    elif memo.input_versions != versions:
        remade += _version_reasons(memo.input_versions, versions)
    if remade:
        return Decision("remake", tuple(remade), changes, ledger=ledger)
    if isinstance(table, Silver) and is_of_new_rows:
        return _decide_new_rows(table, standing, memo, versions, options, changes, ledger)
    reasons = tuple(change.text for change in changes)
    return Decision("change in place" if changes else "nothing", reasons, changes)


def _decide_new_rows(  # noqa: PLR0913, PLR0917  what `decide_table` has found so far
    table: Silver,
    standing: Standing,
    memo: Memo,
    versions: Mapping[str, int],
    options: RunOptions,
    changes: tuple[Change, ...],
    ledger: Ledger,
) -> Decision:
    """What is to be done with a table whose rows can stay as they are."""
    late = _late_references(table, memo, versions)
    shrunk = _shrunk_references(table, memo, standing)
    events = ledger.since(memo.taken) or ()
    raw = table.reads[0].short_name
    why = {
        "add new rows": [f"{_count(events, 'new delivery', 'new deliveries')} in {raw}"]
        if events
        else [],
        "release": [f"{name} has grown, and rows waited for it" for name in late]
        or ["to judge again what is in quarantine was asked for"] * options.release,
        "check references": [f"{name} was made again, and rows point to it" for name in shrunk],
        "change in place": [change.text for change in changes],
    }
    action = next((name for name, reasons in why.items() if reasons), "nothing")
    reasons = [*why["change in place"], *why.get(action, [])]
    return Decision(
        cast("Action", action), tuple(dict.fromkeys(reasons)), changes, None, ledger, late, shrunk
    )


def decide_model(  # noqa: PLR0913  each is a fact that decides
    model: Model,
    options: RunOptions,
    *,
    has_new_code: bool,
    has_new_tables: bool,
    rows: int | None,
    trained_rows: int,
) -> Decision:
    """Whether a model that has been trained before is to be trained again.

    Args:
        model: The declaration.
        options: What was asked for.
        has_new_code: Whether its code has changed since.
        has_new_tables: Whether a table that it is trained on has changed since.
        rows: The rows of the first table that it reads; None if that takes a run to tell.
        trained_rows: How many there were when it was trained.
    """
    if options.full_refresh:
        return Decision("train", ("a full refresh was asked for",))
    if has_new_code:
        return Decision("train", ("its code has changed",))
    if not has_new_tables:
        return Decision("nothing")
    if rows is None:
        return Decision("train", ("what it is trained on has changed, perhaps enough",))
    added = rows - trained_rows
    if added < model.retrain_after * trained_rows:
        return Decision("nothing")
    return Decision("train", (f"{added:,} rows are new in {model.reads[0].short_name}",))


def _asks_for_remake(change: Change, waiting: Mapping[str, int], options: RunOptions) -> bool:
    if change.effect == "rejudge":
        return change.name in waiting
    return change.effect in {"remake", "decide"} and not (
        options.forward_only and change.text.endswith("is new")
    )


def _code_reasons(old: Mapping[str, str], new: Mapping[str, str], options: RunOptions) -> list[str]:
    names = changed_names(old, new)
    if not names or options.forward_only:
        return []
    shown = ", ".join(name.removeprefix("jobs.") for name in names[:3])
    return [f"code has changed: {shown}{' and others' if len(names) > 3 else ''}"]  # noqa: PLR2004


def _delivery_reasons(ledger: Ledger, taken: str, options: RunOptions) -> list[str]:
    events = ledger.since(taken)
    if events is None:
        return ["what it was made from has been made anew or restored"]
    again = ledger.changed_by(events)
    reasons = [f"{name} was delivered again, or dropped" for name in again[:3]]
    if options.since is not None and any(
        _is_since(event.at, options.since) for event in ledger.events
    ):
        reasons.append(f"rows taken in since {options.since} were asked for")
    return reasons


def _is_since(at: str, day: date) -> bool:
    return datetime.fromisoformat(at).date() >= day


def _version_reasons(old: Mapping[str, int], new: Mapping[str, int]) -> list[str]:
    changed = [name for name in new if old.get(name) != new[name]]
    return [f"{name} has changed" for name in changed] or ["it reads other tables than before"]


def _late_references(table: Table, memo: Memo, versions: Mapping[str, int]) -> dict[str, int]:
    """Tables that have changed while rows waited for what they lacked, by the versions then."""
    if not isinstance(table, Silver):
        return {}
    old = memo.input_versions
    return {
        one.table.name: old.get(one.table.name, -1)
        for one in table.references
        if one.rule_name in memo.waiting and old.get(one.table.name) != versions[one.table.name]
    }


def _shrunk_references(table: Table, memo: Memo, standing: Standing) -> tuple[str, ...]:
    """Tables that rows point to, and that were made again since that was looked at last."""
    if not isinstance(table, Silver):
        return ()
    return tuple(
        one.table.name
        for one in table.references
        if standing.was_made_again(one.table, memo.input_versions.get(one.table.name, -1))
    )


def _refuse(
    changes: Sequence[Change],
    old: Definition,
    table: Table,
    steps: Iterable[Step],
) -> None:
    """Raise DeclarationError for what a person must decide."""
    way_out = (
        f"`medley run {table.pipeline} --only {table.short_name} --full-refresh` makes it again"
    )
    for change in changes:
        if change.effect == "decide":
            raise DeclarationError(
                f"In the declaration of '{table.name}' {change.text}: its rows would be told apart "
                f"otherwise. {way_out} from bronze; or take the change back."
            )
        is_dropped = change.name in old["columns"] and change.text.endswith("is gone")
        if is_dropped:
            _refuse_dropped(change, table, steps, way_out)


def _refuse_dropped(change: Change, table: Table, steps: Iterable[Step], way_out: str) -> None:
    for reader in steps:
        if table not in reader.inputs:
            continue
        if re.search(rf"\b{re.escape(change.name)}\b", words_of(code_of_step(reader))):
            raise DeclarationError(
                f"In the declaration of '{table.name}' {change.text}, but the function of "
                f"'{reader.name}' names it. Change that first; or, if it means another column, "
                f"{way_out}."
            )


def _count(what: Sequence[object], one: str, many: str | None = None) -> str:
    return f"{len(what)} {one if len(what) == 1 else many or one + 's'}"
