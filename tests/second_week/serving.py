"""Serves command lines one after the other, each as `medley` in a process of its own would be.

What a new process has anew is made anew: the code of the checkout is imported again, and the
environment is that of the order. What stays is the JVM and the libraries, whose start takes
longer than a small run. Nothing of Medley is known here but its command line, `jobs.cli:main`.

An order is a line of JSON on the standard input; the answer on the standard output is the exit
code.
"""

import importlib
import json
import linecache
import os
import sys
import traceback
from pathlib import Path


def serve() -> None:
    """Answer orders until there are no more."""
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        code = obey(json.loads(line))
        answers.write(f"{code}\n")
        answers.flush()


def obey(order: dict[str, object]) -> int:
    """Run one command line with its words going into files; returns its exit code."""
    os.environ.clear()
    os.environ.update(dict(order["environment"]))  # type: ignore[call-overload]
    os.chdir(str(order["checkout"]))
    sys.path[0] = str(order["checkout"])
    sys.argv = ["medley", *map(str, order["arguments"])]  # type: ignore[call-overload]
    for name in list(sys.modules):
        if name.partition(".")[0] in {"jobs", "model_registry"}:
            del sys.modules[name]
    importlib.invalidate_caches()
    linecache.clearcache()
    with Path(str(order["out"])).open("wb") as out, Path(str(order["err"])).open("wb") as err:
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
    try:
        importlib.import_module("jobs.cli").main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001  as the interpreter does with what nobody catches
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    serve()
