"""MLflow's page on a registry of one machine."""

import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from jobs.settings import Settings
from model_registry import Registry
from model_registry.registry import experiment_of
from tests.conftest import environment_of


def test_the_page_shows_the_registry_and_ends_with_its_command(tmp_path: Path) -> None:
    """Told to end as a service is, by SIGTERM, it takes MLflow's own processes with it."""
    environment = environment_of(tmp_path)
    settings = Settings.from_environment(environment)
    known = experiment_of(Registry(settings.tracking_uri, settings.artifact_uri), "shop.sales")
    with subprocess.Popen(
        [sys.executable, "-m", "jobs.cli", "ui"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as page:
        assert page.stdout is not None
        url = next(found[0] for line in page.stdout if (found := re.search(r"http://\S+", line)))
        with urlopen(f"{url}/ajax-api/2.0/mlflow/experiments/get?experiment_id={known}") as answer:  # noqa: S310  our own
            shown = json.load(answer)["experiment"]["name"]
        page.terminate()
        said, _ = page.communicate()

    assert ("shop.sales", 0, "Ended.\n") == (shown, page.returncode, said)
    with pytest.raises(OSError, match="refused"), urlopen(url):  # noqa: S310  our own
        pass
