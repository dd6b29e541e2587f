"""The gate's verdicts: challenger, champion or baseline, by figures made up for each case."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import pytest

from jobs.errors import ModelError
from model_registry import Baseline, Challenger, Contest, Retest, TooLittle
from model_registry.verdict import Incumbent, judge, judge_too_little

CONTEST = Contest("shop.demand", "What sells.", "mae", "lower")


def never() -> Any:  # noqa: ANN401  stands for what logs or loads a model
    """What no verdict may do."""
    raise AssertionError


def challenger(
    mae: float,
    baselines: Mapping[str, float],
    champion: float | Exception = 0.0,
    retest: Callable[[Mapping[str, str]], Retest | None] | None = None,
) -> Challenger:
    """A challenger with that error, beside baselines of which the first can be served."""

    def score(_: object) -> dict[str, float]:
        if isinstance(champion, Exception):
            raise champion
        return {"mae": champion}

    return Challenger(
        params={},
        metrics={"mae": mae},
        baselines={name: {"mae": figure} for name, figure in baselines.items()},
        fallback=Baseline(next(iter(baselines)), never),
        log=never,
        score=score,
        retest=retest,
    )


def incumbent(
    baseline: str = "", seen: Mapping[str, str] | None = None, load: Callable[[], Any] = object
) -> Incumbent:
    """Version 7 as the champion."""
    return Incumbent(7, baseline, seen, load)


def unloadable() -> Any:  # noqa: ANN401  as a model's loader
    """As `load` says it of a module that has moved."""
    raise ModelError("Do this and that.") from ModuleNotFoundError("No module named 'gone'")


@pytest.mark.parametrize(
    ("mae", "champion", "winner", "reason"),
    [
        (3.0, 4.0, "challenger", "mae 3.0000 beats 5.0000 of mean; beats 4.0000 of version 7"),
        (
            3.0,
            3.0,
            "champion",
            "mae 3.0000 beats 5.0000 of mean; does not beat 3.0000 of version 7",
        ),
        (
            5.0,
            4.0,
            "champion",
            "mae 5.0000 does not beat 5.0000 of mean; version 7 does with 4.0000 and stays",
        ),
        (
            6.0,
            5.0,
            "baseline",
            (
                "mae 6.0000 does not beat 5.0000 of mean; nor does version 7 with 5.0000; "
                "mean is served"
            ),
        ),
        (
            float("nan"),
            float("nan"),
            "baseline",
            "mae nan does not beat 5.0000 of mean; nor does version 7 with nan; mean is served",
        ),
    ],
)
def test_challenger_champion_and_baseline_on_the_same_rows(
    mae: float, champion: float, winner: str, reason: str
) -> None:
    """Equal is not better, and what cannot be measured beats nothing."""
    verdict = judge(challenger(mae, {"mean": 5.0}, champion), CONTEST, incumbent())

    assert (winner, reason) == (verdict.winner, verdict.reason)


@pytest.mark.parametrize(("better", "winner"), [("lower", "baseline"), ("higher", "challenger")])
def test_the_best_baseline_is_the_bar(better: Literal["lower", "higher"], winner: str) -> None:
    """4.5 lies above all baselines; the hardest to beat counts, whether it can be served or not."""
    contest = Contest("shop.demand", "What sells.", "mae", better)

    verdict = judge(challenger(4.5, {"mean": 4.0, "popular": 3.0}), contest, None)

    bar = {"lower": "3.0000 of popular", "higher": "4.0000 of mean"}[better]
    assert winner == verdict.winner
    assert f" {bar}; there was no champion" in verdict.reason


@pytest.mark.parametrize(
    ("champion", "error", "why"),
    [
        (incumbent(baseline="mean", load=never), None, "version 7 was a baseline, mean"),
        (
            incumbent(load=unloadable),
            None,
            "version 7 cannot be loaded: ModuleNotFoundError: No module named 'gone'",
        ),
        (
            incumbent(),
            AttributeError("no 'sound'"),
            "version 7 cannot be measured: AttributeError: no 'sound'",
        ),
    ],
)
@pytest.mark.parametrize(("mae", "winner"), [(4.0, "challenger"), (6.0, "baseline")])
def test_a_champion_that_is_no_model_of_today_is_beaten(
    champion: Incumbent, error: Exception | None, why: str, mae: float, winner: str
) -> None:
    """The challenger is judged by the baseline alone."""
    verdict = judge(challenger(mae, {"mean": 5.0}, error or 0.0), CONTEST, champion)

    served = "" if winner == "challenger" else "; mean is served"
    assert winner == verdict.winner
    assert verdict.reason.endswith(f" 5.0000 of mean; {why}{served}")


def test_a_full_disk_is_no_defeat() -> None:
    """What another try may mend fails the step, and the champion stays."""
    with pytest.raises(OSError, match="No space left"):
        judge(challenger(4, {"mean": 5}, OSError("No space left")), CONTEST, incumbent())


@pytest.mark.parametrize(
    ("seen", "mae", "winner", "ending"),
    [
        ({"a": "2020"}, 4.0, "champion", "; on 9 weeks 6.0000 does not beat 5.5000 of version 7"),
        ({"a": "2020"}, 5.0, "champion", "; version 7 does with 5.5000 on 9 weeks and stays"),
        ({"a": "2021"}, 4.0, "challenger", "; version 7 gives way: too few rows are left"),
        ({"a": "2021"}, 5.0, "champion", "; version 7 stays: too few rows are left"),
        (None, 4.0, "challenger", "; version 7 gives way: it does not say what it has trained on"),
    ],
)
def test_versions_are_compared_on_rows_that_both_have_not_seen(
    seen: Mapping[str, str] | None, mae: float, winner: str, ending: str
) -> None:
    """On those the challenger errs by 6, the champion by 5.5, the baseline by 7."""

    def retest(noted: Mapping[str, str]) -> Retest | None:
        if noted == {"a": "2021"}:
            return None
        return Retest("9 weeks", {"mae": 6.0}, {"mae": 7.0}, lambda _: {"mae": 5.5})

    verdict = judge(
        challenger(mae, {"mean": 5.0}, AssertionError(), retest), CONTEST, incumbent(seen=seen)
    )

    assert winner == verdict.winner
    assert ending in verdict.reason


@pytest.mark.parametrize(
    ("champion", "winner", "ending"),
    [
        (None, "baseline", "there was no champion; mean is served"),
        (incumbent(baseline="mean"), "baseline", "version 7 was a baseline; mean is served"),
        (incumbent(), "champion", "version 7 stays the champion"),
        (
            incumbent(load=unloadable),
            "baseline",
            (
                "version 7 cannot be loaded: ModuleNotFoundError: No module named 'gone'; "
                "mean is served"
            ),
        ),
    ],
)
def test_of_too_little_a_champion_that_loads_stays(
    champion: Incumbent | None, winner: str, ending: str
) -> None:
    """Else the baseline is served, in its newest form."""
    verdict = judge_too_little(TooLittle("found 3 rows", Baseline("mean", never)), champion)

    assert winner == verdict.winner
    assert f"not enough to train: found 3 rows; {ending}" == verdict.reason


def test_what_decides_must_be_measured() -> None:
    """The error names the metric, where it is declared and what to do."""
    with pytest.raises(ModelError, match=r"measured rmse for the model; expected 'mae'.*flow\.py"):
        judge(
            Challenger({}, {"rmse": 1.0}, {}, Baseline("mean", never), never, lambda _: {}),
            CONTEST,
            None,
        )
    with pytest.raises(ModelError, match=r"baselines \(none\); expected 'mean', its fallback"):
        judge(
            Challenger({}, {"mae": 1.0}, {}, Baseline("mean", never), never, lambda _: {}),
            CONTEST,
            None,
        )
