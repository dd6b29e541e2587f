"""Lets Airflow run a pipeline and tells each task's changes until the run has ended.

Usage: follow.py PIPELINE ENGINE TOGETHER, with AIRFLOW_URL, AIRFLOW_USERNAME and AIRFLOW_PASSWORD
set. TOGETHER is yes for one application for all layers, no for one for each, '' for what the chart
spark says.
"""

import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

_PAUSE_S = 5
_PATIENCE_MIN = 6
"""Airflow that does not answer for so long counts as gone."""
_TRIES = _PATIENCE_MIN * 60 // _PAUSE_S
_UNTOLD_TRIES = 2
"""A question that is answered at the next try is not worth a line."""
_LAST_LINES = 40

_TOGETHER: dict[str, Json] = {"": {}, "yes": {"together": True}, "no": {"together": False}}


class AirflowError(Exception):
    """Airflow refused, or could not be reached."""


class Airflow:
    """Airflow's REST API, as far as one run needs it."""

    def __init__(
        self,
        url: str,
        username: str,
        password: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        tell: Callable[[str], None] = print,
    ) -> None:
        """Talk to Airflow at this address; `tell` is told when it does not answer."""
        self._url = url.rstrip("/")
        self._login = {"username": username, "password": password}
        self._sleep = sleep
        self._tell = tell
        self._token = ""

    def start(self, dag: str, conf: Json) -> str:
        """Let the DAG run with that configuration; returns the run's id.

        Raises AirflowError if there is no such DAG or it refuses the configuration.
        """
        known = self._ask("GET", f"/dags/{dag}")
        run = _run_id(conf)
        if not self._trigger(dag, run, conf, _due(known)):
            self._trigger(dag, run, conf, None)
        self._ask("PATCH", f"/dags/{dag}", {"is_paused": False})
        return run

    def _trigger(self, dag: str, run: str, conf: Json, date: str | None) -> bool:
        """Whether there is that run now; if not, the date has its run already."""
        try:
            body = {"dag_run_id": run, "logical_date": date, "conf": conf}
            self._ask("POST", f"/dags/{dag}/dagRuns", body)
        except AirflowError as error:
            if getattr(error.__cause__, "code", None) != http.client.CONFLICT:
                raise
            # It is there if the answer to an earlier try was lost.
            found = self._ask("GET", f"/dags/{dag}/dagRuns?run_id_pattern={run}")
            return bool(found["dag_runs"])
        return True

    def running(self, dag: str) -> list[str]:
        """The DAG's runs that are at work."""
        answer = self._ask("GET", f"/dags/{dag}/dagRuns?state=running")
        return [str(run["dag_run_id"]) for run in answer["dag_runs"]]

    def state(self, dag: str, run: str) -> str:
        """The run's state."""
        return str(self._ask("GET", f"/dags/{dag}/dagRuns/{run}")["state"])

    def tasks(self, dag: str, run: str) -> list[Json]:
        """The run's tasks."""
        answer = self._ask("GET", f"/dags/{dag}/dagRuns/{run}/taskInstances?limit=100")
        tasks: list[Json] = answer["task_instances"]
        return tasks

    def log(self, dag: str, run: str, task: Json) -> list[str]:
        """The lines of a task's last try."""
        path = f"/dags/{dag}/dagRuns/{run}/taskInstances/{task['task_id']}"
        answer = self._ask("GET", f"{path}/logs/{max(task['try_number'], 1)}?full_content=true")
        content = answer["content"]
        if isinstance(content, str):
            return content.splitlines()
        return [
            str(entry.get("event", "")) if isinstance(entry, dict) else str(entry)
            for entry in content
        ]

    def _ask(self, method: str, path: str, body: Json | None = None) -> Json:
        """One question, asked again while nobody answers: a pod may be restarting.

        A DAG that was just installed has to be read first, so 404 is asked again too.
        """
        last: Exception | None = None
        for tries in range(_TRIES):
            try:
                if not self._token:
                    self._token = self._send("POST", "/auth/token", self._login)["access_token"]
                answer = self._send(method, f"/api/v2{path}", body)
            except urllib.error.HTTPError as error:
                last = error
                if error.code == http.client.UNAUTHORIZED and self._token:
                    self._token = ""
                    continue
                passing = error.code >= http.client.INTERNAL_SERVER_ERROR
                if not passing and error.code != http.client.NOT_FOUND:
                    break
            except (OSError, ValueError, http.client.HTTPException) as error:
                last = error
            else:
                if tries >= _UNTOLD_TRIES:
                    self._tell("Airflow answers again")
                return answer
            if tries + 1 == _UNTOLD_TRIES:
                self._tell(f"Airflow is asked again for up to {_PATIENCE_MIN} minutes: {last}")
            self._sleep(_PAUSE_S)
        raise AirflowError(f"{method} {path}: {_explain(last)}") from last

    def _send(self, method: str, path: str, body: Json | None) -> Json:
        request = urllib.request.Request(  # noqa: S310  the caller's own address
            f"{self._url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Accept": "application/json",
                "Content-Type": "application/json",
                **({"Authorization": f"Bearer {self._token}"} if self._token else {}),
            },
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            result: Json = json.load(answer)
        return result


def _run_id(conf: Json) -> str:
    """A name that tells what was asked for: the values, and of switches those that are on."""
    now = f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%S.%f}"
    asked = [name if value is True else str(value) for name, value in conf.items() if value]
    return "__".join(["make", now, *asked])


def _due(dag: Json) -> str | None:
    """The date of the run that Airflow would start by itself as soon as the DAG is unpaused.

    A run of that date takes its place; else two would run, one after the other.
    """
    after = dag.get("next_dagrun_run_after")
    if not dag["is_paused"] or after is None or datetime.fromisoformat(after) > datetime.now(UTC):
        return None
    date: str | None = dag["next_dagrun_logical_date"]
    return date


def _explain(error: Exception | None) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"{error.code} {error.reason}: {error.read().decode(errors='replace')[:500]}"
    return str(error)


def follow(airflow: Airflow, dag: str, run: str, pause: Callable[[], None]) -> Iterator[str]:
    """A line for each change of the run or a task, until the run has ended; its state is last."""
    seen: dict[str, tuple[str, int]] = {}
    state = ""
    while state not in {"success", "failed"}:
        if state:
            pause()
        # The run is asked first: its tasks are then at least as far.
        before, state = state, airflow.state(dag, run)
        if before == "" and state == "queued" and (others := airflow.running(dag)):
            yield f"waits for {', '.join(others)}: one run at a time writes the tables"
        for task in sorted(airflow.tasks(dag, run), key=lambda task: task["start_date"] or "~"):
            now = (task["state"] or "waiting", task["try_number"])
            if seen.get(task["task_id"], ("waiting", now[1])) != now and now[0] != "waiting":
                yield _line(task)
            seen[task["task_id"]] = now
    yield state


def _line(task: Json) -> str:
    seconds = f" in {task['duration']:.0f} s" if task.get("duration") else ""
    again = f", try {task['try_number']}" if task["try_number"] > 1 else ""
    return f"{task['task_id']:<12} {task['state']}{seconds}{again}"


def _say(line: str) -> None:
    print(f"{datetime.now():%H:%M:%S}  {line}", flush=True)  # noqa: DTZ005  the reader's clock


def main() -> int:
    """Run a pipeline; 1 if the run fails."""
    dag, engine, together = sys.argv[1:]
    airflow = Airflow(
        os.environ["AIRFLOW_URL"],
        os.environ["AIRFLOW_USERNAME"],
        os.environ["AIRFLOW_PASSWORD"],
        tell=_say,
    )
    start = time.monotonic()
    try:
        run = airflow.start(dag, {"engine": engine, **_TOGETHER[together]})
        print(f"Airflow runs {dag} as {run}", flush=True)
        state = ""
        for state in follow(airflow, dag, run, lambda: time.sleep(_PAUSE_S)):
            _say(state)
        if state == "success":
            print(f"{dag} is done, in {time.monotonic() - start:.0f} s.")
            return 0
        for task in airflow.tasks(dag, run):
            if task["state"] == "failed":
                print(f"\nThe last lines of {task['task_id']}:", file=sys.stderr)
                for line in airflow.log(dag, run, task)[-_LAST_LINES:]:
                    print(f"  {line}", file=sys.stderr)
    except AirflowError as error:
        print(f"run: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nThe run goes on in Airflow; `make forward` opens its page.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
