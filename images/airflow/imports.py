"""Prints the files of jobs/ that Airflow imports: its image has these, and its tag counts them.

    python imports.py ROOT

It begins with dags/ and with every flow, which discovery imports by its name, and follows what a
module needs to be imported. What jobs import inside functions they need only to run; DAGs run
in Airflow, so there these imports count too. Nothing is imported here: a flow with an error,
even one of syntax, is a file like the others.
"""

import ast
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def imported_files(root: Path) -> list[Path]:
    """The files of jobs/ that DAGs and flows need, as paths below the root, in order."""
    dags = sorted((root / "dags").rglob("*.py"))
    names = [name for dag in dags for name in _imports(root, dag, inside_functions=True)]
    names += [f"jobs.{flow.parent.name}.flow" for flow in (root / "jobs").glob("*/flow.py")]
    found: set[Path] = set()
    while names:
        new = set(_files_of(root, names.pop())) - found
        found |= new
        names += [name for file in new for name in _imports(root, file, inside_functions=False)]
    return sorted(file.relative_to(root) for file in found)


def _files_of(root: Path, name: str) -> Iterator[Path]:
    """The files that the import of a dotted name executes, as far as they are in jobs/."""
    parts = name.split(".")
    if parts[0] == "jobs":
        for depth in range(1, len(parts) + 1):
            path = root.joinpath(*parts[:depth])
            yield from filter(Path.is_file, (path / "__init__.py", path.with_suffix(".py")))


def _imports(root: Path, file: Path, *, inside_functions: bool) -> Iterator[str]:
    """The dotted names that a module imports; of `from a import b` it is a and a.b."""
    package = file.relative_to(root).parent.parts
    try:
        module = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return
    for node in _walk([module], inside_functions=inside_functions):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            start = ".".join([*base, *filter(None, [node.module])])
            yield start
            yield from (f"{start}.{alias.name}" for alias in node.names)


def _walk(nodes: Iterable[ast.AST], *, inside_functions: bool) -> Iterator[ast.AST]:
    """All nodes but those for type checkers, and those that run only when they are called."""
    for node in nodes:
        if isinstance(node, _Function) and not inside_functions:
            continue
        yield node
        below: Iterable[ast.AST] = ast.iter_child_nodes(node)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            below = node.orelse
        yield from _walk(below, inside_functions=inside_functions)


if __name__ == "__main__":
    print(*imported_files(Path(sys.argv[1])), sep="\n")
