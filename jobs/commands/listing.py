"""Commands that show what there is: list, describe."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.commands.models import show_models
from jobs.commands.screen import program, say, show
from jobs.lakehouse.declare import discovery
from jobs.lakehouse.declare.columns import columns_of
from jobs.lakehouse.declare.pipeline import Pipeline
from jobs.lakehouse.declare.table import Bronze, Gold, Model, Served, Silver, Step, Table
from jobs.settings import Settings

if TYPE_CHECKING:
    from jobs.lakehouse.sql.local_lake import LocalLake


def show_all() -> None:
    """List the pipelines with their tables and models, and how many rows there are.

    Examples:
      medley list
    """
    settings = Settings.from_environment()
    for pipeline in discovery.pipelines().values():
        show_tables(pipeline, settings)


def describe(
    table: Annotated[str, typer.Argument(help="A table or a model.", show_default=False)],
) -> None:
    """Show all that is known of a table or a model: columns, key, rules, place, rows.

    Examples:
      medley describe movies.ratings
      medley describe movies.rating_model
    """
    step = discovery.find_step(table)
    settings = Settings.from_environment()
    _say_heading(step)
    facts = dict(_facts(step))
    if isinstance(step, Bronze | Table):
        facts |= _standing(step, settings)
    width = max(len(name) for name in facts)
    for name, value in facts.items():
        say(f"  {name:{width}}  {value}")
    if isinstance(step, Bronze):
        _show_fields(step)
    if isinstance(step, Table):
        _show_columns(step)
        _show_rules(step)
    if isinstance(step, Model):
        show_models(settings, only=step.name)


def show_tables(pipeline: Pipeline, settings: Settings) -> None:
    """Print a pipeline's steps with their rows."""
    from jobs.lakehouse.sql.local_lake import LocalLake  # noqa: PLC0415

    lake = LocalLake.of(settings)
    say()
    say(f"{pipeline.name}: {pipeline.doc.splitlines()[0] if pipeline.doc else ''}", "bold")
    say()
    show(
        ["layer", "name", "rows", "quarantined", "what it holds"],
        [
            (step.layer, step.name, *_counts(step, lake), step.doc.strip().splitlines()[0])
            for step in pipeline.steps
        ],
    )


def _counts(step: Step, lake: "LocalLake") -> tuple[int | None, int | None]:
    """The rows that a table has and those that it rejected; None before it is made."""
    state = lake.state(step.name) if isinstance(step, Bronze | Table) else None
    if not isinstance(step, Table):
        return (state.rows if state else None), None
    rejected = lake.state(f"quarantine.{step.name}")
    # What has never rejected a row has no quarantine.
    none_rejected = 0 if state else None
    return (state.rows if state else None), (rejected.rows if rejected else none_rejected)


def _say_heading(step: Step) -> None:
    kind = type(step).__name__.lower()
    say()
    say(f"{step.name} ({kind})", "bold")
    for line in step.doc.strip().splitlines():
        say(f"  {line.strip()}")
    say()


def _facts(step: Step) -> Iterator[tuple[str, str]]:
    """What the flow declares, in a few words each."""
    if step.inputs:
        yield "reads", ", ".join(read.name for read in step.inputs)
    match step:
        case Bronze():
            yield "source", f"{step.source.name}: {step.source.doc}"
            yield "format", step.source.format
        case Model():
            yield "metric", f"{step.metric}, {step.better} is better"
            yield "trained", f"again when {step.retrain_after:.0%} of the rows are new"
        case Silver():
            yield "key", ", ".join(step.key)
            yield "refreshed", "by new rows" if step.refresh == "new_rows" else "as a whole"
            if step.latest_by:
                yield "latest by", step.latest_by
        case Gold() | Served():
            yield "key", ", ".join(step.key)
    function = f"{step.short_name}() in jobs/{step.pipeline}/{step.module}.py"
    yield "made by", function if step.module else "the lake, from the source's files"


def _standing(table: Bronze | Table, settings: Settings) -> dict[str, str]:
    """Where the table is and how it stands."""
    from jobs.lakehouse.sql.local_lake import LocalLake  # noqa: PLC0415

    lake = LocalLake.of(settings)
    state = lake.state(table.name)
    facts = {"location": str(lake.paths[table.name])}
    if state is None:
        return facts | {"rows": f"not made yet: `{program()} run {table.pipeline}`"}
    changed_at = f"{state.changed_at:%Y-%m-%d %H:%M:%S} UTC"
    return facts | {
        "rows": f"{state.rows:,}",
        "Delta version": f"{state.version}, written {changed_at}",
    }


def _show_fields(bronze: Bronze) -> None:
    source = bronze.source
    say()
    show(
        ["column", "type", "field in the file"],
        [(source.renames.get(field, field), "STRING", field) for field in source.columns],
    )
    say("\n  and _rescued, _malformed, _file, _file_modified_at, _ingested_at", "dim")


def _show_columns(table: Table) -> None:
    say()
    show(
        ["column", "type", "null", "comment"],
        [
            (column.name, column.type, "" if column.nullable else "never", column.comment)
            for column in columns_of(table)
        ],
    )


def _show_rules(table: Table) -> None:
    rules = [(rule.name, rule.condition, rule.on_fail) for rule in table.rules]
    if isinstance(table, Silver):
        rules += [
            (
                reference.rule_name,
                f"{reference.column} is a {reference.table.key[0]} of {reference.table.name}",
                "quarantine",
            )
            for reference in table.references
        ]
    if rules:
        say()
        show(["rule", "expected", "else"], rules)
