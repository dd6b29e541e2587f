"""What sources, tables, rules and models are, as plain data.

A `flow.py` builds these objects and nothing else, so nothing here imports more than the standard
library: Airflow reads flows without pyspark.
"""

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from functools import cached_property
from typing import ClassVar, Literal

from jobs.lakehouse.declare.origin import Crawler, Extract

Layer = Literal["bronze", "silver", "gold", "train", "serve"]
LAYERS: tuple[Layer, ...] = ("bronze", "silver", "gold", "train", "serve")


@dataclass(frozen=True, eq=False)
class Source:
    """Files of one shape from outside, which land in a folder of their own."""

    name: str
    _: KW_ONLY
    doc: str
    format: Literal["csv", "json"]
    """`csv` has a header line in each file; `json` has one document on a line."""
    columns: Sequence[str]
    """The fields as the files name them. Other fields are rescued, missing ones refused."""
    optional: Sequence[str] = ()
    """Those of the fields that a file or a document may lack; they are NULL then."""
    renames: Mapping[str, str] = field(default_factory=dict)
    """Column names for fields whose own names make no good ones."""
    delimiter: str = ","
    encoding: Literal["utf-8", "iso-8859-1", "utf-16le", "utf-16be"] = "utf-8"
    decimal_commas: Sequence[str] = ()
    """Fields whose numbers are written as 1.234,5; functions get them as 1234.5."""
    date_formats: Mapping[str, str] = field(default_factory=dict)
    """How dates are written, by field, as in Spark's `to_date`; functions get 1999-12-31."""
    path: str | None = None
    """A regular expression on a file's path below the source's folder; what its named groups
    match stands in columns of their names, which tells what a file is about."""
    on_change: Literal["replace", "refuse"] = "replace"
    """Whether a file that has changed under its name takes the place of what it brought before."""
    extract: Extract | None = None
    """The packaged data that lands by itself; None if users bring the files."""
    crawler: Crawler | None = None
    """Who brings newer data in place of the packaged, as soon as it has what it needs."""


@dataclass(frozen=True)
class Rule:
    """What must be true of every row, as a SQL condition; NULL passes, as in SQL's CHECK.

    The condition sees the table's columns and `_source`, the raw row it was made from
    (`_source.file`, `_source.ingested_at`, `_source.raw.<field>`).
    """

    name: str
    condition: str
    on_fail: Literal["fail", "quarantine", "warn"] = "fail"

    @property
    def holds_in_table(self) -> bool:
        """Whether a stored row can be checked too, which makes the rule a CHECK constraint."""
        return self.on_fail != "warn" and "_source" not in self.condition


@dataclass(frozen=True, eq=False)
class Step:
    """One thing that a run makes: a table or a model. `name` is `<pipeline>.<short_name>`."""

    layer: ClassVar[Layer]
    module: ClassVar[str]
    """The pipeline's module that holds the function of the step's name."""

    name: str
    _: KW_ONLY
    doc: str
    version: str | None = None
    """Of the code that makes it, for those who say themselves when it changes; else it is read."""

    @property
    def pipeline(self) -> str:
        """The first half of the name."""
        return self.name.partition(".")[0]

    @property
    def short_name(self) -> str:
        """The second half of the name: the function's name, and a parameter's."""
        return self.name.partition(".")[2]

    @property
    def inputs(self) -> tuple["Step", ...]:
        """The steps whose results this one takes, in the order of its parameters."""
        return ()

    @property
    def upstream(self) -> tuple["Step", ...]:
        """All steps that must be done before this one."""
        return self.inputs


@dataclass(frozen=True, eq=False, kw_only=True)
class Table(Step):
    """A Delta table. The first line of `doc` states its grain: "One row per …"."""

    schema: str
    """Columns as DDL, with NOT NULL and COMMENT; they are the contract of the function."""
    key: Sequence[str]
    """The columns that tell rows apart."""
    rules: Sequence[Rule] = ()
    cluster_by: Sequence[str] = ()
    """Columns of Delta's liquid clustering."""
    partition_by: str | None = None
    """A DATE column whose values have files of their own, of which a table that is made whole
    writes only those whose rows have changed: a new week leaves the old months as they are."""
    retention_days: int = 7
    """How long upkeep leaves old versions readable."""

    @property
    def is_made_whole(self) -> bool:
        """Whether all rows are made afresh together, rather than merged as they come."""
        return True

    @cached_property
    def grain(self) -> str:
        """The first line of the doc."""
        return self.doc.strip().splitlines()[0]


@dataclass(frozen=True)
class Reference:
    """A foreign key to another table's key: rows that point nowhere are quarantined.

    NULL passes, as in SQL; declare the column NOT NULL to refuse it.
    """

    column: str
    table: Table

    @property
    def rule_name(self) -> str:
        """The reason that a quarantined row carries."""
        return f"{self.column}_in_{self.table.short_name}"


@dataclass(frozen=True, eq=False, kw_only=True)
class Bronze(Step):
    """A source's rows as they came: every field a string, with file and time.

    The lake adds `_rescued` (undeclared fields), `_malformed` (a line that could not be
    split), `_file`, `_delivery`, `_row`, `_file_modified_at` and `_ingested_at`.
    """

    layer: ClassVar[Layer] = "bronze"
    module: ClassVar[str] = ""

    source: Source
    retention_days: int = 7


@dataclass(frozen=True, eq=False, kw_only=True)
class Silver(Table):
    """Typed, judged rows, merged on the key.

    With `refresh="new_rows"` only the new rows of the first table read, a bronze one, are made and
    merged, each into exactly one row unless `nested`, and the other tables are looked up as they
    stand. With `refresh="whole"` the table is made afresh when any table that it reads has changed.
    """

    layer: ClassVar[Layer] = "silver"
    module: ClassVar[str] = "silver"

    reads: Sequence[Step]
    references: Sequence[Reference] = ()
    latest_by: str | None = None
    """Of several rows with one key the greatest value wins; else the last one taken in."""
    refresh: Literal["new_rows", "whole"] = "new_rows"
    nested: bool = False
    """Whether a raw row holds several rows of the table, which its function explodes."""
    parent: Sequence[str] = ()
    """Of a nested table those columns of the key that tell what the raw row is about: all rows of
    an older raw row go when a newer one has the same."""
    tolerance: float = 0.5
    """The share of a file's rows in quarantine above which the step fails."""

    @property
    def is_made_whole(self) -> bool:
        """As the declaration chooses."""
        return self.refresh == "whole"

    @property
    def inputs(self) -> tuple[Step, ...]:
        """The tables that the function takes."""
        return tuple(self.reads)

    @property
    def upstream(self) -> tuple[Step, ...]:
        """The tables that it takes or points to."""
        return (*self.reads, *(reference.table for reference in self.references))


@dataclass(frozen=True, eq=False, kw_only=True)
class Gold(Table):
    """Answers made from silver, afresh whenever a table that it reads has changed."""

    layer: ClassVar[Layer] = "gold"
    module: ClassVar[str] = "gold"

    reads: Sequence[Table]

    @property
    def inputs(self) -> tuple[Step, ...]:
        """The tables that the function takes."""
        return tuple(self.reads)


@dataclass(frozen=True, eq=False, kw_only=True)
class Model(Step):
    """A registered model: trained when enough is new; the gate says which version serves."""

    layer: ClassVar[Layer] = "train"
    module: ClassVar[str] = "train"

    reads: Sequence[Table]
    metric: str
    """The metric that the gate compares on the challenger's test rows."""
    better: Literal["lower", "higher"]
    retrain_after: float = 0.05
    """The share of new rows in the first table read that makes training worth while."""

    @property
    def inputs(self) -> tuple[Step, ...]:
        """The tables that the function takes."""
        return tuple(self.reads)


@dataclass(frozen=True, eq=False, kw_only=True)
class Served(Table):
    """What models say, as a table: made when a model or a table that it reads has changed."""

    layer: ClassVar[Layer] = "serve"
    module: ClassVar[str] = "serve"

    reads: Sequence[Table | Model]

    @property
    def inputs(self) -> tuple[Step, ...]:
        """The tables and models that the function takes."""
        return tuple(self.reads)
