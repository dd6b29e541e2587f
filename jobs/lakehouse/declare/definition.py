"""What a declaration says of a table's rows, and how two such declarations differ."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from jobs.lakehouse.declare.columns import columns_of
from jobs.lakehouse.declare.table import Bronze, Silver, Source, Step, Table

Effect = Literal["note", "in_place", "judge", "rejudge", "remake", "decide"]
"""What a change asks for.

note: nothing; in_place: Delta changes the table as it stands; judge: that too, if all stored rows
meet it, else the table is made again; rejudge: made again if rows are in quarantine for it;
remake: made again; decide: a person must say that the table is to be made again.
"""
Definition = Mapping[str, Any]
"""As plain values, to be kept in a commit."""


@dataclass(frozen=True)
class Change:
    """One thing that a flow declares otherwise than before."""

    text: str
    """For people, as in "column page is new"."""
    effect: Effect
    name: str
    """The column, the rule or the option."""


def definition_of(step: Step) -> Definition:
    """What is kept of a declaration beside the rows that meet it."""
    if isinstance(step, Bronze):
        return {"fields": fields_of(step.source), "path": step.source.path}
    assert isinstance(step, Table)  # noqa: S101  models have none
    found: dict[str, Any] = {
        "columns": {
            column.name: [column.type.upper(), column.nullable] for column in columns_of(step)
        },
        "comments": {column.name: column.comment for column in columns_of(step) if column.comment},
        "rules": {rule.name: [rule.condition, rule.on_fail] for rule in step.rules},
        "key": list(step.key),
        "layout": [*step.cluster_by, *([f"by {step.partition_by}"] if step.partition_by else [])],
    }
    if isinstance(step, Silver):
        found["references"] = {one.rule_name: one.table.name for one in step.references}
        found["order"] = [step.latest_by, step.refresh, *step.parent]
    return found


def fields_of(source: Source) -> dict[str, str]:
    """The bronze columns that hold a source's fields, by field."""
    return {field: source.renames.get(field, field) for field in source.columns}


def checks_of(table: Table) -> dict[str, str]:
    """The conditions that every stored row meets, by the names of Delta's constraints."""
    required = {
        f"{column.name}_missing": f"`{column.name}` IS NOT NULL"
        for column in columns_of(table)
        if not column.nullable
    }
    # SQL's CHECK lets NULL pass, Delta's does not.
    rules = {
        rule.name: f"({rule.condition}) IS NOT FALSE" for rule in table.rules if rule.holds_in_table
    }
    return required | rules


def changes_between(old: Definition, table: Table) -> list[Change]:
    """How a table's declaration differs from the one that its rows meet."""
    new = definition_of(table)
    return [
        *_key_changes(old, new, table),
        *_column_changes(old["columns"], new["columns"]),
        *_rule_changes(old["rules"], new["rules"], table),
        *_reference_changes(old.get("references", {}), new.get("references", {})),
        *_option_changes(old, new),
    ]


def _key_changes(old: Definition, new: Definition, table: Table) -> Iterator[Change]:
    if old["key"] != new["key"]:
        text = f"the key was {', '.join(old['key'])} and is {', '.join(new['key'])}"
        yield Change(text, "remake" if table.is_made_whole else "decide", "key")


def _column_changes(old: Mapping[str, list[Any]], new: Mapping[str, list[Any]]) -> Iterator[Change]:
    for name, (kind, nullable) in new.items():
        if name not in old:
            yield Change(f"column {name} is new", "remake", name)
        elif old[name][0] != kind:
            yield Change(f"column {name} was {old[name][0]} and is {kind}", "remake", name)
        elif nullable and not old[name][1]:
            yield Change(f"column {name} may be NULL", "rejudge", f"{name}_missing")
        elif old[name][1] and not nullable:
            yield Change(f"column {name} must not be NULL", "judge", f"{name}_missing")
    for name in old:
        if name not in new:
            yield Change(f"column {name} is gone", "remake", name)
    kept = [name for name in old if name in new]
    if kept != [name for name in new if name in old]:
        yield Change("the columns stand in another order", "remake", "order")


def _rule_changes(
    old: Mapping[str, list[str]], new: Mapping[str, list[str]], table: Table
) -> Iterator[Change]:
    rules = {rule.name: rule for rule in table.rules}
    for name, (condition, on_fail) in new.items():
        if name in old and old[name] == [condition, on_fail]:
            continue
        text = f"rule {name} is {'other' if name in old else 'new'}"
        was_rejecting = name in old and old[name][1] == "quarantine"
        if rules[name].on_fail == "warn":
            yield Change(text, "rejudge" if was_rejecting else "note", name)
        elif was_rejecting or not rules[name].holds_in_table:
            yield Change(text, "remake", name)
        else:
            yield Change(text, "judge", name)
    for name in old:
        if name not in new:
            yield Change(f"rule {name} is gone", "rejudge", name)


def _reference_changes(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    for name in new:
        if old.get(name) != new[name]:
            yield Change(f"reference {name} is new", "remake", name)
    for name in old:
        if name not in new:
            yield Change(f"reference {name} is gone", "rejudge", name)


def _option_changes(old: Definition, new: Definition) -> Iterator[Change]:
    if old.get("order") != new.get("order"):
        yield Change("which row of a key wins is declared otherwise", "remake", "order")
    if old["layout"] != new["layout"]:
        yield Change("the files are laid out otherwise", "remake", "layout")
    if old["comments"] != new["comments"]:
        yield Change("comments are other", "in_place", "comments")
