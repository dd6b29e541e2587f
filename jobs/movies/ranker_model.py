"""The ranker as MLflow keeps it: arrays in one file, and a function of users' histories."""

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

from jobs.movies.histories import history_matrix
from jobs.movies.rankers import RANKERS, Ranker
from jobs.movies.top_n import best_unrated
from model_registry import pinned

ARRAYS = "arrays"
DEFAULT_PLACES = 20
SIGNATURE = ModelSignature(
    inputs=Schema([ColSpec(Array(DataType.string), "movie_ids")]),
    outputs=Schema(
        [ColSpec(Array(DataType.string), "movie_ids"), ColSpec(Array(DataType.double), "scores")]
    ),
    params=ParamSchema([ParamSpec("places", DataType.long, DEFAULT_PLACES)]),
)


class RankerModel(PythonModel):
    """A fitted ranker; `ranker` is there once MLflow has loaded the model."""

    ranker: Ranker

    def __init__(self, name: str) -> None:
        self.name = name

    def load_context(self, context: PythonModelContext) -> None:
        """Make the ranker from the logged arrays."""
        with np.load(context.artifacts[ARRAYS], allow_pickle=False) as arrays:
            self.ranker = RANKERS[self.name](**arrays)

    def predict(
        self,
        context: PythonModelContext | None,  # noqa: ARG002  MLflow passes it to every model
        model_input: pd.DataFrame,
        params: Mapping[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Rank the films that users have not rated.

        Args:
            context: What the model was loaded from; not needed.
            model_input: One row per user; movie_ids are the films rated, the latest last.
            params: `places`, how many films to rank; 20 unless told.

        Returns:
            One row per user in the same order: movie_ids, the best first, and their scores.
        """
        places = int((params or {}).get("places", DEFAULT_PLACES))
        histories = [_each_once(movie_ids) for movie_ids in model_input["movie_ids"]]
        best, scores = best_unrated(
            self.ranker, history_matrix(histories, self.ranker.films), places
        )
        unrated = np.isfinite(scores)
        return pd.DataFrame(
            {
                "movie_ids": [
                    self.ranker.movie_ids[films[keep]].tolist()
                    for films, keep in zip(best, unrated, strict=True)
                ],
                "scores": [row[keep].tolist() for row, keep in zip(scores, unrated, strict=True)],
            },
            index=model_input.index,
        )


def log_ranker(ranker: Ranker) -> ModelInfo:
    """Log the ranker in the active run."""
    with TemporaryDirectory() as folder:
        arrays = Path(folder) / f"{ARRAYS}.npz"
        np.savez_compressed(arrays, allow_pickle=False, **ranker.arrays())
        info: ModelInfo = mlflow.pyfunc.log_model(
            name="model",
            python_model=RankerModel(ranker.name),
            artifacts={ARRAYS: str(arrays)},
            signature=SIGNATURE,
            # An empty list, as a ranker of no films would give, has no type.
            input_example=pd.DataFrame({"movie_ids": [ranker.movie_ids[:3].tolist() or ["none"]]}),
            pip_requirements=pinned("mlflow-skinny", "numpy", "pandas", "pyspark", "scipy"),
        )
    return info


def _each_once(movie_ids: Any) -> list[str]:  # noqa: ANN401  a list or an array, as MLflow has it
    """The films in the same order, each where it stands last."""
    return list(dict.fromkeys(reversed(list(movie_ids))))[::-1]
