"""Looks at the machine as `make cluster-up` would find it."""

import json
import platform
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.doctor import Finding, available_memory_mib, nearest_folder

_MIB = 1024 * 1024
_PATIENCE_S = 20
"""A program that does not answer by then never will."""

_LEAST_CPUS = 2
_LEAST_MEMORY_MIB = 12 * 1024
_LEAST_DISK_MIB = 24 * 1024
_LEAST_INOTIFY = {"max_user_watches": 524_288, "max_user_instances": 512}
_WISHED_INOTIFY = {"max_user_watches": 1_048_576, "max_user_instances": 512}

PAGES = (5000, 8080, 8081, 8088, 9001, 9870, 18080)
"""The ports of this machine where `make forward` opens the platform's pages."""


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


def is_free(port: int) -> bool:
    """Whether nobody listens on this port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def free_disk_mib(folder: Path) -> int:
    """How much the disk of a folder takes yet."""
    return shutil.disk_usage(folder).free // _MIB


@dataclass(frozen=True)
class Machine:
    """What is read of a machine itself; all else its programs are asked."""

    available_memory_mib: Callable[[], int | None] = available_memory_mib
    free_disk_mib: Callable[[Path], int] = free_disk_mib
    is_free: Callable[[int], bool] = is_free
    inotify: Path = Path("/proc/sys/fs/inotify")
    """The folder of the kernel's limits."""


def examine_cluster(
    name: str, context: str | None = None, machine: Machine = Machine()
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
    yield _memory(docker, machine, is_up=is_up)
    yield _disk(docker, machine, is_up=is_up)
    yield _inotify(machine)
    yield _ports(machine)


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


def _memory(docker: dict[str, Any], machine: Machine, *, is_up: bool) -> Finding:
    """Whether the platform with a pipeline at work fits into the memory that is free."""
    total = int(docker.get("MemTotal", 0)) // _MIB
    available = min(total, machine.available_memory_mib() or total)
    if is_up:
        return Finding(
            "memory", ok=True, detail=f"{available:,} MiB left beside the running cluster"
        )
    ok = available >= _LEAST_MEMORY_MIB
    return Finding(
        "memory",
        ok,
        f"{available:,} MiB available, {_LEAST_MEMORY_MIB:,} MiB needed",
        "" if ok else "Close other programs, or give Docker more in its settings.",
    )


def _disk(docker: dict[str, Any], machine: Machine, *, is_up: bool) -> Finding:
    """Whether images and volumes fit where Docker keeps them."""
    root = Path(str(docker.get("DockerRootDir", "/")))
    if platform.system() != "Linux":
        return Finding(
            "disk", ok=True, detail="Docker's disk is in its own machine, so not looked at"
        )
    folder = nearest_folder(root)
    free = machine.free_disk_mib(folder)
    if is_up:
        return Finding("disk", ok=True, detail=f"{free:,} MiB left beside the running cluster")
    ok = free >= _LEAST_DISK_MIB
    return Finding(
        "disk",
        ok,
        f"{free:,} MiB free at {folder}, {_LEAST_DISK_MIB:,} MiB needed",
        "" if ok else "Free some: `docker system prune` deletes images that nothing uses.",
    )


def _inotify(machine: Machine) -> Finding:
    """Whether the kernel lets so many programs watch files; kubelet and pods fail without."""
    name = "inotify limits"
    try:
        limits = {
            key: int((machine.inotify / key).read_text(encoding="ascii")) for key in _LEAST_INOTIFY
        }
    except (OSError, ValueError):
        return Finding(name, ok=True, detail="this system has none of its own")
    ok = all(limits[key] >= least for key, least in _LEAST_INOTIFY.items())
    wished = " ".join(f"fs.inotify.{key}={value}" for key, value in _WISHED_INOTIFY.items())
    return Finding(
        name,
        ok,
        ", ".join(f"{key} {value:,}" for key, value in limits.items()),
        ""
        if ok
        else f"Raise them, or pods fail with 'too many open files': sudo sysctl -w {wished}",
    )


def _ports(machine: Machine) -> Finding:
    """Which of the pages' ports are taken. The cluster itself needs none of this machine's."""
    taken = [str(port) for port in PAGES if not machine.is_free(port)]
    if taken:
        return Finding(
            "ports",
            ok=True,
            detail=f"taken: {', '.join(taken)}",
            advice="`make forward` opens these pages on the next free ports, and tells which.",
        )
    return Finding("ports", ok=True, detail=f"free: {', '.join(str(port) for port in PAGES)}")


def _run(*command: str) -> subprocess.CompletedProcess[str] | None:
    """A program's answer; None when it is not there, cannot be started or takes too long."""
    try:
        return subprocess.run(  # noqa: S603  programs named in this module
            command, capture_output=True, text=True, check=False, timeout=_PATIENCE_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
