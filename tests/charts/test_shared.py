"""What all charts share has one source, and `make charts` writes it into each."""

from typing import Any

from scripts.charts import lay_out, read_shared, update, update_schema, update_values
from tests.charts.rendering import CHARTS, Chart

_SHARED: dict[str, Any] = {
    "properties": {
        "global": {"type": "object"},
        "image": {"$ref": "#/$defs/image"},
        "labels": {"$ref": "#/$defs/strings", "description": "More labels.", "default": {}},
    },
    "$defs": {
        "image": {"type": "object", "properties": {"tag": {"$ref": "#/$defs/tag"}}},
        "tag": {"type": "string"},
        "strings": {"type": "object"},
    },
}


def test_each_chart_is_as_the_source_says(chart: Chart) -> None:
    """Schema and values hold the shared parts, and the whole schema is laid out in one way."""
    schema, values = chart.file("values.schema.json"), chart.file("values.yaml")

    assert update(schema, values, read_shared()) == (schema, values), (
        f"charts/{chart} differs from charts/common/shared.json: run `make charts`"
    )


def test_what_several_charts_define_is_shared(chart: Chart) -> None:
    """A definition of a chart's own is in no other chart, be it under another name."""
    for other in CHARTS:
        if other != chart:
            assert [] == [name for name, part in _own(chart) if part in dict(_own(other)).values()]
            assert not {name for name, _ in _own(chart)} & {name for name, _ in _own(other)}


def _own(chart: Chart) -> list[tuple[str, Any]]:
    definitions = chart.schema["$defs"].items()
    return [(name, part) for name, part in definitions if name not in read_shared()["$defs"]]


def test_a_schema_gets_the_definitions_that_it_uses() -> None:
    """Those of shared values, those that the chart's own values name, and what these need."""
    schema = {"properties": {"own": {"type": "array", "items": {"$ref": "#/$defs/image"}}}}
    updated = update_schema(schema, ["own"], _SHARED)

    assert ["global", "own"] == list(updated["properties"])
    assert {"image": _SHARED["$defs"]["image"], "tag": {"type": "string"}} == updated["$defs"]


def test_what_is_shared_is_replaced_and_what_is_the_charts_own_stays() -> None:
    """A shared value that values.yaml has no longer leaves the schema, with its definition."""
    schema = {
        "title": "Values",
        "properties": {"labels": {"type": "string"}, "image": {}, "own": {"$ref": "#/$defs/own"}},
        "$defs": {"own": {"type": "integer"}, "strings": {"type": "null"}, "tag": {}},
    }
    updated = update_schema(schema, ["own", "labels"], _SHARED)

    assert {
        "title": "Values",
        "properties": {
            "global": {"type": "object"},
            "own": {"$ref": "#/$defs/own"},
            "labels": _SHARED["properties"]["labels"],
        },
        "$defs": {"own": {"type": "integer"}, "strings": {"type": "object"}},
    } == updated


def test_comments_and_defaults_reach_the_values() -> None:
    """By their path: another value of the same name keeps its own, as does one without any."""
    values = (
        "image:\n"
        "  # -- Built here,\n"
        "  # by us.\n"
        "  repository: medley/own\n"
        "  # -- An old comment\n"
        "  # of two lines.\n"
        "  tag: old\n"
        "\n"
        "# -- Of the chart.\n"
        "tag: mine\n"
    )
    part = {"description": "The version.", "default": ""}

    assert (
        "image:\n"
        "  # -- Built here,\n"
        "  # by us.\n"
        "  repository: medley/own\n"
        "  # -- The version.\n"
        '  tag: ""\n'
        "\n"
        "# -- Of the chart.\n"
        "tag: mine\n"
    ) == update_values(values, {("image", "tag"): part})


def test_only_shared_definitions_explain_values() -> None:
    """A description in a chart's own schema leaves the comment in its values.yaml alone."""
    schema = '{"properties": {"own": {"type": "string", "description": "For the schema."}}}'
    values = "# -- For the values.\nown: a\n\n# -- Old.\nlabels: {a: b}\n"

    assert (
        "# -- For the values.\nown: a\n\n# -- More labels.\nlabels: {}\n"
        == update(schema, values, _SHARED)[1]
    )


def test_json_is_broken_only_where_a_line_is_full() -> None:
    """A line has at most 100 columns with the comma behind it."""
    # Two of indent, `"": [` and `"]`, a quote and the comma: 11 columns.
    fits, full = "a" * 89, "a" * 90

    assert f'{{\n  "": ["{fits}"]\n}}' == lay_out({"": [fits]})
    assert f'{{\n  "": [\n    "{full}"\n  ]\n}}' == lay_out({"": [full]})
