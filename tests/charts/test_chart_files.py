"""What every chart's folder holds, and how its values are explained and checked."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import jobs
from tests.charts.rendering import ROOT, Chart, ChartRefusedError, Manifest, Renderer

# Helm itself adds these two to a chart's values: one for all subcharts, one for the library.
HELMS_OWN = {"global", "common"}
SCRIPTS = sorted(ROOT.glob("charts/*/files/*.sh"))


def test_helm_lints(chart: Chart, render: Renderer) -> None:
    """`helm lint --strict` has nothing against the chart, in any of its scenarios."""
    for scenario in chart.scenarios:
        done = render.run("lint", "--strict", f"charts/{chart}", "--values", str(scenario))

        assert done.returncode == 0, done.stdout


def test_a_chart_says_what_it_is(chart: Chart) -> None:
    """Name, versions and the Kubernetes that it needs; our own images bear our version."""
    about = chart.about

    assert chart.name == about["name"]
    assert about["type"] == "application"
    assert {"description", "version", "appVersion", "kubeVersion"} <= set(about)
    if chart.values.get("image", {}).get("repository", "").startswith("medley/"):
        assert jobs.__version__ == about["appVersion"]


def test_a_chart_names_our_images(chart: Chart) -> None:
    """The annotation that `make deploy` reads has each value that names an image of ours."""
    annotation = chart.about.get("annotations", {}).get("medley.dev/images", "")

    assert {
        path: f"medley/{name}" for path, name in (yaml.safe_load(annotation) or {}).items()
    } == dict(_our_images(chart.values))


def _our_images(values: Manifest, path: str = "") -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if isinstance(value, dict):
            if str(value.get("repository", "")).startswith("medley/"):
                yield f"{path}{key}", value["repository"]
            yield from _our_images(value, f"{path}{key}.")


def test_a_chart_installs_without_further_ado(chart: Chart) -> None:
    """The library lies in the chart as a link, in the version that the chart asks for."""
    link = chart.folder / "charts" / "common"
    library = yaml.safe_load((ROOT / "charts/common/Chart.yaml").read_text(encoding="utf-8"))

    assert Path("../../common") == link.readlink()
    assert [
        {"name": "common", "version": library["version"], "repository": "file://../common"}
    ] == chart.about["dependencies"]


def test_a_chart_has_notes_tests_and_small_sizes(chart: Chart) -> None:
    """After the install the notes say what is next; `helm test` and kind have their files."""
    assert "helm test" in chart.file("templates/NOTES.txt")
    assert list(chart.folder.glob("templates/tests/*.yaml"))
    assert chart.folder / "ci/kind-values.yaml" in chart.scenarios


def test_templates_are_small(chart: Chart) -> None:
    """A template fits on two screens."""
    long = [
        path.name
        for path in chart.folder.glob("templates/**/*")
        if path.is_file() and len(path.read_text(encoding="utf-8").splitlines()) > 120
    ]

    assert [] == long


def test_every_value_is_explained(chart: Chart) -> None:
    """Above each value, or above each part of it, stands a comment that begins with `# --`."""
    text = chart.file("values.yaml")

    assert [] == list(_unexplained(yaml.compose(text), text.splitlines()))


def _unexplained(mapping: object, lines: list[str], path: str = "") -> Iterator[str]:
    """The keys without a comment, down to the leaves."""
    assert isinstance(mapping, yaml.MappingNode)
    for key, value in mapping.value:
        name = f"{path}{key.value}"
        if _has_comment(lines, key.start_mark.line):
            continue
        if isinstance(value, yaml.MappingNode) and value.value:
            yield from _unexplained(value, lines, f"{name}.")
        else:
            yield name


def _has_comment(lines: list[str], line: int) -> bool:
    """Whether the comment right above a line begins with `# --`."""
    first = line
    while first > 0 and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    return first < line and lines[first].lstrip().startswith("# -- ")


def test_no_password_in_the_values(chart: Chart) -> None:
    """Values hold names of Secrets, and never what is in them."""
    named = re.compile(r"(password|secretkey|accesskey|token)$", re.IGNORECASE)
    filled = [name for name, value in _leaves(chart.values) if named.search(name) and value]

    assert [] == filled


def _leaves(values: Manifest, path: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


def test_the_schema_knows_every_value_and_no_other(chart: Chart) -> None:
    """values.yaml shows all that may be set: what it lacks, the schema refuses."""
    schema = chart.schema

    assert set(chart.values) == set(schema["properties"]) - HELMS_OWN
    for name, part in _parts(schema, schema):
        if name in chart.values and "properties" in part and isinstance(chart.values[name], dict):
            assert set(chart.values[name]) == set(part["properties"]), name


def _parts(schema: Manifest, whole: Manifest) -> Iterator[tuple[str, Manifest]]:
    for name, part in schema["properties"].items():
        reference = part.get("$ref", "").removeprefix("#/$defs/")
        yield name, whole["$defs"][reference] if reference else part


def test_the_schema_is_closed(chart: Chart) -> None:
    """An object with declared properties takes no others, so that a misspelt one is refused."""
    open_objects = [
        path
        for path, part in _objects(chart.schema)
        if "properties" in part and part.get("additionalProperties") is not False
    ]

    assert [] == open_objects


def _objects(part: object, path: str = "") -> Iterator[tuple[str, Manifest]]:
    if isinstance(part, list):
        for place, entry in enumerate(part):
            yield from _objects(entry, f"{path}/{place}")
    if isinstance(part, dict):
        yield path, part
        for key, entry in part.items():
            yield from _objects(entry, f"{path}/{key}")


def test_a_misspelt_value_is_refused(chart: Chart, render: Renderer) -> None:
    """Helm says which value it does not know, at the top and further down."""
    with pytest.raises(ChartRefusedError, match="additional properties 'replikas' not allowed"):
        render(chart.name, {"replikas": 2})
    with pytest.raises(ChartRefusedError, match="additional properties 'enabeld' not allowed"):
        render(chart.name, {"networkPolicy": {"enabeld": True}})


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_scripts_parse(script: Path) -> None:
    """The scripts that jobs and tests run are good to the plain shell of their image."""
    done = subprocess.run(["/bin/sh", "-n", script], capture_output=True, text=True, check=False)

    assert (0, "") == (done.returncode, done.stderr)
