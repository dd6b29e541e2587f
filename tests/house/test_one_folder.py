"""A pipeline is one folder: no other file knows of it, and what it brings is found."""

import ast
import hashlib
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import tests.jobs
from jobs.cli import app
from jobs.commands.run import next_commands
from jobs.lakehouse.declare import discovery
from jobs.lakehouse.declare.table import Bronze
from jobs.lakehouse.steps.step import function_of
from tests.bench.benchmarks import benchmarks, measure_of

ROOT = Path(__file__).parents[2]
JOBS = ROOT / "jobs"
PIPELINES = list(discovery.pipelines())
SHARED = [
    file
    for file in sorted(JOBS.rglob("*.py"))
    if file.relative_to(JOBS).parts[0] not in PIPELINES
    and not file.is_relative_to(JOBS / "sources" / "simulator")
]

# Beside the flow, the functions and the model of the bakery in tests/pipelines.
FILES = {
    "datasets.py": """
        from jobs.lakehouse.declare.origin import Extract, Package

        SALES = Extract(
            Package("orchard-data", "1.0", "SHA256", licence="made for a test"),
            ["orchard/sales.txt"],
            landed_as="sales.csv",
            converter="jobs.orchard.converters:convert_sales",
        )
        """,
    "converters.py": """
        def convert_sales(members, target):
            target.write_text(members[0].read_text().replace(";", ","))
        """,
    "examples.py": """EXAMPLES = ('sql "FROM orchard.forecast"', "pick --count 2")""",
    "commands.py": """
        import typer

        def pick(count: int = 2) -> None:
            '''Pick bread from the trees.'''
            typer.echo(f"picked {count}")

        COMMANDS = {"pick": pick}
        """,
}
BENCH = "def measure(folder, runs): return {'run_from_nothing': {'seconds': 1.0}}"


@pytest.fixture
def orchard(pipelines_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a pipeline with all that a pipeline can bring; its package is downloaded."""
    folder = pipelines_folder / "orchard"
    shutil.copytree(ROOT / "tests/pipelines/bakery", folder)
    for file in folder.glob("*.py"):
        file.write_text(file.read_text(encoding="utf-8").replace("bakery", "orchard"))
    flow = (folder / "flow.py").read_text(encoding="utf-8")
    assert 'columns=["day", "bread", "sold"]' in flow
    flow = flow.replace('"sold"]\n', '"sold"], extract=datasets.SALES\n')
    flow = flow.replace("from jobs.", "from jobs.orchard import datasets\nfrom jobs.", 1)
    (folder / "flow.py").write_text(flow, encoding="utf-8")
    archive = tmp_path / "cache/packages/orchard-data-1.0.whl"
    archive.parent.mkdir(parents=True)
    with zipfile.ZipFile(archive, "w") as wheel:
        wheel.writestr("orchard/sales.txt", "day;bread;sold\n2026-01-01;rye;10\n")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    for name, text in FILES.items():
        dedented = "\n".join(line.removeprefix(" " * 8) for line in text.splitlines())
        (folder / name).write_text(dedented.replace("SHA256", digest), encoding="utf-8")
    monkeypatch.setenv("MEDLEY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MEDLEY_CACHE", str(tmp_path / "cache"))
    for variable in ("MEDLEY_LANDING", "MEDLEY_LAKE"):
        monkeypatch.delenv(variable, raising=False)
    return folder


def test_a_new_folder_is_a_whole_pipeline(orchard: Path) -> None:
    """Its tables, its model, what it serves and the functions that make them are found."""
    pipeline = discovery.pipeline("orchard")

    assert {"bronze", "silver", "gold", "train", "serve"} == {s.layer for s in pipeline.steps}
    for step in pipeline.steps:
        if not isinstance(step, Bronze):
            assert function_of(step).__module__ == f"jobs.orchard.{step.module}"
    assert orchard.name in CliRunner().invoke(app, ["describe", "orchard.demand"]).stdout


@pytest.mark.usefixtures("orchard")
def test_its_packaged_data_lands(tmp_path: Path) -> None:
    """Out of its package, through its own converter, by the command that all share."""
    result = CliRunner().invoke(app, ["land", "orchard"])

    assert (0, "") == (result.exit_code, result.stderr)
    landed = tmp_path / "home/landing/orchard/sales/sales.csv"
    assert "day,bread,sold\n2026-01-01,rye,10\n" == landed.read_text(encoding="utf-8")


@pytest.mark.usefixtures("orchard")
def test_its_examples_are_what_a_demo_ends_with() -> None:
    """In the order of the pipelines, before what is good for all."""
    commands = next_commands(list(discovery.pipelines().values()))

    first = commands.index('sql "FROM orchard.forecast"')
    assert "pick --count 2" == commands[first + 1]
    assert first + 1 < commands.index("list")


@pytest.mark.parametrize("examples", [None, "EXAMPLES = [", "EXAMPLES = 'list'", "EXAMPLES = (1,)"])
def test_without_examples_there_is_a_look_at_an_answer(
    orchard: Path, examples: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also with broken ones, of which a line tells: a demo does not end in an error."""
    (orchard / "examples.py").unlink()
    if examples is not None:
        (orchard / "examples.py").write_text(examples, encoding="utf-8")

    commands = next_commands([discovery.pipeline("orchard")])

    assert ['sql "FROM orchard.sales_by_bread LIMIT 10"', "list"] == commands[:2]
    told = capsys.readouterr().err
    assert (examples is not None) == ("medley: jobs/orchard/examples.py " in told)


@pytest.mark.usefixtures("orchard")
def test_its_command_is_one_of_medleys() -> None:
    """In help and to be called."""
    help_text = CliRunner().invoke(app, ["--help"]).stdout
    called = CliRunner().invoke(app, ["pick"])

    assert "│ pick " in help_text.partition("Commands of orchard")[2]
    assert (0, "picked 2\n") == (called.exit_code, called.stdout)


def test_its_benchmark_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside its tests, where those of the other pipelines are."""
    (tmp_path / "orchard").mkdir()
    (tmp_path / "orchard/bench.py").write_text(BENCH, encoding="utf-8")
    monkeypatch.setattr(tests.jobs, "__path__", [*tests.jobs.__path__, str(tmp_path)])

    there = benchmarks()
    assert sorted({*there, "orchard"}) == there
    assert {"run_from_nothing": {"seconds": 1.0}} == measure_of("orchard")(tmp_path, 1)


@pytest.mark.parametrize("pipeline", benchmarks())
def test_each_benchmark_can_be_read(pipeline: str) -> None:
    """`make bench PIPELINE=…` imports no more than this."""
    assert callable(measure_of(pipeline))


@pytest.mark.usefixtures("orchard")
def test_airflows_image_has_of_it_what_its_flow_imports(orchard: Path, tmp_path: Path) -> None:
    """The flow and its data sets, by no list: nothing that only jobs and people need."""
    (tmp_path / "root/jobs").mkdir(parents=True)
    shutil.copytree(orchard, tmp_path / "root/jobs/orchard")
    script = ROOT / "images/airflow/imports.py"

    listed = subprocess.run(
        [sys.executable, "-I", str(script), str(tmp_path / "root")],
        capture_output=True,
        check=True,
        text=True,
    ).stdout

    assert [f"jobs/orchard/{name}.py" for name in ("__init__", "datasets", "flow")] == (
        listed.splitlines()
    )


def test_what_all_share_names_no_pipeline() -> None:
    """Neither by an import nor in a text; examples in docstrings are for people."""
    names = re.compile(rf"\b({'|'.join(PIPELINES)})\b")

    named = {
        str(file.relative_to(ROOT)): text
        for file in SHARED
        for text in _code_of(file)
        if names.search(text)
    }

    assert {} == named


def _code_of(file: Path) -> Iterator[str]:
    """The imported names and the texts of a module, without its docstrings."""
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    tree = ast.parse(file.read_bytes())
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom():
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            case ast.Constant(value=str(text)) if id(node) not in docs:
                yield text
