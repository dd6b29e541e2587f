"""How `make run` talks with Airflow, against a server that speaks as Airflow 3 does."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from scripts import follow
from scripts.follow import Airflow, AirflowError

Json = dict[str, Any]


_DAG = {
    "is_paused": True,
    "next_dagrun_run_after": "2026-01-02T00:00:00Z",
    "next_dagrun_logical_date": "2026-01-01T00:00:00Z",
}


@dataclass
class Script:
    """What the server answers, and what it was asked."""

    states: list[str] = field(default_factory=lambda: ["running", "success"])
    tasks: list[list[Json]] = field(default_factory=lambda: [[]])
    dag: Json = field(default_factory=lambda: dict(_DAG))
    others: list[Json] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)
    """Status codes for the next questions, after those about tokens."""
    conflicts: bool = False
    """Whether each date has its run."""
    answers_lost: int = 0
    """So many runs are made without an answer."""
    runs: list[str] = field(default_factory=list)
    """The ids of those that were made."""
    tokens: int = 0
    asked: list[tuple[str, str, Json | None]] = field(default_factory=list)

    def answer(self, method: str, path: str, body: Json | None, bearer: str) -> tuple[int, Json]:
        """The status code and the document for one question."""
        if path == "/auth/token":
            if body != {"username": "admin", "password": "right"}:
                return 401, {"detail": "Invalid credentials"}
            self.tokens += 1
            return 201, {"access_token": f"token-{self.tokens}"}
        if bearer != f"Bearer token-{self.tokens}":
            return 401, {"detail": "Token expired"}
        if self.refusals:
            return self.refusals.pop(0), {"detail": "not now"}
        self.asked.append((method, path, body))
        if method == "POST" and body:
            return self.make_run(body)
        return 200, body or self.document(path)

    def make_run(self, body: Json) -> tuple[int, Json]:
        """Make a run, unless its id or its date has one."""
        if body["dag_run_id"] in self.runs or (self.conflicts and body["logical_date"]):
            return 409, {"detail": "exists"}
        self.runs.append(body["dag_run_id"])
        if self.answers_lost:
            self.answers_lost -= 1
            return 502, {"detail": "Bad Gateway"}
        return 200, body

    def document(self, path: str) -> Json:
        """What a question gets that is not refused."""
        if path == "/api/v2/dags/movies":
            return self.dag
        if path.endswith("?state=running"):
            return {"dag_runs": self.others}
        if "?run_id_pattern=" in path:
            return {"dag_runs": [run for run in self.runs if path.endswith(run)]}
        if "/logs/" in path:
            return {"content": [{"event": "Traceback"}, {"event": "it broke"}]}
        if path.endswith("/taskInstances?limit=100"):
            return {"task_instances": _next(self.tasks)}
        return {"state": _next(self.states)}


def _next(answers: list[Any]) -> Any:  # noqa: ANN401
    """The next answer; the last one stays."""
    return answers.pop(0) if len(answers) > 1 else answers[0]


def _task(name: str, state: str | None, number: int = 1, seconds: float | None = None) -> Json:
    return {
        "task_id": name,
        "state": state,
        "try_number": number,
        "duration": seconds,
        "start_date": None if state is None else "2026-01-01T00:00:00Z",
    }


@pytest.fixture
def script() -> Script:
    """What the server answers in this test."""
    return Script()


@pytest.fixture
def url(script: Script) -> Iterator[str]:
    """The address of a server that answers so."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            size = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(size)) if size else None
            bearer = self.headers.get("Authorization", "")
            status, document = script.answer(self.command, self.path, body, bearer)
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_PATCH = do_GET  # noqa: N815  names that the server looks for

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def airflow(url: str) -> Airflow:
    """A client that does not wait between its tries."""
    return Airflow(url, "admin", "right", sleep=lambda _: None)


def test_a_run_is_started_on_the_wished_engine(airflow: Airflow, script: Script) -> None:
    """The key logical_date must be there; the DAG is unpaused, or nothing would run."""
    script.dag["is_paused"] = False

    run = airflow.start("movies", {"engine": "yarn"})

    _, (_, runs, body), (_, dag, unpause) = script.asked
    assert "/api/v2/dags/movies/dagRuns" == runs
    assert {"dag_run_id": run, "logical_date": None, "conf": {"engine": "yarn"}} == body
    assert ("/api/v2/dags/movies", {"is_paused": False}) == (dag, unpause)


@pytest.mark.parametrize(
    ("after", "date"),
    [
        ("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("9999-01-01T00:00:00Z", None),
        (None, None),
    ],
)
def test_the_first_run_takes_the_place_of_the_one_that_is_due(
    airflow: Airflow, script: Script, after: str | None, date: str | None
) -> None:
    """Unpausing starts a run that is due, unless there is one of that date already."""
    script.dag["next_dagrun_run_after"] = after

    airflow.start("movies", {"engine": "k8s"})

    body = script.asked[1][2]
    assert body is not None
    assert date == body["logical_date"]


def test_a_date_that_has_its_run_is_left_alone(airflow: Airflow, script: Script) -> None:
    """Airflow refuses a second run of a date; the new one then has none."""
    script.conflicts = True

    airflow.start("movies", {"engine": "k8s"})

    *_, (_, _, body), _ = script.asked
    assert body is not None
    assert body["logical_date"] is None


def test_a_run_whose_making_was_not_answered_is_not_made_twice(
    airflow: Airflow, script: Script
) -> None:
    """Asked again after a lost answer, Airflow says that the run is there, and it is ours."""
    script.answers_lost = 1

    assert script.runs == [airflow.start("movies", {"engine": "k8s"})]


@pytest.mark.parametrize(
    ("conf", "ending"),
    [
        ({"engine": "k8s", "together": True}, "k8s__together"),
        ({"engine": "yarn", "together": False}, "yarn"),
        ({"model": "movies.ranker", "version": 1}, "movies.ranker__1"),
    ],
)
def test_a_runs_name_tells_what_was_asked_for(airflow: Airflow, conf: Json, ending: str) -> None:
    """So that Airflow's page shows it without a click."""
    made, _, asked = airflow.start("movies", conf).removeprefix("make__").partition("__")

    assert ending == asked
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{6}", made)


def test_a_run_that_has_to_wait_says_for_whom(airflow: Airflow, script: Script) -> None:
    """Else nothing would be told for as long as the other one runs."""
    script.states = ["queued", "queued", "success"]
    script.others = [{"dag_run_id": "scheduled__2026-01-01"}]

    lines = list(follow.follow(airflow, "movies", "r1", pause=lambda: None))

    assert [
        "waits for scheduled__2026-01-01: one run at a time writes the tables",
        "success",
    ] == lines


def test_each_change_of_a_task_is_one_line(airflow: Airflow, script: Script) -> None:
    """What has not changed is not told again; a new try is a change, waiting is none."""
    script.states = ["queued", "running", "running", "running", "success"]
    script.tasks = [
        [_task("bronze", None)],
        [_task("bronze", "running")],
        [_task("bronze", "running")],
        [_task("bronze", "running", 2)],
        [_task("bronze", "success", 2, 61.4), _task("silver", "success", 1, 9.6)],
    ]

    lines = list(follow.follow(airflow, "movies", "r1", pause=lambda: None))

    assert [
        "bronze       running",
        "bronze       running, try 2",
        "bronze       success in 61 s, try 2",
        "silver       success in 10 s",
        "success",
    ] == lines


def test_a_restarting_airflow_is_waited_for(url: str, script: Script) -> None:
    """Asked again, with a line: errors of the server, and a DAG that has not been read yet."""
    told: list[str] = []
    airflow = Airflow(url, "admin", "right", sleep=lambda _: None, tell=told.append)
    script.refusals = [503, 502, 404]

    assert airflow.start("movies", {"engine": "k8s"})
    assert [
        "Airflow is asked again for up to 6 minutes: HTTP Error 502: Bad Gateway",
        "Airflow answers again",
    ] == told


def test_a_single_refusal_is_not_worth_a_line(url: str, script: Script) -> None:
    """Five seconds later Airflow answers."""
    airflow = Airflow(url, "admin", "right", sleep=lambda _: None, tell=pytest.fail)
    script.refusals = [503]

    assert "running" == airflow.state("movies", "r1")


def test_airflow_may_be_away_for_minutes(url: str, script: Script) -> None:
    """PostgreSQL, api-server and both of them may have to come back first."""
    waited: list[float] = []
    airflow = Airflow(url, "admin", "right", sleep=waited.append)
    script.refusals = [500] * 70

    assert "running" == airflow.state("movies", "r1")
    assert 350 == sum(waited)


def test_an_expired_token_is_renewed(airflow: Airflow, script: Script) -> None:
    """A long run outlives its token."""
    airflow.state("movies", "r1")
    script.tokens += 1  # the server knows the first one no more

    assert "success" == airflow.state("movies", "r1")
    assert 3 == script.tokens


def test_a_wrong_password_is_told_at_once(url: str) -> None:
    """It does not get better by asking again."""
    airflow = Airflow(url, "admin", "wrong", sleep=lambda _: pytest.fail("asked again"))

    with pytest.raises(AirflowError, match=r"401 Unauthorized.*Invalid credentials"):
        airflow.start("movies", {"engine": "k8s"})


def test_a_refused_engine_is_told_with_airflows_words(airflow: Airflow, script: Script) -> None:
    """A 422 is the caller's fault."""
    script.refusals = [422]

    with pytest.raises(AirflowError, match=r"422 .*not now"):
        airflow.start("movies", {"engine": "flink"})


def test_airflow_that_is_not_there_is_told() -> None:
    """After the last try the reason is given."""
    airflow = Airflow("http://127.0.0.1:9", "admin", "right", sleep=lambda _: None)

    with pytest.raises(AirflowError, match="Connection refused"):
        airflow.start("movies", {"engine": "k8s"})


def test_a_failed_run_shows_the_end_of_the_failed_tasks_log(
    url: str, script: Script, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The goal fails, and nobody has to look for the reason; tasks that only follow are silent."""
    script.states = ["failed"]
    script.tasks = [[_task("bronze", "failed", 3, 5.0), _task("silver", "upstream_failed")]]
    _call(monkeypatch, url)

    code = follow.main()

    output = capsys.readouterr()
    assert 1 == code
    assert "bronze       failed in 5 s, try 3" in output.out
    assert "The last lines of bronze:\n  Traceback\n  it broke\n" in output.err
    assert "silver" not in output.err


def test_a_run_that_succeeds_ends_well(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last line says so."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    _call(monkeypatch, url)

    assert 0 == follow.main()
    assert "movies is done" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("together", "conf"),
    [
        ("", {"engine": "k8s"}),
        ("yes", {"engine": "k8s", "together": True}),
        ("no", {"engine": "k8s", "together": False}),
    ],
)
def test_layers_run_together_or_as_the_chart_says(
    url: str, script: Script, monkeypatch: pytest.MonkeyPatch, together: str, conf: Json
) -> None:
    """What is not asked for is left to the DAG's own default."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    _call(monkeypatch, url, together)

    follow.main()

    assert conf == script.asked[1][2]["conf"]  # type: ignore[index]  # a run's making has a body


def _call(monkeypatch: pytest.MonkeyPatch, url: str, together: str = "") -> None:
    """The command line and environment that scripts/run gives."""
    monkeypatch.setattr("sys.argv", ["follow.py", "movies", "k8s", together])
    monkeypatch.setenv("AIRFLOW_URL", url)
    monkeypatch.setenv("AIRFLOW_USERNAME", "admin")
    monkeypatch.setenv("AIRFLOW_PASSWORD", "right")
