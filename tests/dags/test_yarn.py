"""What YARN is asked, over the ResourceManager's REST API."""

import pytest

from fake_cluster import Answer, FakeYarn, Json, serve
from launching.errors import JobError
from launching.resource_manager import DriverLog, ResourceManager


def test_a_resource_manager_that_restarts_is_waited_for() -> None:
    """It answers again, and the task goes on."""
    yarn = FakeYarn()
    failures = [True, True]

    def answer(method: str, path: str, body: Json) -> Answer:
        if failures:
            failures.pop()
            return 200, "not JSON yet"
        return yarn.answer(method, path, body)

    with serve(answer) as yarn.url:
        yarn.add("a")

        (found,) = ResourceManager(yarn.url, patience=5, pause=0.01).applications("a")

    assert ("RUNNING", f"{yarn.url}/ws/v1/node/containerlogs/container_1/stdout") == (
        found.state,
        found.driver_log,
    )


def test_one_that_never_answers_is_named() -> None:
    """With what to look at."""
    with pytest.raises(JobError, match=r"does not answer at http://127.0.0.1:1.*yarn\.enabled"):
        ResourceManager("http://127.0.0.1:1", patience=0).applications("a")


def test_a_refusal_carries_its_reason() -> None:
    """What YARN forbids is not asked again."""
    with (
        serve(lambda *_: (403, "not your application")) as url,
        pytest.raises(JobError, match="with 403: not your application"),
    ):
        ResourceManager(url, patience=60).end("application_1_0001")


def test_a_log_is_shown_once_and_whole() -> None:
    """Half a line waits for its other half; the last one is shown though nothing ends it."""
    running = "This log file belongs to a running container (c) and so may not be complete."
    pages = [("one\ntw", running), ("one\ntwo\n", running), ("one\ntwo\nthree", "")]
    asked = iter(
        f"LogType:stdout\nLogContents:\n{text}End of LogType:stdout.{tail}\n***\n\n"
        for text, tail in pages
    )
    log = DriverLog()

    with serve(lambda *_: (200, next(asked))) as url:
        shown = [log.new_lines(url) for _ in pages]

    assert [["one"], ["two"], ["three"]] == shown
    assert [] == log.new_lines("http://127.0.0.1:1/")
