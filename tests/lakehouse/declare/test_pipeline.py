"""What a flow may declare, and how its steps are found and chosen."""

from dataclasses import replace

import pytest

from jobs.errors import DeclarationError, UnknownNameError
from jobs.lakehouse.declare import discovery
from jobs.lakehouse.declare.pipeline import Pipeline
from jobs.lakehouse.declare.table import Bronze, Gold, Reference, Silver, Source

SOURCE = Source("farm.eggs", doc="Eggs.", format="csv", columns=["hen", "laid"])
RAW = Bronze("farm.raw_eggs", doc="Eggs.", source=SOURCE)
EGGS = Silver("farm.eggs", doc="One row per egg.", reads=[RAW], schema="hen INT", key=["hen"])


def farm(*steps: Bronze | Silver | Gold) -> Pipeline:
    """A pipeline of these steps."""
    return Pipeline("farm", "A farm.", steps)


def test_steps_wait_for_what_they_read_and_point_to() -> None:
    """A reference is waited for like a table that is read."""
    nests = Silver(
        "farm.nests",
        doc="One row per nest.",
        reads=[RAW],
        schema="hen INT",
        key=["hen"],
        references=[Reference("hen", EGGS)],
    )

    assert {RAW: [], EGGS: [RAW], nests: [RAW, EGGS]} == dict(farm(RAW, EGGS, nests).graph)


def test_the_longest_chain_is_the_most_urgent() -> None:
    """What most steps wait for in a row should begin first."""
    hens = Gold("farm.hens", doc="One row per hen.", reads=[EGGS], schema="hen INT", key=["hen"])
    cocks = replace(EGGS, name="farm.cocks")

    assert {RAW: 3, EGGS: 2, cocks: 1, hens: 1} == farm(RAW, EGGS, cocks, hens).urgency


def test_a_name_belongs_to_its_pipeline() -> None:
    """A table of another pipeline's name is refused where it is declared."""
    with pytest.raises(DeclarationError, match=r"'barn.eggs' is declared in the flow of 'farm'"):
        farm(RAW, replace(EGGS, name="barn.eggs"))


def test_the_grain_comes_first() -> None:
    """A doc that does not begin with the grain is refused."""
    with pytest.raises(DeclarationError, match=r"begins 'All eggs.'.*'One row per …'"):
        farm(RAW, replace(EGGS, doc="All eggs."))


@pytest.mark.parametrize("schema", ["hen INT", "hen INT, laid DATE", "laid TEXT NOT NULL"])
def test_a_partition_is_a_date_that_every_row_has(schema: str) -> None:
    """Partitions are compared and replaced one by one, so each row must be in one."""
    with pytest.raises(DeclarationError, match=r"by 'laid'; expected .* DATE NOT NULL"):
        farm(RAW, replace(EGGS, schema=schema, partition_by="laid"))


def test_a_table_has_a_key() -> None:
    """Without a key nothing can be merged."""
    with pytest.raises(DeclarationError, match=r"'farm.eggs' has no key"):
        farm(RAW, replace(EGGS, key=[]))


def test_a_flow_never_runs_backwards() -> None:
    """Silver may not read gold."""
    gold = Gold("farm.hens", doc="One row per hen.", reads=[EGGS], schema="hen INT", key=["hen"])
    late = replace(EGGS, name="farm.late", reads=[gold])

    with pytest.raises(DeclarationError, match=r"'farm.late' \(silver\) reads 'farm.hens' \(gold"):
        farm(RAW, EGGS, gold, late)


def test_some_steps_can_be_chosen() -> None:
    """By name with or without the pipeline's, and by the last layer."""
    gold = Gold("farm.hens", doc="One row per hen.", reads=[EGGS], schema="hen INT", key=["hen"])
    whole = farm(RAW, EGGS, gold)

    assert (EGGS, gold) == whole.select(["eggs", "farm.hens"]).steps
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
    hens = Gold("farm.hens", doc="One row per hen.", reads=[EGGS], schema="hen INT", key=["hen"])
    whole = farm(RAW, EGGS, hens)

    assert [(RAW,), (EGGS,), (hens,)] == [
        whole.select(layer=layer).steps for layer in ("bronze", "silver", "gold")
    ]
    assert (RAW, EGGS) == whole.select(until="silver").steps
