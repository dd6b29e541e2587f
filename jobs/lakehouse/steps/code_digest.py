"""What a function is made of, so that an edit of it is known from one that does not concern it.

Followed are the names that a function uses: other definitions of its module, and what the module
imports from `jobs`. Comments, docstrings and blank lines don't count. Of a module that is used as a
whole, everything counts, as does what a module does besides defining names. What libraries do is
not followed: their versions are pinned.
"""

import ast
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.machinery import PathFinder

import jobs
from jobs.lakehouse.declare.definition import definition_of
from jobs.lakehouse.declare.table import Step, Table

_ROOT = "jobs"
_REST = "<module>"
"""Stands for the statements of a module that define no name."""


@dataclass(frozen=True)
class _Module:
    """The statements of a module by the names that they bind."""

    name: str
    definitions: Mapping[str, list[ast.stmt]]
    imports: Mapping[str, tuple[str, str]]
    """For a name imported from `jobs`: the module, and the name there, or "" for all of it."""
    rest: list[ast.stmt] = field(default_factory=list)
    """Statements that bind no name: they may do anything."""


def module_of(step: Step) -> str:
    """The module that holds a step's function."""
    return f"{_ROOT}.{step.pipeline}.{step.module}"


def code_of_step(step: Step) -> dict[str, str]:
    """A digest of each definition that a step's function uses, or the version declared for it."""
    if not step.module:
        return {}
    if step.version is not None:
        return {f"the version of {step.name}": step.version}
    return code_of(module_of(step), step.short_name)


def fingerprint_of(step: Step) -> str:
    """A short text that changes with a step's declaration or the code that makes it."""
    declared = definition_of(step) if isinstance(step, Table) else step.doc
    text = json.dumps([declared, code_of_step(step)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def code_of(module: str, function: str) -> dict[str, str]:
    """A digest of each definition that a function uses, itself included, by its full name."""
    found: dict[str, str] = {}
    waiting = [(module, function)]
    while waiting:
        place, name = waiting.pop()
        full_name = f"{place}.{name}" if name else place
        if full_name not in found and _read(place) is not None:
            found[full_name], uses = _digest_and_uses(place, name)
            waiting += uses
    return found


def changed_names(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """The definitions that differ between two results of `code_of`."""
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def words_of(code: Mapping[str, str]) -> str:
    """All text of some definitions, to look for a name in it."""
    texts: list[str] = []
    for full_name in code:
        place, _, name = full_name.rpartition(".")
        read = _read(place) if place else None
        if read is not None and name in read.definitions:
            texts += map(_text, read.definitions[name])
    return "\n".join(texts)


@cache
def _digest_and_uses(place: str, name: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The digest of a definition, and the definitions that it names."""
    module = _read(place)
    assert module is not None  # noqa: S101  the caller has looked
    statements = _statements(module, name)
    uses = [use for statement in statements for use in _uses(statement, module)]
    if name and module.rest:
        uses.append((place, _REST))
    text = "\n".join(map(_text, statements))
    return hashlib.sha256(text.encode()).hexdigest()[:10], tuple(dict.fromkeys(uses))


@cache
def _read(name: str) -> _Module | None:
    """A module's statements; None for what is none, or has no source."""
    source = _source_of(name)
    if source is None:
        return None
    definitions: dict[str, list[ast.stmt]] = {}
    imports: dict[str, tuple[str, str]] = {}
    rest = []
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            imports |= _imported(statement, name)
            continue
        bound = list(_bound(statement))
        for one in bound:
            definitions.setdefault(one, []).append(statement)
        if not bound and not _is_text(statement):
            rest.append(statement)
    return _Module(name, definitions, imports, rest)


def _source_of(name: str) -> str | None:
    """A module's text, out of an archive too; it is found without importing anything."""
    _, *parts = name.split(".")
    place: Sequence[str] | None = list(jobs.__path__)
    spec = None
    for depth in range(len(parts)):
        if place is None:
            return None
        spec = PathFinder.find_spec(".".join([_ROOT, *parts[: depth + 1]]), place)
        if spec is None:
            return None
        place = spec.submodule_search_locations
    # The loader of archives has the method, but is no InspectLoader by name.
    get_source = getattr(spec and spec.loader, "get_source", None)
    source: str | None = get_source(name) if get_source is not None else None
    return source


def _statements(module: _Module, name: str) -> list[ast.stmt]:
    """Those that define a name, or all of the module."""
    if name == _REST:
        return module.rest
    if name in module.definitions:
        return module.definitions[name]
    everything = [one for found in module.definitions.values() for one in found]
    return [*dict.fromkeys(everything), *module.rest]


def _uses(statement: ast.stmt, module: _Module) -> Iterator[tuple[str, str]]:
    """The definitions that a statement names, as module and name."""
    reached = {
        id(node.value): node.attr for node in ast.walk(statement) if isinstance(node, ast.Attribute)
    }
    local = {
        alias: use
        for node in ast.walk(statement)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias, use in _imported(node, module.name).items()
    }
    yield from local.values()
    parameters = _parameters(statement)
    for node in ast.walk(statement):
        if not isinstance(node, ast.Name) or node.id in parameters:
            continue
        if node.id in module.definitions:
            yield module.name, node.id
        elif node.id in module.imports:
            place, name = module.imports[node.id]
            # Of a module only that attribute, where one is named.
            yield (place, name) if name else (place, reached.get(id(node), ""))


def _parameters(statement: ast.stmt) -> set[str]:
    """A function's parameters, which hide definitions of the same names, as a table's inputs do."""
    if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        return set()
    taken = statement.args
    return {one.arg for one in (*taken.posonlyargs, *taken.args, *taken.kwonlyargs)}


def _imported(statement: ast.Import | ast.ImportFrom, module: str) -> dict[str, tuple[str, str]]:
    """What an import of our own code binds: for a name, its module and its name there."""
    found: dict[str, tuple[str, str]] = {}
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            if alias.name.partition(".")[0] == _ROOT:
                found[alias.asname or _ROOT] = (alias.name, "")
        return found
    base = statement.module or ""
    if statement.level:
        base = ".".join([*module.split(".")[: -statement.level], *filter(None, [base])])
    if base.partition(".")[0] != _ROOT:
        return found
    for alias in statement.names:
        is_module = _read(f"{base}.{alias.name}") is not None
        found[alias.asname or alias.name] = (
            (f"{base}.{alias.name}", "") if is_module else (base, alias.name)
        )
    return found


def _bound(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement of a module binds."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _text(statement: ast.stmt) -> str:
    """A statement as the parser understands it, without docstrings."""

    class Plain(ast.NodeTransformer):
        def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
            return None if _is_text(node) else node

    return ast.unparse(Plain().visit(ast.parse(ast.unparse(statement))))
