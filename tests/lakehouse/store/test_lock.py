"""One writer at a time, and no reading of lakes from the future."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.errors import LakeError
from jobs.lakehouse.store.lock import FORMAT, check_format, only_writer

HOLD = """
import sys
from pathlib import Path
from jobs.lakehouse.store.lock import only_writer
with only_writer(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_writer_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    """The error names the process that writes; a killed one holds nothing."""
    first = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert first.stdout is not None
    assert b"held\n" == first.stdout.readline()

    with pytest.raises(LakeError, match=rf"\(process {first.pid}\)"), only_writer(tmp_path):
        pass

    first.kill()
    first.communicate()
    with only_writer(tmp_path):
        pass


def test_a_lake_of_a_newer_format_is_refused(tmp_path: Path) -> None:
    """The error names both versions, and nothing is touched."""
    marker = json.dumps({"format": FORMAT + 1, "written_by": "9.0.0"})
    (tmp_path / "lake.json").write_text(marker)

    with pytest.raises(LakeError, match=r"written by Medley 9\.0\.0"), only_writer(tmp_path):
        pass

    assert marker == (tmp_path / "lake.json").read_text()
    assert ["lake.json"] == [path.name for path in tmp_path.iterdir()]


def test_a_damaged_marker_is_refused(tmp_path: Path) -> None:
    """Half a marker is not taken for none."""
    (tmp_path / "lake.json").write_text('{"format"')

    with pytest.raises(LakeError, match="is damaged"):
        check_format(tmp_path)


def test_the_first_writer_marks_the_lake(tmp_path: Path) -> None:
    """The marker tells later versions what they find."""
    with only_writer(tmp_path / "new"):
        pass

    assert FORMAT == json.loads((tmp_path / "new" / "lake.json").read_text())["format"]
