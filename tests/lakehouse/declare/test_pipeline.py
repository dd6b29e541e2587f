"""What a flow may declare, and how its steps are found and chosen."""

from dataclasses import replace

import pytest

from jobs.errors import DeclarationError, UnknownNameError
from jobs.lakehouse.declare import discovery
from jobs.lakehouse.declare.pipeline import Pipeline
from jobs.lakehouse.declare.table import Bronze, Gold, Reference, Silver, Source

SOURCE = Source("farm.eggs", doc="Eggs.", format="csv", columns=["hen", "laid"])
RAW = Bronze("farm.raw_eggs", doc="Eggs.", source=SOURCE)
EGGS = Silver(
    "farm.eggs", doc="One row per egg.", reads=[RAW], schema="hen INT NOT NULL", key=["hen"]
)
HENS = Gold(
    "farm.hens", doc="One row per hen.", reads=[EGGS], schema="hen INT NOT NULL", key=["hen"]
)


def farm(*steps: Bronze | Silver | Gold) -> Pipeline:
    """A pipeline of these steps."""
    return Pipeline("farm", "A farm.", steps)


def test_steps_wait_for_what_they_read_and_point_to() -> None:
    """A reference is waited for like a table that is read."""
    nests = Silver(
        "farm.nests",
        doc="One row per nest.",
        reads=[RAW],
        schema="hen INT NOT NULL",
        key=["hen"],
        references=[Reference("hen", EGGS)],
    )

    assert {RAW: [], EGGS: [RAW], nests: [RAW, EGGS]} == dict(farm(RAW, EGGS, nests).graph)


def test_the_longest_chain_is_the_most_urgent() -> None:
    """What most steps wait for in a row should begin first."""
    cocks = replace(EGGS, name="farm.cocks")

    assert {RAW: 3, EGGS: 2, cocks: 1, HENS: 1} == farm(RAW, EGGS, cocks, HENS).urgency


def test_a_name_belongs_to_its_pipeline() -> None:
    """A table of another pipeline's name is refused where it is declared."""
    with pytest.raises(DeclarationError, match=r"'barn.eggs' is declared in the flow of 'farm'"):
        farm(RAW, replace(EGGS, name="barn.eggs"))


def test_the_grain_comes_first() -> None:
    """A doc that does not begin with the grain is refused."""
    with pytest.raises(DeclarationError, match=r"begins 'All eggs.'.*'One row per …'"):
        farm(RAW, replace(EGGS, doc="All eggs."))


@pytest.mark.parametrize("more", ["", ", laid DATE", ", laid TEXT NOT NULL"])
def test_a_partition_is_a_date_that_every_row_has(more: str) -> None:
    """Partitions are compared and replaced one by one, so each row must be in one."""
    with pytest.raises(DeclarationError, match=r"by 'laid'; expected .* DATE NOT NULL"):
        farm(RAW, replace(EGGS, schema=f"hen INT NOT NULL{more}", partition_by="laid"))


def test_a_table_has_a_key() -> None:
    """Without a key nothing can be merged."""
    with pytest.raises(DeclarationError, match=r"'farm.eggs' has no key"):
        farm(RAW, replace(EGGS, key=[]))


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ("hen INT", r"key of 'farm\.eggs' has hen; expected .* NOT NULL: it has none\. Declare it"),
        ("hen INT, nest INT NOT NULL", r"has hen; expected columns .* NOT NULL: nest\."),
        ("nest INT NOT NULL", r"has hen; expected columns of its schema that are NOT NULL: nest\."),
    ],
)
def test_a_key_is_made_of_required_columns(schema: str, message: str) -> None:
    """NULL in a key would never match in a MERGE and come again with each run."""
    with pytest.raises(DeclarationError, match=message):
        farm(RAW, replace(EGGS, schema=schema))


def test_all_wrong_columns_of_a_key_are_named() -> None:
    """A key of several columns is corrected in one go."""
    with pytest.raises(DeclarationError, match=r"has hen, laid; .* Declare them so"):
        farm(RAW, replace(EGGS, schema="hen INT, laid DATE", key=["hen", "laid"]))


def test_a_reference_points_at_a_key_of_one_column() -> None:
    """It looks up one column, which must tell the rows of the other table apart."""
    days = replace(
        EGGS, name="farm.days", schema="hen INT NOT NULL, laid DATE NOT NULL", key=["hen", "laid"]
    )
    lost = replace(EGGS, references=[Reference("hen", days)])

    with pytest.raises(DeclarationError, match=r"'farm\.days' by 'hen', but .* is hen, laid; exp"):
        farm(RAW, days, lost)


def test_a_reference_is_by_a_column_of_the_table() -> None:
    """A misspelt one is told of before Spark starts."""
    lost = replace(EGGS, name="farm.lost", references=[Reference("cock", EGGS)])

    with pytest.raises(DeclarationError, match=r"by 'cock'; expected one of its columns: hen\."):
        farm(RAW, EGGS, lost)


def test_a_flow_never_runs_backwards() -> None:
    """Silver may not read gold."""
    late = replace(EGGS, name="farm.late", reads=[HENS])

    with pytest.raises(DeclarationError, match=r"'farm.late' \(silver\) reads 'farm.hens' \(gold"):
        farm(RAW, EGGS, HENS, late)


def test_some_steps_can_be_chosen() -> None:
    """By name with or without the pipeline's, and by the last layer."""
    whole = farm(RAW, EGGS, HENS)

    assert (EGGS, HENS) == whole.select(["eggs", "farm.hens"]).steps
    assert (RAW, EGGS) == whole.select(until="silver").steps
    assert whole.steps == whole.select().steps


def test_an_unknown_step_is_refused_with_the_nearest_names() -> None:
    """The error suggests what was meant."""
    with pytest.raises(
        UnknownNameError, match=r"no table or model 'farm.egs'. Did you mean farm.e"
    ):
        farm(RAW, EGGS).select(["egs"])


def test_an_unknown_pipeline_is_refused_with_the_nearest_names() -> None:
    """The error suggests what was meant."""
    with pytest.raises(UnknownNameError, match=r"no pipeline 'moves'. Did you mean movies?"):
        discovery.pipeline("moves")


@pytest.mark.usefixtures("toy_pipelines")
def test_a_folder_with_a_flow_is_a_pipeline() -> None:
    """No list names the pipelines: a folder on the path of `jobs` is enough."""
    assert {"movies", "shop", "bakery"} <= set(discovery.pipelines())
    assert "shop.spending" == discovery.find_step("shop.spending").name


def test_one_layer_can_be_chosen() -> None:
    """A cluster runs each layer as an application of its own."""
    whole = farm(RAW, EGGS, HENS)

    assert [(RAW,), (EGGS,), (HENS,)] == [
        whole.select(layer=layer).steps for layer in ("bronze", "silver", "gold")
    ]
    assert (RAW, EGGS) == whole.select(until="silver").steps


def test_new_rows_come_out_of_files() -> None:
    """What is made of new rows reads a bronze table first; others say that they are made whole."""
    late = replace(EGGS, name="farm.late", reads=[EGGS])

    with pytest.raises(DeclarationError, match=r"reads 'farm.eggs' first; expected a bronze table"):
        Pipeline("farm", "", (late,))


def test_a_parent_is_a_part_of_a_nested_tables_key() -> None:
    """Else rows of one parent could not be told from those of another."""
    flat = replace(EGGS, name="farm.flat", parent=list(EGGS.key))

    with pytest.raises(DeclarationError, match=r"has the parent .*, in a nested table"):
        Pipeline("farm", "", (flat,))
