"""Which failures are worth another try, and with what a command ends after them."""

import importlib
import threading
import time
from collections.abc import Callable

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs import errors
from jobs.errors import MedleyError, StepError
from jobs.lakehouse.declare.table import Step
from jobs.lakehouse.steps import runner
from jobs.lakehouse.steps.retrying import RETRY_IN_VAIN, RETRY_MAY_HELP, exit_code
from jobs.lakehouse.steps.run_context import RunContext
from tests.conftest import Toy

ORDERS = "order,customer,amount,changed\n1,1,10,2026-01-01\n"
CUSTOMERS = '{"id": 1, "name": "Ann"}\n'


def _raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    """An error as it comes out of a `raise … from …`."""
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (errors.DeclarationError("a flow"), 3),
        (errors.UnknownNameError("table", "x", []), 3),
        (errors.SettingError("a setting"), 3),
        (errors.QualityError("a rule"), 3),
        (errors.QueryError("a query"), 3),
        (StepError("other columns than declared"), 3),
        (errors.SetupError("no disk"), 1),
        (errors.SourceError("no file yet"), 1),
        (errors.LakeError("locked"), 1),
        (errors.ModelError("no champion yet"), 1),
        (errors.PublishingError("no Trino"), 1),
        (TypeError("x"), 3),
        (KeyError("x"), 3),
        (SyntaxError("x"), 3),
        (ModuleNotFoundError("x"), 3),
        (ZeroDivisionError("x"), 3),
        (ValueError("half a JSON document"), 1),
        (ConnectionRefusedError("x"), 1),
        (MemoryError(), 1),
        (_raised(StepError("x"), NameError("x")), 3),
        (_raised(StepError("x"), TimeoutError("x")), 1),
        (_raised(StepError("x"), _raised(StepError("x"), OSError("x"))), 1),
        (_raised(StepError("x"), errors.ModelError("x")), 1),
    ],
    ids=repr,
)
def test_errors_decide(error: BaseException, expected: int) -> None:
    """Of a step the cause decides; without one its function made what was not declared."""
    assert expected == exit_code(error)


def test_each_of_our_errors_is_judged() -> None:
    """A new one goes into the list above."""
    known = {type(case[0]) for case in test_errors_decide.pytestmark[0].args[1]}  # type: ignore[attr-defined]
    ours = {found for found in vars(errors).values() if isinstance(found, type)}

    assert (
        set()
        == {found for found in ours if issubclass(found, MedleyError) and found is not MedleyError}
        - known
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [("SELEC 1", RETRY_IN_VAIN), ("SELECT a FROM nowhere", RETRY_IN_VAIN)],
)
def test_a_query_that_spark_refuses_is_refused_again(
    query: str, expected: int, spark: SparkSession
) -> None:
    """Whether it cannot be read or names what is not there."""
    with pytest.raises(Exception, match="SQLSTATE") as refused:
        spark.sql(query)

    assert expected == exit_code(refused.value)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda number: number / 0, RETRY_IN_VAIN),
        (lambda number: number.name, RETRY_IN_VAIN),
        (lambda number: open(f"/nowhere/{number}").read(), RETRY_MAY_HELP),  # noqa: PTH123, SIM115
    ],
    ids=["a division by zero", "an unknown attribute", "a missing file"],
)
def test_functions_on_executors_are_judged_alike(
    function: Callable[[int], object], expected: int, spark: SparkSession
) -> None:
    """Spark hands on the worker's trace as text."""
    numbers = spark.range(1).select(F.udf(function, "int")("id"))

    with pytest.raises(Exception, match="Python worker") as failed:
        numbers.collect()

    assert expected == exit_code(failed.value)


@pytest.mark.parametrize(
    ("error", "expected"),
    [(AttributeError("x"), RETRY_IN_VAIN), (ConnectionResetError("x"), RETRY_MAY_HELP)],
    ids=repr,
)
def test_a_steps_error_comes_through_the_stream(
    error: Exception, expected: int, shop: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A silver function is called by Java, in a batch; its own error decides all the same."""

    def orders(raw_orders: DataFrame) -> DataFrame:  # noqa: ARG001  its name is the contract
        raise error

    monkeypatch.setattr(importlib.import_module("jobs.shop.silver"), "orders", orders)
    shop.land("customers", "a.jsonl", CUSTOMERS)
    shop.land("orders", "a.csv", ORDERS)

    with pytest.raises(StepError) as failed:
        shop.run()

    assert expected == exit_code(failed.value)


def test_of_several_failures_one_that_may_pass_counts(
    shop: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another try may mend that one, and then tells of the other; here the other comes first."""
    both_run = threading.Barrier(2)

    def ingest(step: Step, _: RunContext) -> None:
        both_run.wait(timeout=60)
        if step.short_name == "raw_customers":
            raise TypeError("a mistake")
        time.sleep(0.5)
        raise ConnectionResetError("a fault")

    monkeypatch.setattr(runner, "ingest", ingest)

    with pytest.raises(StepError, match=r"raw_orders.*a fault") as failed:
        shop.run()

    assert RETRY_MAY_HELP == exit_code(failed.value)
