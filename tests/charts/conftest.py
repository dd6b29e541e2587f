"""Helm, and what it renders, once for all tests of the charts."""

from typing import NamedTuple

import pytest

from jobs.settings import Settings
from tests.charts.helm import find_helm
from tests.charts.rendering import CHARTS, Chart, Manifests, Renderer


class Rendered(NamedTuple):
    """A chart, and what it makes of its own values or of a scenario in its folder ci/."""

    chart: Chart
    manifests: Manifests


_CASES = [(chart, scenario) for chart in CHARTS for scenario in (None, *chart.scenarios)]
_IDS = [
    f"{chart}-{scenario.name.removesuffix('-values.yaml') if scenario else 'default'}"
    for chart, scenario in _CASES
]


@pytest.fixture(scope="session")
def render(tmp_path_factory: pytest.TempPathFactory) -> Renderer:
    """Renders charts; each chart with the same values only once in the session."""
    helm = find_helm(Settings.from_environment().cache, print)
    return Renderer(helm, tmp_path_factory.mktemp("helm"))


@pytest.fixture(params=_CASES, ids=_IDS, scope="session")
def rendered(request: pytest.FixtureRequest, render: Renderer) -> Rendered:
    """Each chart in each of its scenarios, one after the other."""
    chart, scenario = request.param
    return Rendered(chart, render(chart.name, scenario=scenario))


@pytest.fixture(params=CHARTS, ids=str, scope="session")
def chart(request: pytest.FixtureRequest) -> Chart:
    """Each chart, one after the other."""
    found: Chart = request.param
    return found
