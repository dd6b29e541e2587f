"""What a function is made of, and what an edit changes in it."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import jobs
from jobs.lakehouse.steps.code_digest import changed_names, code_of

_ASK = """
import json, sys
sys.path.insert(0, sys.argv[1])
from jobs.lakehouse.steps.code_digest import code_of
print(json.dumps(code_of(sys.argv[2], sys.argv[3])))
"""
_SILVER = '''
"""A module."""
from jobs.toy import words
from jobs.toy.numbers import double

_LIMIT = 3

def eggs(raw, double_yolks):
    """Read eggs."""
    # A remark.
    return double(raw) + _LIMIT + words.SHORT

def double_yolks(raw):
    return raw
'''


def digests(root: Path, function: str = "eggs") -> dict[str, str]:
    """What a new process finds of a function of the toy pipeline."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", _ASK, str(root), "jobs.toy.silver", function],
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


def checkout(folder: Path) -> Path:
    """A copy of the core with a toy pipeline, whose modules a test may edit."""
    source = Path(jobs.__file__).parent
    for path in source.rglob("*.py"):
        below = path.relative_to(source)
        if below.parts[0] in {"lakehouse", "__init__.py", "errors.py"}:
            (folder / "jobs" / below).parent.mkdir(parents=True, exist_ok=True)
            (folder / "jobs" / below).write_bytes(path.read_bytes())
    toy = folder / "jobs" / "toy"
    toy.mkdir()
    (toy / "__init__.py").touch()
    (toy / "silver.py").write_text(_SILVER)
    (toy / "words.py").write_text('SHORT = "a"\nLONG = "abc"\n')
    (toy / "numbers.py").write_text("def double(x):\n    return 2 * x\n")
    return folder


def test_what_a_function_reaches_is_found_by_name(tmp_path: Path) -> None:
    """Its module's constants, imported functions, one attribute of a module; no parameters."""
    found = digests(checkout(tmp_path))

    assert {
        "jobs.toy.silver.eggs",
        "jobs.toy.silver._LIMIT",
        "jobs.toy.numbers.double",
        "jobs.toy.words.SHORT",
    } == set(found)


def test_only_what_matters_changes_it(tmp_path: Path) -> None:
    """Comments, docstrings and neighbours do not; a helper in another module does."""
    folder = checkout(tmp_path) / "jobs" / "toy"
    before = digests(tmp_path)
    text = _SILVER.replace("# A remark.", "").replace("Read eggs.", "Reads all eggs.")
    (folder / "silver.py").write_text(text.replace("    return raw\n", "    return raw or 1\n"))
    (folder / "words.py").write_text('SHORT = "a"\nLONG = "abcd"\n')
    unchanged = digests(tmp_path)
    (folder / "numbers.py").write_text("def double(x):\n    return x + x\n")

    assert before == unchanged
    assert ["jobs.toy.numbers.double"] == changed_names(before, digests(tmp_path))


def test_code_in_an_archive_is_the_same_code(tmp_path: Path) -> None:
    """On YARN it comes as one; a table that a pod made must not look stale there."""
    folder = checkout(tmp_path)
    before = digests(folder)
    with zipfile.ZipFile(tmp_path / "medley.zip", "w") as archive:
        for path in (folder / "jobs").rglob("*.py"):
            archive.write(path, path.relative_to(folder))

    assert before == digests(tmp_path / "medley.zip")


def test_no_pipeline_is_too_large_to_follow() -> None:
    """Real functions are followed without importing what they import."""
    assert "jobs.lakehouse.raw_fields.text" in code_of("jobs.movies.silver", "ratings")
