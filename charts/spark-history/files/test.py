"""Proves that the history server reads the logs: of the newest application it knows the jobs."""

import json
import os
import time
import urllib.error
import urllib.request

URL = os.environ["HISTORY_URL"]
TRIES = 30


def ask(path: str) -> list:
    """What the server's API answers."""
    with urllib.request.urlopen(f"{URL}/api/v1/{path}", timeout=60) as answer:
        return json.load(answer)


def wait() -> None:
    """The network lets a new pod through a moment after its start."""
    for _ in range(TRIES):
        try:
            ask("version")
        except urllib.error.URLError:
            time.sleep(2)
        else:
            return


wait()
applications = ask("applications?limit=1")
if applications:
    newest = applications[0]
    attempt = newest["attempts"][0].get("attemptId")
    of = f"{newest['id']}/{attempt}" if attempt else newest["id"]
    print(
        f"the newest application, {newest['name']}, had {len(ask(f'applications/{of}/jobs'))} jobs"
    )
else:
    print("the server answers; no application has written a log yet")
