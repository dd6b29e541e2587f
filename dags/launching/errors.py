"""How jobs fail."""

from airflow.sdk.exceptions import AirflowException, AirflowFailException

HOPELESS = frozenset({2, 3})
"""Exit codes of `medley` after which a retry is in vain: 2 for arguments that it does not know, 3
for what jobs/lakehouse/steps/retrying.py judges so."""


class JobError(AirflowException):
    """A job did not end well, or could not be followed to its end."""


class HopelessJobError(JobError, AirflowFailException):
    """A job failed in a way that a retry cannot mend; Airflow does not try it again."""


def failure(message: str, exit_code: int | None) -> JobError:
    """The error of a job that ended with this exit code; None if it is not known."""
    if exit_code in HOPELESS:
        return HopelessJobError(f"{message} A retry would fail in the same way.")
    return JobError(message)
