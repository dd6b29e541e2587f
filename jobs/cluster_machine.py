"""What of a machine's own a cluster needs: memory, disk, watches and ports."""

import platform
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.doctor import Finding, available_memory_mib, nearest_folder

_MIB = 1024 * 1024

_LEAST_MEMORY_MIB = 12 * 1024
_LEAST_DISK_MIB = 24 * 1024
_LEAST_INOTIFY = {"max_user_watches": 524_288, "max_user_instances": 512}
_WISHED_INOTIFY = {"max_user_watches": 1_048_576, "max_user_instances": 512}

PAGES = (5000, 8080, 8081, 8088, 9001, 9870, 18080)
"""The ports of this machine where `make forward` opens the platform's pages."""


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


THIS_MACHINE = Machine()


def memory(docker: dict[str, Any], machine: Machine, *, is_up: bool) -> Finding:
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


def disk(docker: dict[str, Any], machine: Machine, *, is_up: bool) -> Finding:
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


def inotify(machine: Machine) -> Finding:
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


def ports(machine: Machine) -> Finding:
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
