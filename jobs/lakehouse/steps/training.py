"""Models: trained when enough is new, and handed to the gate."""

from collections.abc import Mapping
from datetime import UTC, datetime

import model_registry
from jobs.lakehouse.declare.table import Model
from jobs.lakehouse.steps.receipts import Receipt
from jobs.lakehouse.steps.run_context import RunContext
from jobs.lakehouse.steps.step import fingerprint_of, function_of
from model_registry import Challenger, Contest, Origin, TooLittle


def train(model: Model, run: RunContext) -> list[Receipt]:
    """Train a challenger and submit it, if there is no champion or if enough is new.

    Of too few rows nothing is trained: what is submitted is then a baseline, and so says the
    receipt. That is no error, for a lake begins with few rows.
    """
    started_at = datetime.now(UTC)
    versions = {read.name: run.lake.version(read) or 0 for read in model.reads}
    fingerprint = fingerprint_of(model)
    if not _is_due(model, run, versions, fingerprint):
        return []
    inputs = [run.lake.read(read) for read in model.reads]
    origin = Origin(versions, rows=inputs[0].count(), fingerprint=fingerprint)
    trained: Challenger | TooLittle = function_of(model)(*inputs)
    decision = model_registry.submit(
        trained,
        Contest(model.name, model.doc, model.metric, model.better),
        origin=origin,
        registry=run.registry,
    )
    return [
        Receipt(
            run_id=run.run_id,
            step=model.name,
            layer=model.layer,
            kind="baseline" if isinstance(trained, TooLittle) else "training",
            started_at=started_at,
            seconds=(datetime.now(UTC) - started_at).total_seconds(),
            rows_read=origin.rows,
            rows_kept=origin.rows,
            rows_merged=0,
            rows_quarantined=0,
            rows_updated=0,
            version=decision.version,
            input_versions=versions,
            broken={},
        )
    ]


def _is_due(model: Model, run: RunContext, versions: Mapping[str, int], fingerprint: str) -> bool:
    """Whether the code changed or the gate's rule says that enough rows are new."""
    last = model_registry.last_origin(model.name, run.registry)
    if last is None or run.full_refresh or last.fingerprint != fingerprint:
        return True
    if last.input_versions == versions:
        return False
    rows = run.lake.read(model.reads[0]).count()
    return rows - last.rows >= model.retrain_after * last.rows
