"""The gate: logs what was trained, and says which version is served from now on."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import mlflow
from mlflow.exceptions import MlflowException
from mlflow.models.model import ModelInfo
from mlflow.tracking import MlflowClient

from model_registry.challenger import Baseline, Challenger, Metrics, TooLittle
from model_registry.loading import load
from model_registry.registry import (
    BASELINE_TAG,
    CHALLENGER,
    CHAMPION,
    DECISION_TAG,
    SEEN_TAG,
    Origin,
    Registry,
    champion,
    connect,
    experiment_of,
)
from model_registry.verdict import Contest, Incumbent, Verdict, judge, judge_too_little


@dataclass(frozen=True)
class Decision:
    """What the gate made of what was trained."""

    version: int
    """The challenger's; the baseline's where nothing was trained."""
    promoted: bool
    """Whether the challenger is the champion."""
    reason: str
    baseline: int | None = None
    """The version of the baseline that became the champion."""


def submit(
    trained: Challenger | TooLittle, contest: Contest, *, origin: Origin, registry: Registry
) -> Decision:
    """Register what was trained; what is best on the same rows becomes the champion.

    A challenger that does not beat its best baseline never does. If no champion does either,
    the challenger's fallback is registered as a version of its own and becomes the champion.

    Args:
        trained: The trained model with its measurements, or why there is none.
        contest: Which model it is a version of, and what decides.
        origin: What it was trained from.
        registry: Where it is kept.

    Raises ModelError if what decides was not measured.
    """
    desk = _Desk(contest, origin, registry, connect(registry))
    if isinstance(trained, TooLittle):
        return desk.submit_baseline(trained)
    return desk.submit_challenger(trained)


@dataclass(frozen=True)
class _Desk:
    """Where versions of one model are registered."""

    contest: Contest
    origin: Origin
    registry: Registry
    client: MlflowClient

    def submit_challenger(self, challenger: Challenger) -> Decision:
        """Log a challenger, let it be judged, and its baseline be served if that is better."""
        with mlflow.start_run(experiment_id=experiment_of(self.registry, self.contest.name)):
            mlflow.log_params(dict(challenger.params))
            mlflow.log_metrics(dict(challenger.metrics))
            for baseline, metrics in challenger.baselines.items():
                mlflow.log_metrics({f"{baseline}_{key}": value for key, value in metrics.items()})
            version = self._register(
                challenger.log(), {SEEN_TAG: json.dumps(dict(challenger.seen))}
            )
            self._call(version, CHALLENGER)
            verdict = judge(challenger, self.contest, self._incumbent())
            mlflow.log_metrics(
                {f"champion_{key}": value for key, value in verdict.champion.items()}
            )
            mlflow.set_tag(DECISION_TAG, verdict.reason)
        baseline_version = None
        if verdict.winner == "challenger":
            self._promote(version)
        elif verdict.winner == "baseline":
            metrics = challenger.baselines[challenger.fallback.name]
            baseline_version = self._log_baseline(challenger.fallback, metrics, verdict.reason)
            self._call(baseline_version, CHAMPION)
        self._close(version, verdict)
        if baseline_version is not None:
            self._close(baseline_version, verdict)
        return Decision(
            int(version),
            verdict.winner == "challenger",
            verdict.reason,
            None if baseline_version is None else int(baseline_version),
        )

    def submit_baseline(self, trained: TooLittle) -> Decision:
        """Register the fallback alone: as the champion, or as what a model is still better than.

        It is registered in either case, for its origin says up to where the data was looked at.
        """
        verdict = judge_too_little(trained, self._incumbent())
        version = self._log_baseline(trained.fallback, {}, verdict.reason)
        is_served = verdict.winner == "baseline"
        if is_served:
            self._promote(version)
        else:
            self._call(version, CHALLENGER)
        self._close(version, verdict)
        return Decision(
            int(version),
            promoted=False,
            reason=verdict.reason,
            baseline=int(version) if is_served else None,
        )

    def _log_baseline(self, baseline: Baseline, metrics: Metrics, reason: str) -> str:
        with mlflow.start_run(experiment_id=experiment_of(self.registry, self.contest.name)):
            mlflow.log_params({"baseline": baseline.name, **baseline.params})
            mlflow.log_metrics(dict(metrics))
            mlflow.set_tag(DECISION_TAG, reason)
            return self._register(baseline.log(), {BASELINE_TAG: baseline.name})

    def _register(self, logged: ModelInfo, tags: Mapping[str, str]) -> str:
        """Make a logged model the newest version; `register_model` would print."""
        name, client = self.contest.name, self.client
        with suppress(MlflowException):
            client.create_registered_model(name)
        client.update_registered_model(name, self.contest.doc)
        made = client.create_model_version(
            name, source=logged.model_uri, run_id=logged.run_id, model_id=logged.model_id
        )
        mlflow.set_tags(self.origin.to_tags())
        for tag, value in {**self.origin.to_tags(), **tags}.items():
            client.set_model_version_tag(name, made.version, tag, value)
        return str(made.version)

    def _incumbent(self) -> Incumbent | None:
        found = champion(self.contest.name, self.registry)
        if found is None:
            return None
        noted = found.tags.get(SEEN_TAG)
        return Incumbent(
            version=int(found.version),
            baseline=found.tags.get(BASELINE_TAG, ""),
            seen=None if noted is None else json.loads(noted),
            load=partial(load, self.contest.name, int(found.version), self.registry),
        )

    def _promote(self, version: str) -> None:
        """Make a version the champion, and no other the challenger."""
        self._call(version, CHAMPION)
        self.client.delete_registered_model_alias(self.contest.name, CHALLENGER)

    def _call(self, version: str, alias: str) -> None:
        self.client.set_registered_model_alias(self.contest.name, alias, version)

    def _close(self, version: str, verdict: Verdict) -> None:
        """Say that the contest is over: without it a killed training is done again.

        So this comes last, after the aliases.
        """
        self.client.set_model_version_tag(self.contest.name, version, DECISION_TAG, verdict.reason)
