"""The alert: who is told of a failure, and that telling never gets in its way."""

import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from fake_cluster import Json, serve
from launching.alerts import tell_of_failure

CONTEXT: dict[str, Any] = {
    "ti": SimpleNamespace(
        dag_id="movies",
        task_id="silver",
        run_id="manual__1",
        try_number=4,
        log_url="http://localhost:8080/dags/movies",
    ),
    "exception": RuntimeError("too many rows were rejected"),
}


class Webhook:
    """Takes messages, and answers with a status."""

    def __init__(self) -> None:
        self.status = 200
        self.taken: list[Json] = []

    def answer(self, _method: str, _path: str, body: Json) -> tuple[int, str]:
        """As Slack does."""
        self.taken.append(body)
        return self.status, "ok"


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhook]:
    """A webhook that the environment names."""
    hook = Webhook()
    with serve(hook.answer) as url:
        monkeypatch.setenv("MEDLEY_ALERT_WEBHOOK", f"{url}/services/secret")
        yield hook


def test_the_webhook_is_told_what_failed_and_why(webhook: Webhook) -> None:
    """In Slack's form: one object with a text."""
    tell_of_failure(CONTEXT)

    (message,) = webhook.taken
    assert {"text"} == set(message)
    for part in ("movies.silver", "manual__1", "too many rows were rejected", "try 4"):
        assert part in message["text"]
    assert message["text"].endswith("http://localhost:8080/dags/movies")


def test_without_an_address_nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hook is off by default."""
    monkeypatch.delenv("MEDLEY_ALERT_WEBHOOK", raising=False)

    tell_of_failure(CONTEXT)


@pytest.mark.parametrize("status", [400, 404, 500])
def test_a_webhook_that_refuses_is_logged(
    status: int, webhook: Webhook, caplog: pytest.LogCaptureFixture
) -> None:
    """With its status and without its address, which is a secret."""
    webhook.status = status

    with caplog.at_level(logging.INFO):
        tell_of_failure(CONTEXT)

    assert f"was not told: HTTPError {status}" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:1/secret", "no address: secret", "file:///secret", "http://"]
)
def test_an_address_that_leads_nowhere_is_logged(
    address: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is raised: the task's own failure stays the last word."""
    monkeypatch.setenv("MEDLEY_ALERT_WEBHOOK", address)

    with caplog.at_level(logging.INFO):
        tell_of_failure(CONTEXT)

    assert "was not told" in caplog.text
    assert "secret" not in caplog.text
