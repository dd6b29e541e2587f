"""Users of Medley, each with a lake and a copy of the checkout of their own."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.second_week.commands import CHECKOUT, Commands
from tests.second_week.lakes import NAME, User


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """Runs the command lines of all users."""
    running = Commands(tmp_path_factory.mktemp("said"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def checkout(commands: Commands, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout under test, in which `medley new` has made the pipeline."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(CHECKOUT / "jobs", folder / "jobs")
    shutil.copy2(CHECKOUT / "pyproject.toml", folder)
    (folder / "tests").mkdir()
    made = commands.run(folder / "home", folder, "new", NAME)
    assert 0 == made.code, made.said
    shutil.rmtree(folder / "home")
    return folder


@pytest.fixture(scope="session")
def new_user(
    commands: Commands, checkout: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], User]:
    """Makes users: each gets a copy of the code as `medley new` left it, and an empty lake."""

    def made() -> User:
        folder = tmp_path_factory.mktemp("user")
        shutil.copytree(checkout, folder / "checkout")
        return User(commands, folder / "checkout", folder / "home")

    return made


@pytest.fixture
def user(new_user: Callable[[], User]) -> User:
    """One user."""
    return new_user()
