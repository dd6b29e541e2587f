"""The model as MLflow keeps it: arrays in one file, and a function of audio features."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.models.model import ModelInfo
from mlflow.pyfunc.model import PythonModel, PythonModelContext
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema
from mlflow.types.schema import Array
from numpy.typing import NDArray

from jobs.artist_catalogue.nearest import NOBODY, Vectors, nearest
from jobs.artist_catalogue.recordings import Recordings
from jobs.artist_catalogue.sound import FEATURES, Sound
from model_registry import pinned

ARRAYS = "arrays"
DEFAULT_PLACES = 20
SIGNATURE = ModelSignature(
    inputs=Schema([ColSpec(DataType.double, feature) for feature in FEATURES]),
    outputs=Schema(
        [
            ColSpec(Array(DataType.string), "track_ids"),
            ColSpec(Array(DataType.double), "similarities"),
        ]
    ),
    params=ParamSchema([ParamSpec("places", DataType.long, DEFAULT_PLACES)]),
)


class TrackNeighbours(PythonModel):
    """A fitted sound and the recordings it was fitted on, once MLflow has loaded the model."""

    sound: Sound
    track_ids: NDArray[np.str_]
    vectors: Vectors

    def load_context(self, context: PythonModelContext) -> None:
        """Take the logged arrays."""
        with np.load(context.artifacts[ARRAYS], allow_pickle=False) as arrays:
            self.sound = Sound(arrays["features"], arrays["weights"], arrays["quantiles"])
            self.track_ids = arrays["track_ids"]
            self.vectors = arrays["vectors"]

    def predict(
        self,
        context: PythonModelContext | None,  # noqa: ARG002  MLflow passes it to every model
        model_input: pd.DataFrame,
        params: Mapping[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Find the recordings that sound like what the features describe.

        Args:
            context: What the model was loaded from; not needed.
            model_input: One row per track with its audio features; it need not be a known one.
            params: `places`, how many recordings to find; 20 unless told.

        Returns:
            One row per track in the same order: track_ids, the most similar first, and their
            cosines.
        """
        places = min(int((params or {}).get("places", DEFAULT_PLACES)), len(self.track_ids))
        nobody = np.full(len(model_input), NOBODY)
        found = nearest(self.sound.vectors(model_input), self.vectors, places, nobody)
        return pd.DataFrame(
            {
                "track_ids": self.track_ids[found.positions].tolist(),
                "similarities": found.similarities.astype(np.float64).tolist(),
            },
            index=model_input.index,
        )


def log_neighbours(sound: Sound, recordings: Recordings) -> ModelInfo:
    """Log a fitted sound with its recordings in the active run."""
    first = recordings.tracks[recordings.is_first]
    silence = pd.DataFrame(np.zeros((1, len(FEATURES))), columns=list(FEATURES))
    example = first[list(FEATURES)].head(1).astype(np.float64) if len(first) else silence
    with TemporaryDirectory() as folder:
        arrays = Path(folder) / f"{ARRAYS}.npz"
        np.savez_compressed(
            arrays,
            allow_pickle=False,
            features=sound.features,
            weights=sound.weights,
            quantiles=sound.quantiles,
            track_ids=first["track_id"].to_numpy(dtype=np.str_),
            vectors=sound.vectors(first),
        )
        info: ModelInfo = mlflow.pyfunc.log_model(
            name="model",
            python_model=TrackNeighbours(),
            artifacts={ARRAYS: str(arrays)},
            signature=SIGNATURE,
            input_example=example,
            pip_requirements=pinned("mlflow-skinny", "numpy", "pandas", "scipy"),
        )
    return info
