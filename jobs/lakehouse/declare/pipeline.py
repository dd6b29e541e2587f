"""A pipeline: its steps, the order in which they can run, and which of them to run."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

from jobs.errors import DeclarationError, UnknownNameError
from jobs.lakehouse.declare.columns import columns_of
from jobs.lakehouse.declare.table import LAYERS, Bronze, Layer, Silver, Source, Step, Table


@dataclass(frozen=True)
class Pipeline:
    """What one flow declares, checked."""

    name: str
    doc: str
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        """Check the whole flow; raises DeclarationError."""
        for step in self.steps:
            self._check(step)
        try:
            TopologicalSorter(self.graph).prepare()
        except CycleError as error:
            cycle = " → ".join(step.name for step in error.args[1])
            raise DeclarationError(
                f"The flow of '{self.name}' reads in a circle: {cycle}."
            ) from error

    @cached_property
    def graph(self) -> Mapping[Step, Collection[Step]]:
        """Each step with the steps of this pipeline that it waits for."""
        own = set(self.steps)
        return {step: [other for other in step.upstream if other in own] for step in self.steps}

    @cached_property
    def urgency(self) -> Mapping[Step, int]:
        """How many steps the longest chain has that waits for each step, itself included."""
        urgency = dict.fromkeys(self.steps, 1)
        for step in reversed(list(TopologicalSorter(self.graph).static_order())):
            for read in self.graph[step]:
                urgency[read] = max(urgency[read], urgency[step] + 1)
        return urgency

    @property
    def sources(self) -> tuple[Source, ...]:
        """The sources of the bronze tables, in the order of the flow."""
        return tuple(step.source for step in self.steps if isinstance(step, Bronze))

    @property
    def tables(self) -> tuple[Bronze | Table, ...]:
        """All steps that make tables, in the order of the flow."""
        return tuple(step for step in self.steps if isinstance(step, Bronze | Table))

    def select(
        self,
        only: Collection[str] = (),
        until: Layer | None = None,
        layer: Layer | None = None,
    ) -> "Pipeline":
        """The part of this pipeline that a run asks for.

        Args:
            only: Names of steps, with or without the pipeline's own; empty for all.
            until: The last layer to run; None for all.
            layer: The one layer to run; None for all.

        Raises UnknownNameError for a step or layer that this pipeline does not have.
        """
        for named in (until, layer):
            if named is not None and named not in LAYERS:
                raise UnknownNameError("layer", named, LAYERS)
        wanted = {name if "." in name else f"{self.name}.{name}" for name in only}
        names = {step.name for step in self.steps}
        for name in wanted - names:
            raise UnknownNameError("table or model", name, names)
        last = LAYERS.index(until or LAYERS[-1])
        chosen = tuple(
            step
            for step in self.steps
            if (not wanted or step.name in wanted)
            and LAYERS.index(step.layer) <= last
            and layer in {None, step.layer}
        )
        return Pipeline(self.name, self.doc, chosen)

    def _check(self, step: Step) -> None:
        """One step's declaration: name, grain, columns that matter, and that it reads backwards."""
        if step.pipeline != self.name or not step.short_name.isidentifier():
            raise DeclarationError(
                f"'{step.name}' is declared in the flow of '{self.name}'; "
                f"expected a name like '{self.name}.my_table'."
            )
        if isinstance(step, Table):
            if not step.grain.startswith("One row per "):
                raise DeclarationError(
                    f"The doc of '{step.name}' begins '{step.grain}'; "
                    "expected the table's grain first: 'One row per …'."
                )
            _check_key(step)
            _check_partitions(step)
        if isinstance(step, Silver):
            _check_references(step)
        for read in step.upstream:
            if LAYERS.index(read.layer) > LAYERS.index(step.layer):
                raise DeclarationError(
                    f"'{step.name}' ({step.layer}) reads '{read.name}' ({read.layer}); "
                    "a flow runs from bronze to serve and never back."
                )
        if isinstance(step, Silver) and step.refresh == "new_rows":
            _check_new_rows(step)


def _check_key(table: Table) -> None:
    """A key is made of columns that every row has; raises DeclarationError.

    NULL would never match in a MERGE, and its row would come again with each run.
    """
    if not table.key:
        raise DeclarationError(f"'{table.name}' has no key; name the columns of its grain.")
    required = [column.name for column in columns_of(table) if not column.nullable]
    wrong = [name for name in table.key if name not in required]
    if wrong:
        raise DeclarationError(
            f"The key of '{table.name}' has {', '.join(wrong)}; expected columns of its schema "
            f"that are NOT NULL: {', '.join(required) or 'it has none'}. Declare "
            f"{'it' if len(wrong) == 1 else 'them'} so, or choose another key."
        )


def _check_references(table: Silver) -> None:
    """A reference looks up one column that tells the other table's rows apart.

    Raises DeclarationError.
    """
    columns = [column.name for column in columns_of(table)]
    for reference in table.references:
        other = reference.table
        if reference.column not in columns:
            raise DeclarationError(
                f"'{table.name}' refers to '{other.name}' by '{reference.column}'; expected one "
                f"of its columns: {', '.join(columns)}."
            )
        if len(other.key) != 1:
            raise DeclarationError(
                f"'{table.name}' refers to '{other.name}' by '{reference.column}', but the key "
                f"there is {', '.join(other.key)}; expected a table whose key is one column. "
                "Refer to another table, or let the function compare the rest of the key."
            )


def _check_new_rows(table: Silver) -> None:
    """New rows come out of files; raises DeclarationError."""
    first = table.reads[0] if table.reads else None
    if not isinstance(first, Bronze):
        found = f"'{first.name}'" if first is not None else "nothing"
        raise DeclarationError(
            f"'{table.name}' is made of new rows and reads {found} first; expected a bronze table, "
            'or refresh="whole".'
        )
    if not set(table.parent) <= set(table.key) or (table.parent and not table.nested):
        raise DeclarationError(
            f"'{table.name}' has the parent {', '.join(table.parent)}; expected columns of its "
            "key, in a nested table."
        )


def _check_partitions(table: Table) -> None:
    """A partition column is a DATE that every row has; raises DeclarationError."""
    column = table.partition_by
    dates = {c.name for c in columns_of(table) if c.type.upper() == "DATE" and not c.nullable}
    if column is not None and column not in dates:
        raise DeclarationError(
            f"'{table.name}' is partitioned by '{column}'; expected one of its columns that is "
            f"DATE NOT NULL: {', '.join(sorted(dates)) or 'it has none'}."
        )
