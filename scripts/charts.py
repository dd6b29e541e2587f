"""Writes into each chart what all charts share, from charts/common/shared.json.

Usage: charts.py [NAME…]    all charts if none is named

Helm resolves no `$ref` to another file, so each chart holds a copy of the definitions that it uses.
Descriptions and defaults of shared values stand in values.yaml too, as comments and values.
"""

import json
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

CHARTS = Path(__file__).parents[1] / "charts"
SHARED = CHARTS / "common/shared.json"
WIDTH = 100

# Helm adds these to a chart's values: one for all subcharts, one for the library.
HELMS_OWN = ("global", "common")

Json = dict[str, Any]
ValuePath = tuple[str, ...]

_KEY = re.compile(r"(?P<indent> *)(?P<key>[A-Za-z][A-Za-z0-9-]*):( |$)")


def read_shared() -> Json:
    """The `properties` and `$defs` that all charts share."""
    shared: Json = json.loads(SHARED.read_text(encoding="utf-8"))
    return shared


def update(schema_text: str, values_text: str, shared: Json) -> tuple[str, str]:
    """The texts of a chart's values.schema.json and values.yaml, with what is shared in them."""
    names = [path[0] for _, path in key_lines(values_text.splitlines()) if len(path) == 1]
    schema = update_schema(json.loads(schema_text), names, shared)
    values = update_values(values_text, shared_parts(schema, shared))
    return lay_out(schema) + "\n", values


def update_schema(schema: Json, names: Iterable[str], shared: Json) -> Json:
    """A chart's schema with the shared properties of its values, and all shared definitions in use.

    What the chart itself says under a shared name is replaced, or goes if nothing needs it. The
    properties stand in the order of the values' names.
    """
    known = _without(schema["properties"], shared["properties"])
    order = dict.fromkeys([*HELMS_OWN, *names, *known])
    known |= shared["properties"]
    properties = {name: known[name] for name in order if name in known}
    own = _without(schema.get("$defs", {}), shared["$defs"])
    used = _definitions_in_use([properties, own], shared["$defs"])
    return {**schema, "properties": properties, "$defs": own | used}


def _without(parts: Json, others: Json) -> Json:
    return {name: part for name, part in parts.items() if name not in others}


def _definitions_in_use(parts: list[object], definitions: Json) -> Json:
    """The definitions that the parts refer to, and those that these refer to in turn."""
    used: set[str] = set()
    waiting = list(parts)
    while waiting:
        new = set(_references(waiting.pop())) & set(definitions) - used
        used |= new
        waiting += [definitions[name] for name in new]
    return {name: part for name, part in definitions.items() if name in used}


def _references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        if "$ref" in part:
            yield _name(part)
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from _references(inner)


def _name(part: Json) -> str:
    """The name of the definition that a part refers to; empty if it is none."""
    return str(part.get("$ref", "")).removeprefix("#/$defs/")


def shared_parts(schema: Json, shared: Json) -> dict[ValuePath, Json]:
    """The schemas of a chart's shared values by their paths, as of ("image", "tag")."""
    return dict(_shared_parts(schema, schema["$defs"], shared, ()))


def _shared_parts(
    part: Json, definitions: Json, shared: Json, path: ValuePath
) -> Iterator[tuple[ValuePath, Json]]:
    name = _name(part)
    properties = (definitions[name] if name else part).get("properties", {})
    for key, inner in properties.items():
        if name in shared["$defs"] or (not path and key in shared["properties"]):
            yield (key,), inner
        for rest, found in _shared_parts(inner, definitions, shared, (*path, key)):
            yield (key, *rest), found


def update_values(text: str, parts: Mapping[ValuePath, Json]) -> str:
    """A chart's values.yaml with the descriptions and defaults of these parts.

    A part without one of them leaves the chart's own comment or value as it is.
    """
    lines = text.splitlines()
    updated: list[str] = []
    keys = dict(key_lines(lines))
    for number, line in enumerate(lines):
        part = parts.get(keys.get(number, ()), {})
        indent = line[: len(line) - len(line.lstrip())]
        if "description" in part:
            while updated and updated[-1].lstrip().startswith("#"):
                updated.pop()
            updated += _comment(part["description"], indent)
        if "default" in part:
            updated.append(f"{indent}{keys[number][-1]}: {_scalar(part['default'])}")
        else:
            updated.append(line)
    return "\n".join(updated) + "\n"


def key_lines(lines: Iterable[str]) -> Iterator[tuple[int, ValuePath]]:
    """The numbers of the lines that begin a value, with the value's path."""
    outer: list[tuple[int, str]] = []
    for number, line in enumerate(lines):
        match = _KEY.match(line)
        if match:
            indent = len(match["indent"])
            outer = [(depth, key) for depth, key in outer if depth < indent]
            outer.append((indent, match["key"]))
            yield number, tuple(key for _, key in outer)


def _comment(description: str, indent: str) -> list[str]:
    return textwrap.wrap(
        f"-- {description}",
        WIDTH,
        initial_indent=f"{indent}# ",
        subsequent_indent=f"{indent}# ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _scalar(value: object) -> str:
    """A value as YAML in one line; words need no quotes."""
    return value if isinstance(value, str) and value.isalpha() else json.dumps(value)


def lay_out(part: object, lead: str = "") -> str:
    """JSON behind what leads its first line; what fits into a line is not broken."""
    line = lead + json.dumps(part, ensure_ascii=False)
    # One more column for the comma behind it.
    if not isinstance(part, dict | list) or (lead and len(line) < WIDTH):
        return line
    indent = " " * (len(lead) - len(lead.lstrip()))
    if isinstance(part, dict):
        inner = [lay_out(value, f"{indent}  {json.dumps(key)}: ") for key, value in part.items()]
        opening, closing = "{", "}"
    else:
        inner = [lay_out(value, f"{indent}  ") for value in part]
        opening, closing = "[", "]"
    return f"{lead}{opening}\n" + ",\n".join(inner) + f"\n{indent}{closing}"


def main(names: list[str]) -> None:
    """Bring the named charts, or all, up to date."""
    shared = read_shared()
    for schema in sorted(CHARTS.glob("*/values.schema.json")):
        values = schema.with_name("values.yaml")
        if not names or schema.parent.name in names:
            texts = update(schema.read_text("utf-8"), values.read_text("utf-8"), shared)
            for path, text in zip((schema, values), texts, strict=True):
                if path.read_text("utf-8") != text:
                    path.write_text(text, encoding="utf-8")
                    print(f"updated {path.relative_to(CHARTS.parent)}")


if __name__ == "__main__":
    main(sys.argv[1:])
