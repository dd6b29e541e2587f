"""Who is served from now on: the challenger, the champion that there is, or a baseline."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from pyspark.errors import PySparkException

from jobs.errors import ModelError
from model_registry.challenger import Challenger, Metrics, Retest, Seen, TooLittle
from model_registry.loading import reason_of

_NO_MODEL_OF_OURS = (
    ArithmeticError,
    AttributeError,
    ImportError,
    LookupError,
    PySparkException,
    TypeError,
    ValueError,
)
"""What a version raises whose code has moved on since. Others, as of a full disk, pass through."""


@dataclass(frozen=True)
class Contest:
    """What the versions of a registered model compete in."""

    name: str
    """The registered model's name."""
    doc: str
    """What the model tells, for its page."""
    metric: str
    """The metric that decides."""
    better: Literal["lower", "higher"]

    def is_won(self, reached: float, to_beat: float) -> bool:
        """Whether a figure beats another; an equal one does not, nor does NaN."""
        return reached < to_beat if self.better == "lower" else reached > to_beat

    def figure(self, measured: Metrics, what: str) -> float:
        """The deciding metric; raises ModelError if it was not measured."""
        if self.metric not in measured:
            raise ModelError(
                f"The training of '{self.name}' measured {', '.join(measured) or 'nothing'} for "
                f"{what}; expected '{self.metric}', which flow.py declares. Let train.py measure "
                "it, or return TooLittle where it cannot be measured."
            )
        return measured[self.metric]


@dataclass(frozen=True)
class Incumbent:
    """The champion that there is."""

    version: int
    baseline: str
    """Which baseline it is; empty for a model."""
    seen: Seen | None
    """What it noted of its training; None where versions noted nothing yet."""
    load: Callable[[], Any]
    """Loads it; raises ModelError when it cannot be loaded."""


@dataclass(frozen=True)
class Verdict:
    """What the gate found."""

    winner: Literal["challenger", "champion", "baseline"]
    reason: str
    champion: Metrics = field(default_factory=dict)
    """What the champion reached."""


def judge(challenger: Challenger, contest: Contest, incumbent: Incumbent | None) -> Verdict:
    """Judge a challenger: by its best baseline, and by the champion on the same rows.

    A champion that cannot be loaded or measured is beaten, and so is one that is a baseline:
    the newest form of it was just measured. One that shares no unseen rows with the challenger
    is replaced by a challenger that beats its baseline.

    Raises ModelError if the deciding metric was not measured.
    """
    case = _Case.of(challenger, contest)
    if incumbent is None:
        return case.judged_alone("there was no champion")
    version = f"version {incumbent.version}"
    if incumbent.baseline:
        return case.judged_alone(f"{version} was a baseline, {incumbent.baseline}")
    try:
        model = incumbent.load()
    except ModelError as error:
        return case.judged_alone(f"{version} cannot be loaded: {_cause(error)}")
    test, why = _common_test(challenger, contest, incumbent)
    if test is None:
        return case.judged_apart(version, why)
    try:
        theirs = test.score(model)
    except _NO_MODEL_OF_OURS as error:
        return case.judged_alone(f"{version} cannot be measured: {reason_of(error)}")
    return case.judged_against(version, theirs, test)


def judge_too_little(trained: TooLittle, incumbent: Incumbent | None) -> Verdict:
    """Without a challenger the champion stays, if it is a model that can be loaded."""
    said, name = f"not enough to train: {trained.reason}", trained.fallback.name
    if incumbent is None:
        return Verdict("baseline", f"{said}; there was no champion; {name} is served")
    version = f"version {incumbent.version}"
    if incumbent.baseline:
        return Verdict("baseline", f"{said}; {version} was a baseline; {name} is served")
    try:
        incumbent.load()
    except ModelError as error:
        why = f"{version} cannot be loaded: {_cause(error)}"
        return Verdict("baseline", f"{said}; {why}; {name} is served")
    return Verdict("champion", f"{said}; {version} stays the champion")


@dataclass(frozen=True)
class _Case:
    """A challenger beside its best baseline."""

    contest: Contest
    fallback: str
    is_worthy: bool
    """Whether it beats the baseline."""
    said: str
    """That in words."""

    @classmethod
    def of(cls, challenger: Challenger, contest: Contest) -> "_Case":
        """Compare the two; any baseline counts, whether it can be served or not."""
        reached = contest.figure(challenger.metrics, "the model")
        figures = {
            name: contest.figure(measured, f"its baseline '{name}'")
            for name, measured in challenger.baselines.items()
        }
        fallback = challenger.fallback.name
        if fallback not in figures:
            raise ModelError(
                f"The training of '{contest.name}' measured the baselines "
                f"{', '.join(figures) or '(none)'}; expected '{fallback}', its fallback, among "
                "them. Let train.py measure it."
            )
        best = min if contest.better == "lower" else max
        name = best(figures, key=figures.__getitem__)
        is_worthy = contest.is_won(reached, figures[name])
        said = f"{contest.metric} {reached:.4f} {_verb(is_worthy)} {figures[name]:.4f} of {name}"
        return cls(contest, fallback, is_worthy, said)

    def judged_alone(self, why: str) -> Verdict:
        """The verdict where the baseline alone decides."""
        if self.is_worthy:
            return Verdict("challenger", f"{self.said}; {why}")
        return Verdict("baseline", f"{self.said}; {why}; {self.fallback} is served")

    def judged_apart(self, version: str, why: str) -> Verdict:
        """The verdict where the champion could be loaded and not be compared."""
        if self.is_worthy:
            return Verdict("challenger", f"{self.said}; {version} gives way: {why}")
        return Verdict("champion", f"{self.said}; {version} stays: {why}")

    def judged_against(self, version: str, theirs: Metrics, test: Retest) -> Verdict:
        """The verdict where the champion was measured on the same rows."""
        ours = test.metrics[self.contest.metric]
        to_beat = self.contest.figure(theirs, version)
        if self.is_worthy:
            is_better = self.contest.is_won(ours, to_beat)
            where = f"on {test.rows} {ours:.4f} " if test.rows else ""
            reason = f"{self.said}; {where}{_verb(is_better)} {to_beat:.4f} of {version}"
            return Verdict("challenger" if is_better else "champion", reason, theirs)
        where = f" on {test.rows}" if test.rows else ""
        if self.contest.is_won(to_beat, test.fallback[self.contest.metric]):
            reason = f"{self.said}; {version} does with {to_beat:.4f}{where} and stays"
            return Verdict("champion", reason, theirs)
        reason = f"{self.said}; nor does {version} with {to_beat:.4f}{where}"
        return Verdict("baseline", f"{reason}; {self.fallback} is served", theirs)


def _common_test(
    challenger: Challenger, contest: Contest, incumbent: Incumbent
) -> tuple[Retest | None, str]:
    """The test rows that neither version has trained on, or why there are none."""
    if challenger.retest is None:
        fallback = challenger.baselines[challenger.fallback.name]
        return Retest("", challenger.metrics, fallback, challenger.score), ""
    if incumbent.seen is None:
        return None, "it does not say what it has trained on"
    test = challenger.retest(incumbent.seen)
    if test is None or contest.metric not in test.metrics:
        return None, "too few rows are left that neither has trained on"
    return test, ""


def _verb(is_won: bool) -> str:  # noqa: FBT001  a word for it
    return "beats" if is_won else "does not beat"


def _cause(error: ModelError) -> str:
    """Why a version cannot be loaded, without what to do: that is being done."""
    return reason_of(error.__cause__ or error)
