"""Scratch folders: half-made files never outlive their run for long."""

import os
import time
from pathlib import Path

import pytest

from jobs.lakehouse.store.scratch import scratch


def test_a_scratch_folder_goes_when_its_block_ends(tmp_path: Path) -> None:
    """It stands inside the parent, which is made if need be, and is gone with its files."""
    with scratch(tmp_path / "new") as folder:
        assert tmp_path / "new" == folder.parent
        (folder / "half").touch()

    assert [] == list((tmp_path / "new").iterdir())


def test_a_scratch_folder_goes_when_its_block_fails(tmp_path: Path) -> None:
    """A failure takes it away too, and is passed on."""

    def fail_half_way() -> None:
        with scratch(tmp_path) as folder:
            (folder / "half").touch()
            raise FileNotFoundError

    with pytest.raises(FileNotFoundError):
        fail_half_way()

    assert [] == list(tmp_path.iterdir())


def test_what_a_killed_run_left_goes_a_day_later(tmp_path: Path) -> None:
    """An old folder is swept up, one of today may belong to a run that still goes on."""
    old, young = tmp_path / ".scratch-old", tmp_path / ".scratch-young"
    for folder in (old, young):
        folder.mkdir()
        (folder / "half").touch()
    two_days_ago = time.time() - 2 * 24 * 60 * 60
    os.utime(old, (two_days_ago, two_days_ago))

    with scratch(tmp_path):
        pass

    assert [young] == list(tmp_path.iterdir())
