"""Asks HDFS over HTTP, without the start of a JVM.

hdfs.py namenode-ready     whether the NameNode in this pod is out of safe mode
hdfs.py datanode-ready     whether the NameNode knows the DataNode in this pod
hdfs.py make-directories   make what directories.json lists; NAMENODE is the NameNode's address
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

WAIT_SECONDS = 300


def bean(address: str, name: str) -> dict[str, Any]:
    """One of the beans in which a daemon tells its state."""
    query = urlencode({"qry": f"Hadoop:{name}"})
    with urlopen(f"{address}/jmx?{query}", timeout=8) as answer:
        found: dict[str, Any] = json.load(answer)["beans"][0]
    return found


def namenode_trouble(address: str) -> str:
    """Why the NameNode takes no writes; empty when it does."""
    return str(bean(address, "service=NameNode,name=NameNodeInfo")["Safemode"])


def datanode_trouble(address: str) -> str:
    """Why the DataNode is of no use yet; empty when it is."""
    found = bean(address, "service=DataNode,name=DataNodeInfo")["BPServiceActorInfo"]
    states = [actor["ActorState"] for actor in json.loads(found)]
    return "" if {"RUNNING"} == set(states) else f"not registered with the NameNode: {found}"


def trouble_of(check: Callable[[str], str], address: str) -> str:
    """What a check says, or why the daemon does not answer yet."""
    try:
        return check(address)
    except (OSError, HTTPException, LookupError, ValueError) as error:
        return f"{address} does not answer yet: {str(error) or type(error).__name__}"


def wait_until_writable(namenode: str) -> None:
    """Wait while the NameNode starts or is in safe mode; give up with what it said last."""
    end = time.monotonic() + WAIT_SECONDS
    while trouble := trouble_of(namenode_trouble, namenode):
        if time.monotonic() > end:
            sys.exit(f"The NameNode takes no writes: {trouble}")
        time.sleep(2)


def change(namenode: str, path: str, operation: str, **arguments: str) -> None:
    """Let the NameNode do something with a path, as the superuser."""
    query = urlencode({"op": operation, "user.name": "hdfs", **arguments})
    request = Request(f"{namenode}/webhdfs/v1{quote(path)}?{query}", method="PUT")
    try:
        urlopen(request, timeout=60).close()
    except HTTPError as error:
        sys.exit(f"{operation} {path}: {error.read().decode(errors='replace')}")


def make_directories(namenode: str, directories: Iterable[Mapping[str, str]]) -> None:
    """Make the folders in their order; owner and mode are set on those that are there too."""
    wait_until_writable(namenode)
    for directory in directories:
        path, owner, mode = directory["path"], directory["owner"], directory["mode"]
        change(namenode, path, "MKDIRS")
        change(namenode, path, "SETOWNER", owner=owner, group=owner)
        change(namenode, path, "SETPERMISSION", permission=mode)
        print(f"{path} of {owner}, mode {mode}")


def main(task: str) -> None:
    """Do one of the tasks; the exit code says how it went."""
    if task == "make-directories":
        directories = json.loads(Path(__file__).with_name("directories.json").read_text())
        make_directories(os.environ["NAMENODE"], directories)
    elif task == "namenode-ready":
        sys.exit(trouble_of(namenode_trouble, "http://localhost:9870") or 0)
    else:
        sys.exit(trouble_of(datanode_trouble, "http://localhost:9864") or 0)


if __name__ == "__main__":
    main(sys.argv[1])
