"""Tells a webhook that takes messages as Slack does of tasks that have failed for good."""

import json
import logging
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any

from launching.settings import Settings

_LOG = logging.getLogger(__name__)
_SECONDS = 10
_LENGTH = 500


def tell_of_failure(context: Mapping[str, Any]) -> None:
    """Send one message; nothing without a webhook.

    Whatever goes wrong here is logged and no more: the failure that is told of must not be
    hidden by another. The address stays out of the log, for it is a secret.
    """
    webhook = Settings.from_environment().alert_webhook
    if webhook is None:
        return
    try:
        if not webhook.startswith(("https://", "http://")):
            raise ValueError("MEDLEY_ALERT_WEBHOOK is no http address")  # noqa: TRY301
        request = urllib.request.Request(  # noqa: S310  checked above
            webhook,
            data=json.dumps({"text": message(context)}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=_SECONDS):  # noqa: S310
            _LOG.info("The alert webhook was told of the failure.")
    except (OSError, HTTPException, ValueError) as error:
        # Of the error only its kind: some texts repeat the address.
        status = getattr(error, "code", "")
        _LOG.warning("The alert webhook was not told: %s %s", type(error).__name__, status)


def message(context: Mapping[str, Any]) -> str:
    """What failed, why, and where its log is."""
    task = context["ti"]
    reason = str(context.get("exception") or "no reason is known").strip()
    return (
        f"*{task.dag_id}.{task.task_id}* failed in run {task.run_id}, try {task.try_number}.\n"
        f"{reason[:_LENGTH]}\n"
        f"{task.log_url}"
    )
