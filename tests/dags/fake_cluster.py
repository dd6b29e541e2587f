"""Servers that speak as Kubernetes and YARN do, as far as jobs ask them."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]
Answer = tuple[int, Json | str]

_APPLICATIONS = "/apis/sparkoperator.k8s.io/v1beta2/namespaces/medley/sparkapplications"
_PODS = "/api/v1/namespaces/medley/pods"
_CONFIG_MAPS = "/api/v1/namespaces/medley/configmaps"
_NEW_SECONDS = 3600
_TIME = "2026-01-31T00:00:00.000000000Z"


@contextmanager
def serve(answer: Callable[[str, str, Json], Answer]) -> Iterator[str]:
    """Answer requests by `answer(method, path with query, body)` at the address that is given."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            status, content = answer(self.command, self.path, body)
            if isinstance(content, str):
                kind, data = "text/plain", content.encode()
            else:
                kind, data = "application/json", json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815  the library's names

        def log_message(self, *_: object) -> None:
            """Keep the output of tests clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class FakeKubernetes:
    """Holds applications and pods. Each time an application is asked for, its state goes on."""

    def __init__(self) -> None:
        self.states = ["", "SUBMITTED", "RUNNING", "COMPLETED"]
        self.config_maps: dict[str, Json] = {}
        self.error = ""
        self.exit_code = 0
        self.log = "what the driver says"
        self.failures: list[int] = []
        """Statuses to answer with before all else."""
        self.applications: dict[str, Json] = {}
        self.pods: dict[str, Json] = {}
        self.made: list[Json] = []
        """All that was ever created."""
        self.on_pod: Callable[[Json], None] = lambda _: None

    def add_application(self, manifest: Json) -> None:
        """Take in an application; its driver is there at once."""
        name = manifest["metadata"]["name"]
        self.applications[name] = {"asked": 0} | manifest
        labels = manifest["metadata"]["labels"] | {"spark-role": "driver"}
        self.add_pod(f"{name}-driver", labels, "spark-kubernetes-driver")

    def add_pod(self, name: str, labels: Json, container: str) -> None:
        """A pod that has ended, so that its log is whole."""
        ended = {
            "exitCode": self.exit_code,
            "reason": "OOMKilled" if self.exit_code else "Completed",
            "finishedAt": datetime.now(UTC).isoformat(),
        }
        self.pods[name] = {
            "metadata": {"name": name, "namespace": "medley", "labels": labels},
            "spec": {"containers": [{"name": container}]},
            "status": {
                "phase": "Failed" if self.exit_code else "Succeeded",
                "containerStatuses": [
                    {
                        "name": container,
                        "image": "",
                        "imageID": "",
                        "ready": False,
                        "restartCount": 0,
                        "state": {"terminated": ended},
                    }
                ],
            },
        }

    def answer(self, method: str, path: str, body: Json) -> Answer:  # noqa: PLR0911  a table
        """As the API server would."""
        if self.failures:
            return self.failures.pop(0), {"message": "not now"}
        url = urlsplit(path)
        selector = parse_qs(url.query).get("labelSelector", [""])[0]
        for base, things in (
            (_APPLICATIONS, self.applications),
            (_PODS, self.pods),
            (_CONFIG_MAPS, self.config_maps),
        ):
            if url.path == base and method == "GET":
                return 200, {"items": [t for t in things.values() if _matches(t, selector)]}
            if url.path == base and method == "POST":
                return self._create(base, body)
            if url.path.startswith(f"{base}/"):
                name, _, part = url.path.removeprefix(f"{base}/").partition("/")
                if name not in things:
                    return 404, {"message": f"{name} not found"}
                if method == "DELETE":
                    return self._delete(base, name)
                if part == "log":
                    return 200, self._log(
                        float(parse_qs(url.query).get("sinceSeconds", ["inf"])[0])
                    )
                return 200, self._progress(things[name]) if base == _APPLICATIONS else things[name]
        return 404, {"message": f"the test did not expect {method} {path}"}

    def _log(self, seconds: float) -> str:
        """The lines of that many seconds; the fake's are all old."""
        lines = self.log.splitlines() if seconds > _NEW_SECONDS else []
        return "".join(f"{_TIME} {line}\n" for line in lines)

    def _create(self, base: str, body: Json) -> Answer:
        self.made.append(body)
        if base == _APPLICATIONS:
            self.add_application(body)
        else:
            container = body["spec"]["containers"][0]["name"]
            self.add_pod(body["metadata"]["name"], body["metadata"]["labels"], container)
            if container == "submit":
                self.on_pod(body)
        return 201, body

    def _delete(self, base: str, name: str) -> Answer:
        if base == _APPLICATIONS:
            del self.applications[name]
            self.pods.pop(f"{name}-driver", None)
        else:
            del self.pods[name]
        return 200, {"kind": "Status", "status": "Success"}

    def _progress(self, application: Json) -> Json:
        state = self.states[min(application["asked"], len(self.states) - 1)]
        application["asked"] += 1
        if not state:
            return application
        status = {"applicationState": {"state": state, "errorMessage": self.error}}
        return application | {"status": status}


class FakeYarn:
    """Holds applications; each ends with `final_status` after it was asked for a few times."""

    def __init__(self) -> None:
        self.final_status = "SUCCEEDED"
        self.diagnostics = "User application exited with status 1"
        self.output = ["first line", "second line"]
        self.applications: list[Json] = []
        self.url = ""

    def submit(self, pod: Json) -> None:
        """Take the application that a pod submits."""
        arguments = pod["spec"]["containers"][0]["args"]
        (tags,) = [a for a in arguments if a.startswith("--conf=spark.yarn.tags=")]
        self.add(tags.rpartition("=")[2])

    def add(self, tags: str) -> Json:
        """Take an application with these tags."""
        application: Json = {
            "id": f"application_1_000{len(self.applications) + 1}",
            "applicationTags": tags,
            "state": "RUNNING",
            "finalStatus": "UNDEFINED",
            "diagnostics": "",
            "amContainerLogs": f"{self.url}/node/containerlogs/container_1/spark",
            "asked": 0,
        }
        self.applications.append(application)
        return application

    def answer(self, method: str, path: str, body: Json) -> Answer:
        """As ResourceManager and NodeManager would; both live here."""
        url = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if url.path == "/ws/v1/cluster/info":
            return 200, {"clusterInfo": {"state": "STARTED"}}
        if url.path == "/ws/v1/cluster/apps":
            return 200, {"apps": self._list(query)}
        if url.path == "/ws/v1/node/containerlogs/container_1/stdout":
            return 200, self._page(self.applications[-1])
        if method == "PUT" and (found := re.match(r"/ws/v1/cluster/apps/(\w+)/state", url.path)):
            for application in self.applications:
                if application["id"] == found[1]:
                    application |= {"state": body["state"], "finalStatus": body["state"]}
            return 202, body
        return 404, {"message": f"the test did not expect {method} {path}"}

    def _list(self, query: dict[str, str]) -> Json:
        tag, states = query["applicationTags"], query.get("states", "")
        found = [
            application
            for application in self.applications
            if tag in application["applicationTags"].split(",")
            and (not states or application["state"] in states.split(","))
        ]
        for application in found:
            application["asked"] += 1
            if application["asked"] > len(self.output) and application["state"] == "RUNNING":
                application |= {"state": "FINISHED", "finalStatus": self.final_status}
                application["diagnostics"] = self.diagnostics
        return {"app": found} if found else {}

    def _page(self, application: Json) -> str:
        """The page of a NodeManager 3.5.0, letter by letter."""
        running = application["state"] == "RUNNING"
        lines = self.output[: application["asked"]]
        tail = (
            "This log file belongs to a running container (container_1) and so may not be complete."
            if running
            else ""
        )
        return (
            "Container: container_1 on node:1\n"
            "LogAggregationType: LOCAL\n"
            f"{'=' * 68}\n"
            "LogType:stdout\n"
            "LogLastModifiedTime:Sun Jan 31 00:00:00 +0000 2026\n"
            f"LogLength:{sum(len(line) + 1 for line in lines)}\n"
            "LogContents:\n"
            + "".join(f"{line}\n" for line in lines)
            + f"End of LogType:stdout.{tail}\n{'*' * 71}\n\n"
        )


@dataclass(frozen=True)
class Platform:
    """What a task finds in a cluster."""

    kubernetes: FakeKubernetes
    yarn: FakeYarn


def _matches(thing: Json, selector: str) -> bool:
    labels = thing["metadata"].get("labels", {})
    for part in filter(None, selector.split(",")):
        name, operator, value = re.findall(r"^(!?[^!=]+)(!?=)?(.*)$", part)[0]
        if operator and (labels.get(name) == value) != (operator == "="):
            return False
        if not operator and (name.lstrip("!") in labels) == name.startswith("!"):
            return False
    return True
