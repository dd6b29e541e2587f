"""Looks at the machine as `make cluster-up` would find it."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jobs import cluster_machine
from jobs.cluster_machine import THIS_MACHINE, Machine
from jobs.doctor import Finding

_PATIENCE_S = 20
"""A program that does not answer by then never will."""

_LEAST_CPUS = 2


@dataclass(frozen=True)
class _Tool:
    """A program, how it tells its version, and from which one on it fits."""

    name: str
    arguments: tuple[str, ...]
    oldest: tuple[int, int]
    where: str


_KIND = _Tool("kind", ("version",), (0, 31), "https://kind.sigs.k8s.io")
_KUBECTL = _Tool(
    "kubectl", ("version", "--client"), (1, 34), "https://kubernetes.io/docs/tasks/tools"
)
_HELM = _Tool("helm", ("version", "--template", "{{.Version}}"), (3, 18), "https://helm.sh")


def examine_cluster(
    name: str, context: str | None = None, machine: Machine = THIS_MACHINE
) -> Iterator[Finding]:
    """Look at all that a cluster needs, one finding after the other.

    With `context` at what an existing cluster of that kubeconfig context needs, else at what
    kind's cluster `name` on this machine needs. Nothing is made and nothing raised.
    """
    docker = _docker_info()
    yield _docker(docker)
    yield _tool(_KUBECTL)
    yield _tool(_HELM)
    if context is not None:
        yield _context(context)
        return
    yield _tool(_KIND)
    if docker is None:
        return
    is_up = _is_up(name)
    yield _cpus(docker)
    yield cluster_machine.memory(docker, machine, is_up=is_up)
    yield cluster_machine.disk(docker, machine, is_up=is_up)
    yield cluster_machine.inotify(machine)
    yield cluster_machine.ports(machine)


def _docker(info: dict[str, Any] | None) -> Finding:
    """Whether Docker's engine answers."""
    if info is not None:
        return Finding("Docker", ok=True, detail=str(info["ServerVersion"]))
    if shutil.which("docker") is None:
        return Finding(
            "Docker",
            ok=False,
            detail="there is no `docker` on the PATH",
            advice="Install Docker: https://docs.docker.com/engine/install",
        )
    done = _run("docker", "version", "--format", "{{.Server.Version}}")
    reason = (done.stderr if done else "it does not answer").strip().splitlines()
    return Finding(
        "Docker",
        ok=False,
        detail=reason[-1] if reason else "its engine does not answer",
        advice="Start Docker, and allow your user to use it.",
    )


def _docker_info() -> dict[str, Any] | None:
    """What Docker's engine says of itself; None when it does not answer."""
    done = _run("docker", "info", "--format", "{{json .}}")
    if done is None or done.returncode != 0:
        return None
    try:
        info: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return None
    return info if info.get("ServerVersion") else None


def _tool(tool: _Tool) -> Finding:
    """Whether a program is there and new enough."""
    oldest = ".".join(str(part) for part in tool.oldest)
    advice = f"Install {tool.name} {oldest} or newer: {tool.where}"
    done = _run(tool.name, *tool.arguments)
    if done is None:
        return Finding(tool.name, ok=False, detail=f"no working `{tool.name}`", advice=advice)
    found = re.search(r"v(\d+)\.(\d+)[\w.+-]*", done.stdout)
    if not found:
        said = (done.stdout + done.stderr).strip() or "nothing"
        return Finding(tool.name, ok=False, detail=f"it says '{said}'", advice=advice)
    ok = (int(found[1]), int(found[2])) >= tool.oldest
    return Finding(tool.name, ok, found[0], "" if ok else advice)


def _context(context: str) -> Finding:
    """Whether the cluster of a kubeconfig context answers, and allows making namespaces."""
    name, choose = (
        "cluster",
        "Name another one with CONTEXT=…; `kubectl config get-contexts` lists them.",
    )
    if not context:
        return Finding(name, ok=False, detail="no context is chosen", advice=choose)
    done = _run("kubectl", "--context", context, "auth", "can-i", "create", "namespaces")
    if done is None:
        return Finding(name, ok=False, detail=f"{context} does not answer", advice=choose)
    if done.stdout.strip() == "yes":
        return Finding(name, ok=True, detail=context)
    said = done.stderr.strip().splitlines()
    detail = said[-1] if said else "you may not make namespaces there"
    return Finding(name, ok=False, detail=f"{context}: {detail}", advice=choose)


def _is_up(name: str) -> bool:
    """Whether kind's cluster runs already: what it has taken needs not be free."""
    label = f"label=io.x-k8s.kind.cluster={name}"
    done = _run("docker", "ps", "--quiet", "--filter", label)
    return done is not None and bool(done.stdout.strip())


def _cpus(docker: dict[str, Any]) -> Finding:
    cpus = int(docker.get("NCPU", 0))
    ok = cpus >= _LEAST_CPUS
    return Finding(
        "cores",
        ok,
        f"{cpus} in Docker, {_LEAST_CPUS} needed",
        "" if ok else "Give Docker more in its settings, or use another machine.",
    )


def _run(*command: str) -> subprocess.CompletedProcess[str] | None:
    """A program's answer; None when it is not there, cannot be started or takes too long."""
    try:
        return subprocess.run(  # noqa: S603  programs named in this module
            command, capture_output=True, text=True, check=False, timeout=_PATIENCE_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
