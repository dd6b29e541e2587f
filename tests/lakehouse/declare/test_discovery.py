"""How pipelines are found, and what a broken flow does to the others."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.errors import DeclarationError
from jobs.lakehouse.declare import discovery
from jobs.lakehouse.declare.pipeline import Pipeline

MakeFlow = Callable[[str, str, str], None]


@pytest.fixture
def make_flow(pipelines_folder: Path) -> MakeFlow:
    """Makes a pipeline's folder beside the real ones with this text in one of its files."""

    def make(name: str, file: str, text: str) -> None:
        (pipelines_folder / name).mkdir()
        for each in ("__init__.py", "flow.py", file):
            (pipelines_folder / name / each).write_text(text if each == file else "")

    return make


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
    others = set(discovery.flows())
    make_flow("torn", file, text)

    found = discovery.flows()

    assert isinstance(found["torn"], DeclarationError)
    assert re.search(message, str(found["torn"]))
    assert {*others, "torn"} == set(found)
    assert others == {pipeline.name for pipeline in discovery.readable_pipelines()}
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


def test_a_folder_without_a_flow_is_no_pipeline(
    make_flow: MakeFlow, pipelines_folder: Path
) -> None:
    """Such as what pipelines share."""
    make_flow("shared", "__init__.py", "")
    (pipelines_folder / "shared" / "flow.py").unlink()

    assert "shared" not in discovery.flows()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("LEAVES = [", r"^jobs/tree/leaves\.py cannot be read: SyntaxError: "),
        ("import nowhere", r"^jobs/tree/leaves\.py cannot be read: ModuleNotFoundError: "),
        ("", r"leaves\.py has no LEAVES; expected it there\.$"),
    ],
)
def test_what_cannot_be_exported_is_said(make_flow: MakeFlow, text: str, message: str) -> None:
    """In its place, so that what others export is still to be had."""
    make_flow("oak", "leaves.py", "LEAVES = 3")
    make_flow("tree", "leaves.py", text)

    found = discovery.exports("leaves", "LEAVES")

    assert ["oak", "tree"] == list(found)
    assert 3 == found["oak"]
    assert isinstance(found["tree"], DeclarationError)
    assert re.search(message, str(found["tree"]))
