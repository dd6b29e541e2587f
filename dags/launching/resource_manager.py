"""What YARN's ResourceManager and NodeManagers are asked, over their REST APIs."""

import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

from launching.errors import JobError

_SECONDS = 30
_PATIENCE = 180
"""A ResourceManager that restarts is back within this time."""
_PAUSE = 5
_RUNNING = "NEW,NEW_SAVING,SUBMITTED,ACCEPTED,RUNNING"


@dataclass(frozen=True)
class Application:
    """A YARN application as it stands."""

    id: str
    state: str
    final_status: str
    """SUCCEEDED, FAILED, KILLED, or UNDEFINED while it runs."""
    diagnostics: str
    driver_log: str | None
    """Where the NodeManager of the driver shows its output; None before it has started."""


class ResourceManager:
    """YARN's own account of its applications."""

    def __init__(self, url: str, patience: float = _PATIENCE, pause: float = _PAUSE) -> None:
        """Ask at this address, and ask again for so many seconds while nobody answers."""
        self._url = url.rstrip("/")
        self._patience = patience
        self._pause = pause

    def applications(self, tag: str, *, running: bool = False) -> list[Application]:
        """The applications with this tag; raises JobError when nobody answers."""
        query = {"applicationTags": tag} | ({"states": _RUNNING} if running else {})
        answer = self._ask(f"/ws/v1/cluster/apps?{urllib.parse.urlencode(query)}")
        # Without applications YARN says {"apps": null} or {"apps": {}}.
        return [_application(found) for found in (answer.get("apps") or {}).get("app", [])]

    def end(self, application: str) -> None:
        """Kill an application; one that has ended stays as it is."""
        self._ask(f"/ws/v1/cluster/apps/{application}/state", {"state": "KILLED"})

    def is_there(self) -> bool:
        """Whether anybody answers, asked once."""
        try:
            _get(f"{self._url}/ws/v1/cluster/info")
        except OSError:
            return False
        return True

    def _ask(self, path: str, body: object = None) -> dict[str, Any]:
        until = time.monotonic() + self._patience
        while True:
            try:
                answer: dict[str, Any] = json.loads(_get(self._url + path, body))
            except urllib.error.HTTPError as error:
                text = error.read().decode(errors="replace")
                raise JobError(f"YARN refused {path} with {error.code}: {text[:300]}") from error
            except (OSError, ValueError) as error:
                if time.monotonic() > until:
                    raise JobError(
                        f"YARN's ResourceManager does not answer at {self._url}: {error}. Is the "
                        "chart hadoop installed with yarn.enabled, and its pod ready?"
                    ) from error
                time.sleep(self._pause)
            else:
                return answer


class DriverLog:
    """The output of a driver, in the parts that came since it was last asked for."""

    def __init__(self) -> None:
        """Begin at the beginning."""
        self._seen = 0

    def new_lines(self, url: str) -> list[str]:
        """The lines that are new; none when the NodeManager does not answer."""
        try:
            page = _get(url)
        except OSError:
            return []
        # The NodeManager puts a head before the file and a tail after it.
        found = re.search(r"^LogContents:\n(.*)End of LogType:", page, re.DOTALL | re.MULTILINE)
        text = found[1] if found else ""
        new = text[self._seen :]
        whole = new.rfind("\n") + 1
        if "This log file belongs to a running container" not in page[-300:]:
            whole = len(new)
        self._seen += whole
        return new[:whole].splitlines()


def _application(found: dict[str, Any]) -> Application:
    # http://<node>/node/containerlogs/<container>/<user>, a page for people.
    page = re.match(r"(https?://[^/]+)/node/containerlogs/([^/]+)/", found["amContainerLogs"] or "")
    return Application(
        id=found["id"],
        state=found["state"],
        final_status=found["finalStatus"],
        diagnostics=(found.get("diagnostics") or "").strip(),
        driver_log=f"{page[1]}/ws/v1/node/containerlogs/{page[2]}/stdout" if page else None,
    )


def _get(url: str, body: object = None) -> str:
    request = urllib.request.Request(  # noqa: S310  addresses of the chart hadoop
        url,
        method="GET" if body is None else "PUT",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Accept": "text/plain, application/json", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
        return str(answer.read().decode(errors="replace"))
