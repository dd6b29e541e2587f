"""How pipelines are found, and what a broken flow does to the others."""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import jobs
from jobs.errors import DeclarationError
from jobs.lakehouse.declare import discovery
from jobs.lakehouse.declare.pipeline import Pipeline

MakeFlow = Callable[[str, str, str], None]


@pytest.fixture
def make_flow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeFlow]:
    """Makes a pipeline's folder beside the real ones with this text in one of its files."""
    monkeypatch.setattr(jobs, "__path__", [*jobs.__path__, str(tmp_path)])
    known = set(sys.modules)

    def make(name: str, file: str, text: str) -> None:
        (tmp_path / name).mkdir()
        for each in ("__init__.py", "flow.py"):
            (tmp_path / name / each).write_text(text if each == file else "")

    yield make
    for module in set(sys.modules) - known:
        if module.startswith("jobs."):
            del sys.modules[module]


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("flow.py", "raw = Bronze(", r"jobs/torn/flow\.py cannot be read: SyntaxError: .*Mend it"),
        ("flow.py", "import nowhere", "ModuleNotFoundError: No module named 'nowhere'"),
        ("flow.py", "import sys; sys.exit(0)", "SystemExit: 0"),
        ("flow.py", "from jobs.movies.flow import no_such_table", "ImportError: cannot import"),
        ("flow.py", "", r"flow\.py declares no table; expected one at least"),
        ("__init__.py", "1 / 0", "ZeroDivisionError: division by zero"),
    ],
)
def test_a_broken_flow_is_one_finding(
    make_flow: MakeFlow, file: str, text: str, message: str
) -> None:
    """Whatever is wrong with it; the other pipelines are there, and so is its name."""
    make_flow("torn", file, text)

    found = discovery.flows()

    assert isinstance(found["torn"], DeclarationError)
    assert re.search(message, str(found["torn"]))
    assert {"artist_catalogue", "movies", "music_charts", "torn"} == set(found)
    assert {name for name in found if name != "torn"} == {
        pipeline.name for pipeline in discovery.readable_pipelines()
    }
    assert isinstance(discovery.pipeline("movies"), Pipeline)
    with pytest.raises(DeclarationError, match=message):
        discovery.pipeline("torn")


def test_an_error_in_a_declaration_keeps_its_words(make_flow: MakeFlow) -> None:
    """It is told as it is where it is made."""
    make_flow(
        "farm",
        "flow.py",
        "from jobs.lakehouse.declare.table import Silver\n"
        "eggs = Silver('farm.eggs', doc='All.', reads=[], schema='a INT', key=['a'])\n",
    )

    with pytest.raises(DeclarationError, match=r"^The doc of 'farm\.eggs' begins 'All\.'"):
        discovery.pipelines()


def test_a_folder_without_a_flow_is_no_pipeline(make_flow: MakeFlow, tmp_path: Path) -> None:
    """Such as what pipelines share."""
    make_flow("shared", "__init__.py", "")
    (tmp_path / "shared" / "flow.py").unlink()

    assert "shared" not in discovery.flows()
