"""Proves that a run with an artifact is kept and read back, and a model registered.

Leaves nothing behind: neither rows in the database nor objects in the store.
"""

import os
import socket
import subprocess
import tempfile
from pathlib import Path

from mlflow.entities import ViewType
from mlflow.tracking import MlflowClient

NAME = f"helm-test-{socket.gethostname()}"

client = MlflowClient()


def forget() -> None:
    """Delete what this test makes; a test that was ended halfway has left it."""
    named = f"name = '{NAME}'"
    for model in client.search_registered_models(named):
        client.delete_registered_model(model.name)
    for experiment in client.search_experiments(ViewType.ALL, filter_string=named):
        if experiment.lifecycle_stage == "active":
            client.delete_experiment(experiment.experiment_id)
        # What is deleted only lies in the bin until `gc` empties it.
        subprocess.run(
            [
                "mlflow",
                "gc",
                f"--backend-store-uri={os.environ['MLFLOW_BACKEND_STORE_URI']}",
                f"--tracking-uri={os.environ['MLFLOW_TRACKING_URI']}",
                f"--experiment-ids={experiment.experiment_id}",
            ],
            check=True,
        )


forget()
experiment = client.create_experiment(NAME)
try:
    run = client.create_run(experiment).info
    client.log_metric(run.run_id, "rmse", 0.849)
    client.log_text(run.run_id, "written by helm test", "note.txt")
    client.set_terminated(run.run_id)

    kept = client.get_run(run.run_id)
    assert kept.data.metrics == {"rmse": 0.849}, kept.data.metrics
    # Clients go through the server: no key of the store is in this URI's reach.
    assert kept.info.artifact_uri.startswith("mlflow-artifacts:"), kept.info.artifact_uri
    with tempfile.TemporaryDirectory() as folder:
        note = Path(client.download_artifacts(run.run_id, "note.txt", folder))
        assert note.read_text() == "written by helm test", note.read_text()
    print("a run with a metric and an artifact is kept and read back")

    client.create_registered_model(NAME)
    version = client.create_model_version(NAME, kept.info.artifact_uri, run.run_id).version
    client.set_registered_model_alias(NAME, "champion", version)
    assert client.get_model_version_by_alias(NAME, "champion").run_id == run.run_id
    print("a model is registered and found by its alias")
finally:
    forget()
