"""The shell functions that the charts' scripts share, in the plain shell that their images have."""

import subprocess
from pathlib import Path

import pytest

from tests.charts.rendering import CHARTS, ROOT, Renderer

_FUNCTIONS = ROOT / "charts/common/files/functions.sh"


def _shell(script: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run a script that has read the functions, as the charts' do."""
    return subprocess.run(
        ["/bin/sh", "-eu", "-c", f'. "{_FUNCTIONS}"\n{script}'],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_fail_ends_the_script_with_its_message(tmp_path: Path) -> None:
    """It goes to the standard error, which Kubernetes shows as the pod's log."""
    done = _shell('fail "no bucket"; echo later', tmp_path)

    assert (1, "", "no bucket\n") == (done.returncode, done.stdout, done.stderr)


def test_it_waits_until_a_command_succeeds(tmp_path: Path) -> None:
    """The second try finds what the first has made; its answer is kept, the script goes on."""
    script = (
        "try() { if [ -e tried ]; then echo welcome; else touch tried; echo wait; return 1; fi; }\n"
        'wait_for 20 try || fail "gave up: $answer"\n'
        'echo "$answer"'
    )
    done = _shell(script, tmp_path)

    assert (0, "welcome\n", "") == (done.returncode, done.stdout, done.stderr)


def test_it_gives_up_in_time_and_keeps_what_was_said(tmp_path: Path) -> None:
    """The script itself says what it means; also what went to the standard error is kept."""
    script = 'refuse() { echo refused >&2; return 7; }\nwait_for 1 refuse || fail "it $answer"'
    done = _shell(script, tmp_path)

    assert (1, "", "it refused\n") == (done.returncode, done.stdout, done.stderr)


_USERS = [
    chart.name
    for chart in CHARTS
    if any("functions.sh" in path.read_text("utf-8") for path in chart.folder.glob("files/*.sh"))
]


@pytest.mark.parametrize("name", _USERS)
def test_scripts_find_the_functions_beside_them(name: str, render: Renderer) -> None:
    """The ConfigMap that holds a script which reads them holds them too, whole."""
    expected = _FUNCTIONS.read_text(encoding="utf-8").rstrip()
    maps = render(name).of("ConfigMap").values()
    readers = [made["data"] for made in maps if '/functions.sh"' in str(made["data"])]

    assert readers
    for data in readers:
        assert expected == data["functions.sh"].rstrip()
