"""Which of the rankers is trained: the one that finds each user's last film but one best."""

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.movies.histories import film_counts, leave_last_out, raters_in_common
from jobs.movies.rankers import ImplicitAls, ItemCosine, Popularity, Ranker
from jobs.movies.ranking_quality import measure

METRIC = "ndcg_at_10"


@dataclass(frozen=True)
class Choice:
    """The ranker that was chosen, and what each candidate reached on the validation films."""

    name: str
    validated: Mapping[str, float]

    def parameters(self) -> dict[str, float]:
        """As MLflow records it. A choice is no measurement: the figure chosen is the luckiest."""
        return {f"validation_{name}": figure for name, figure in self.validated.items()}


def choose(training: DataFrame) -> Choice:
    """Compare the candidates by the last film of each user in the training part.

    The test's films are not there, so its figures are of a ranker that they did not choose.

    Args:
        training: Columns user_id and movie_ids, without the films that the test asks for.
    """
    split = leave_last_out(training).persist()
    try:
        candidates = _candidates(split)
        measured = measure(candidates, tested(split))
    finally:
        split.unpersist()
    validated = {name: metrics[METRIC] for name, metrics in measured.items()}
    return Choice(max(validated, key=validated.__getitem__), validated)


def fit(name: str, histories: DataFrame) -> Ranker:
    """Fit the ranker of a name on columns user_id and movie_ids."""
    movie_ids, rating_counts = film_counts(histories)
    if name == Popularity.name:
        return Popularity(movie_ids, rating_counts)
    if name == ItemCosine.name:
        return ItemCosine(movie_ids, raters_in_common(histories, movie_ids))
    return ImplicitAls.fit(histories, movie_ids, rating_counts)


def tested(split: DataFrame) -> DataFrame:
    """Of what `leave_last_out` made, what `measure` takes: the users that are asked about."""
    return split.where(F.col("held_out").isNotNull()).select("movie_ids", "held_out")


def _candidates(histories: DataFrame) -> dict[str, Ranker]:
    """Each ranker, fitted on column movie_ids."""
    movie_ids, rating_counts = film_counts(histories)
    rankers = [
        Popularity(movie_ids, rating_counts),
        ItemCosine(movie_ids, raters_in_common(histories, movie_ids)),
        ImplicitAls.fit(histories, movie_ids, rating_counts),
    ]
    return {ranker.name: ranker for ranker in rankers}
