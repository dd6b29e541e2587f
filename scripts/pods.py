"""Tells of each pod how it is, and of one that does not run why.

Reads lists of pods, as `kubectl get pods --output json` writes them, from the standard input.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

# A container that is being made or waits for its turn says so too; these are no faults.
_PATIENCE = {"ContainerCreating", "PodInitializing"}


@dataclass(frozen=True)
class Pod:
    """What there is to say about a pod."""

    name: str
    state: str
    """ready, done, starting, or stuck."""
    restarts: int
    reason: str = ""
    """Why it is stuck, or what it waits for."""


def look(pod: Json) -> Pod:
    """Judge one pod by its status."""
    status: Json = pod.get("status", {})
    containers = _containers(status)
    restarts = sum(container.get("restartCount", 0) for container in containers)
    state, reason = _judge(status, containers)
    return Pod(pod["metadata"]["name"], state, restarts, reason)


def _judge(status: Json, containers: list[Json]) -> tuple[str, str]:
    if status.get("phase") == "Succeeded":
        return "done", ""
    conditions = {one["type"]: one for one in status.get("conditions", [])}
    faults = [text for container in containers if (text := _fault(container))]
    if faults:
        return "stuck", "; ".join(faults)
    if status.get("phase") == "Failed":
        return "stuck", _sentence(status.get("reason", "Failed"), status.get("message", ""))
    scheduled = conditions.get("PodScheduled", {})
    if scheduled.get("reason") == "Unschedulable":
        return "stuck", _sentence("Unschedulable", scheduled.get("message", ""))
    if conditions.get("Ready", {}).get("status") == "True":
        return "ready", ""
    return "starting", _sentence("waits for", ", ".join(_waiting(containers)))


def _containers(status: Json) -> list[Json]:
    return [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]


def _fault(container: Json) -> str:
    """Why a container cannot start or has ended badly; empty when nothing is wrong with it."""
    name = container["name"]
    waiting = container.get("state", {}).get("waiting", {})
    reason = waiting.get("reason", "")
    if reason and reason not in _PATIENCE:
        message = waiting.get("message", "")
        if reason == "CrashLoopBackOff":
            # Its message is how long it waits; why it waits stands with its last end.
            message = _end(container.get("lastState", {}).get("terminated", {}))
        return f"{name}: {_sentence(reason, message)}"
    ended = container.get("state", {}).get("terminated", {})
    if ended and ended.get("exitCode", 0) != 0:
        return f"{name}: {_end(ended)}"
    return ""


def _end(terminated: Json) -> str:
    reason = terminated.get("reason", "Error")
    text = f"{reason}, exit code {terminated.get('exitCode', '?')}"
    return _sentence(text, terminated.get("message", ""))


def _waiting(containers: list[Json]) -> Iterator[str]:
    """The containers that a starting pod waits for."""
    for container in containers:
        done = container.get("state", {}).get("terminated")
        if not container.get("ready") and not done:
            yield container["name"]


def _sentence(reason: str, message: str) -> str:
    text = " ".join(message.split())
    return f"{reason}: {text}" if text else reason


def _documents(text: str) -> Iterator[Json]:
    """JSON documents that stand one after the other."""
    decoder, position = json.JSONDecoder(), 0
    while text[position:].strip():
        position += len(text[position:]) - len(text[position:].lstrip())
        document, position = decoder.raw_decode(text, position)
        yield document


def main() -> int:
    """Print one line for each pod; 1 if one of them is stuck, or there is none."""
    pods = [look(item) for document in _documents(sys.stdin.read()) for item in document["items"]]
    for pod in pods:
        restarts = f", {pod.restarts} restarts" if pod.restarts else ""
        print(f"{pod.state:<9} {pod.name}{restarts}")
        if pod.reason:
            print(f"{'':9} {pod.reason}")
    if not pods:
        print("There are no pods. Make them: make cluster-up")
    return int(not pods or any(pod.state == "stuck" for pod in pods))


if __name__ == "__main__":
    sys.exit(main())
