"""Models: trained when enough is new, and handed to the gate."""

from collections.abc import Mapping
from datetime import UTC, datetime

import model_registry
from jobs.lakehouse.declare.table import Model
from jobs.lakehouse.steps.code_digest import fingerprint_of
from jobs.lakehouse.steps.deciding import decide_model
from jobs.lakehouse.steps.inputs import Inputs, pinned_versions
from jobs.lakehouse.steps.receipts import Receipt
from jobs.lakehouse.steps.run_context import RunContext
from jobs.lakehouse.steps.step import function_of
from model_registry import Challenger, Contest, Origin, TooLittle


def train(model: Model, run: RunContext) -> list[Receipt]:
    """Train a challenger and submit it, if there is no champion or if enough is new.

    Of too few rows nothing is trained: what is submitted is then a baseline, and so says the
    receipt. That is no error, for a lake begins with few rows.
    """
    started_at = datetime.now(UTC)
    versions = pinned_versions(model, run)
    fingerprint = fingerprint_of(model)
    if not _is_due(model, run, versions, fingerprint):
        return []
    pinned = Inputs(model, run, versions)
    inputs = [pinned.read(read) for read in model.reads]
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
    if last is None:
        return True
    has_new_tables = last.input_versions != versions
    decision = decide_model(
        model,
        run.options,
        has_new_code=last.fingerprint != fingerprint,
        has_new_tables=has_new_tables,
        rows=run.lake.read(model.reads[0]).count() if has_new_tables else last.rows,
        trained_rows=last.rows,
    )
    return decision.is_due
