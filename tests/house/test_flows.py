"""House rules for flows: what is declared is made, by one function, without heavy imports."""

import subprocess
import sys

import pytest

from jobs.lakehouse.declare import discovery
from jobs.lakehouse.declare.columns import columns_of
from jobs.lakehouse.declare.pipeline import Pipeline
from jobs.lakehouse.declare.table import Bronze, Served, Step, Table
from jobs.lakehouse.steps.step import function_of

PIPELINES = list(discovery.pipelines().values())
STEPS = [step for pipeline in PIPELINES for step in pipeline.steps]
TABLES = [step for step in STEPS if isinstance(step, Table)]
MADE = [step for step in STEPS if not isinstance(step, Bronze)]


def _name(declared: Step | Pipeline) -> str:
    return declared.name


@pytest.mark.parametrize("pipeline", PIPELINES, ids=_name)
def test_a_flow_imports_nothing_heavy(pipeline: Pipeline) -> None:
    """Airflow reads flows where pyspark, mlflow and pandas are not installed."""
    blocked = ("pyspark", "mlflow", "pandas", "numpy", "delta", "deltalake", "duckdb")
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({blocked!r}))\n"
        "from jobs.lakehouse.declare import discovery\n"
        f"print(discovery.pipeline('{pipeline.name}').name)"
    )

    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )

    assert (f"{pipeline.name}\n", "") == (ended.stdout, ended.stderr)


@pytest.mark.parametrize("step", MADE, ids=_name)
def test_each_step_has_its_function(step: Step) -> None:
    """The function bears the step's name, its parameters are what the step reads."""
    assert step.short_name == function_of(step).__name__


@pytest.mark.parametrize("step", MADE, ids=_name)
def test_each_function_says_what_it_does(step: Step) -> None:
    """A reader of silver.py or gold.py finds a docstring on every table."""
    assert function_of(step).__doc__


@pytest.mark.parametrize("table", TABLES, ids=_name)
def test_column_names_keep_to_the_endings(table: Table) -> None:
    """`_at` is a timestamp, `_date` a date, `_count` a whole number."""
    kinds = {"_at": {"TIMESTAMP"}, "_date": {"DATE"}, "_count": {"BIGINT", "INT"}}

    wrong = [
        column.name
        for column in columns_of(table)
        for ending, allowed in kinds.items()
        if column.name.endswith(ending) and column.type.upper() not in allowed
    ]

    assert [] == wrong


def test_each_pipeline_ends_in_something_served_or_gold() -> None:
    """A pipeline that answers no question is not finished."""
    unfinished = [
        pipeline.name
        for pipeline in PIPELINES
        if not any(isinstance(step, Served) or step.layer == "gold" for step in pipeline.steps)
    ]

    assert [] == unfinished
