"""Proves that one can sign in, that nobody else can, and that all DAGs were read without error."""

import json
import os
import sys
import time
import urllib.error
import urllib.request

URL = os.environ["AIRFLOW_URL"]
TRIES = 30


def ask(path: str, token: str = "", body: dict | None = None) -> dict:
    """What the API answers."""
    request = urllib.request.Request(
        f"{URL}{path}",
        data=json.dumps(body).encode() if body else None,
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def sign_in(password: str) -> str:
    """A token for the administrator."""
    body = {"username": os.environ["ADMIN_USERNAME"], "password": password}
    return ask("/auth/token", body=body)["access_token"]


def wait() -> None:
    """The network lets a new pod through a moment after its start."""
    for _ in range(TRIES):
        try:
            ask("/api/v2/version")
        except urllib.error.URLError:
            time.sleep(2)
        else:
            return


wait()
try:
    sign_in("not the password")
    sys.exit("a wrong password was taken")
except urllib.error.HTTPError as error:
    assert error.code == 401, error.code
token = sign_in(os.environ["ADMIN_PASSWORD"])
print("signed in; a wrong password is refused")

for _ in range(TRIES):
    dags = ask("/api/v2/dags?limit=100", token)["dags"]
    errors = ask("/api/v2/importErrors", token)["import_errors"]
    if dags or errors:
        break
    time.sleep(10)
for error in errors:
    print(f"{error['filename']}: {error['stack_trace']}", file=sys.stderr)
if errors or not dags:
    sys.exit(f"{len(dags)} DAGs were read, and {len(errors)} files could not be")
print("DAGs:", ", ".join(sorted(dag["dag_id"] for dag in dags)))
