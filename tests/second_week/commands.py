"""The command line of the checkout under test, in processes of its own.

`MEDLEY_CHECKOUT` names the checkout, by default the one that this file is in, and
`MEDLEY_PYTHON` the interpreter that has its libraries. With `MEDLEY_COLD=1` every command is a
process of its own; else one process serves them all, for a run's start takes longer than a small
run (see serving.py).
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.leash import leashed

CHECKOUT = Path(os.environ.get("MEDLEY_CHECKOUT") or Path(__file__).parents[2]).resolve()
PYTHON = os.environ.get("MEDLEY_PYTHON") or sys.executable
_IS_COLD = os.environ.get("MEDLEY_COLD") == "1"
# The compiler that optimises would take longer than all these small runs.
_JAVA_OPTIONS = "-XX:TieredStopAtLevel=1"


@dataclass(frozen=True)
class Ended:
    """A command line that has ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """All that it said."""
        return f"{self.out}\n{self.err}"


def environment_of(home: Path, checkout: Path) -> dict[str, str]:
    """The environment of a command on a lake of its own, with the code of a checkout."""
    ours = {"MEDLEY_CACHE", "JAVA_HOME"}
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name in ours or not name.startswith(("MEDLEY_", "MLFLOW_", "PYSPARK_", "SPARK_"))
    }
    return {
        **inherited,
        "MEDLEY_HOME": str(home),
        "MEDLEY_SPARK_MEMORY_MIB": "1024",
        "MEDLEY_SPARK_MASTER": "local[2]",
        "PYTHONPATH": str(checkout),
        "COLUMNS": "200",
    }


def start(home: Path, checkout: Path, said: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """A command in a process group of its own, with its JVM, which a test may kill."""
    with said.open("wb") as stream:
        return subprocess.Popen(
            leashed([PYTHON, "-m", "jobs.cli", *arguments]),
            cwd=checkout,
            env=environment_of(home, checkout),
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )


class Commands:
    """Runs command lines, by default in one process that stays warm."""

    def __init__(self, folder: Path) -> None:
        """Keep what commands say in a folder."""
        self._folder = folder
        self._server: subprocess.Popen[str] | None = None
        self._count = 0

    def run(self, home: Path, checkout: Path, *arguments: str, cold: bool = False) -> Ended:
        """Run a command line to its end."""
        environment = environment_of(home, checkout)
        if cold or _IS_COLD:
            ended = subprocess.run(
                leashed([PYTHON, "-m", "jobs.cli", *arguments]),
                cwd=checkout,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            return Ended(ended.returncode, ended.stdout, ended.stderr)
        server = self._served()
        self._count += 1
        out, err = (self._folder / f"{self._count}.{name}" for name in ("out", "err"))
        order = {
            "arguments": arguments,
            "checkout": str(checkout),
            "environment": {**environment, "MEDLEY_JAVA_OPTIONS": _JAVA_OPTIONS},
            "out": str(out),
            "err": str(err),
        }
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(f"{json.dumps(order)}\n")
        server.stdin.flush()
        answer = server.stdout.readline()
        assert answer, f"the command {arguments} ended its process: {err.read_text()}"
        said = [path.read_text(errors="replace") for path in (out, err)]
        return Ended(int(answer), *said)

    def stop(self) -> None:
        """End the process: the next command begins with a new JVM."""
        if self._server is not None:
            assert self._server.stdin is not None
            self._server.stdin.close()
            self._server.wait(timeout=60)
            self._server = None

    def _served(self) -> subprocess.Popen[str]:
        if self._server is None or self._server.poll() is not None:
            self._server = subprocess.Popen(
                leashed([PYTHON, str(Path(__file__).with_name("serving.py"))]),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        return self._server
