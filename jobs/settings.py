"""The environment, read once into one frozen object. Nothing else reads `os.environ`."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jobs.errors import SettingError


@dataclass(frozen=True)
class Settings:
    """Where things are and how much of the machine a run may use."""

    home: Path
    """MEDLEY_HOME: the lake and the model registry of this machine."""
    cache: Path
    """MEDLEY_CACHE: downloads that all lakes of a user share (packages of data, JVM jars)."""
    lake_uri: str
    """MEDLEY_LAKE: the root of all tables, as a URI."""
    landing_uri: str
    """MEDLEY_LANDING: where files from outside arrive, a folder for each source."""
    checkpoint_uri: str
    """MEDLEY_CHECKPOINTS: the progress of all streams; a store with atomic rename."""
    tracking_uri: str
    """MLFLOW_TRACKING_URI: the model registry."""
    artifact_uri: str | None
    """MEDLEY_ARTIFACTS: where models are stored; None lets the tracking server decide."""
    spark_master: str | None
    """MEDLEY_SPARK_MASTER, local[…]; None in a program of spark-submit, which chose one."""
    spark_memory_mib: int
    """MEDLEY_SPARK_MEMORY_MIB: the heap of the Spark driver."""
    java_options: str
    """MEDLEY_JAVA_OPTIONS: options of Spark's JVM, which come after Medley's own."""
    free_disk_mib: int
    """MEDLEY_FREE_DISK_MIB: a run does not start with less free space than this."""
    java_home: Path | None
    """JAVA_HOME, if set."""
    trino_url: str | None
    """MEDLEY_TRINO_URL: where tables are registered for SQL, as http://USER@HOST:PORT/CATALOG."""
    s3_endpoint: str | None
    """AWS_ENDPOINT_URL: the store behind a landing zone on s3a:, as http://HOST:PORT."""
    s3_access_key: str
    """AWS_ACCESS_KEY_ID."""
    s3_secret_key: str = field(repr=False)
    """AWS_SECRET_ACCESS_KEY."""
    documents_uri: str | None = field(repr=False)
    """MEDLEY_DOCUMENTS: where crawled documents go instead of files, as mongodb://HOST:PORT/DB."""
    of_sources: Mapping[str, str] = field(repr=False)
    """All variables MEDLEY_…, of which the module of a source outside reads its own."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings, with defaults that suit one machine.

        Raises SettingError for a number that is none or too small, and for a master elsewhere.
        """
        home = Path(environment.get("MEDLEY_HOME") or ".medley").expanduser().resolve()
        user_cache = Path(environment.get("XDG_CACHE_HOME") or "~/.cache")
        cache = Path(environment.get("MEDLEY_CACHE") or user_cache / "medley")
        java_home = environment.get("JAVA_HOME")
        tracking_uri = environment.get("MLFLOW_TRACKING_URI")
        return cls(
            home=home,
            cache=cache.expanduser().resolve(),
            lake_uri=_location(environment.get("MEDLEY_LAKE") or home / "lake"),
            landing_uri=_location(environment.get("MEDLEY_LANDING") or home / "landing"),
            checkpoint_uri=_location(environment.get("MEDLEY_CHECKPOINTS") or home / "checkpoints"),
            tracking_uri=tracking_uri or f"sqlite:///{home / 'mlflow' / 'mlflow.db'}",
            artifact_uri=environment.get("MEDLEY_ARTIFACTS")
            or (None if tracking_uri else (home / "mlflow" / "artifacts").as_uri()),
            spark_master=_spark_master(environment),
            spark_memory_mib=whole_number(environment, "MEDLEY_SPARK_MEMORY_MIB", 1792, 512),
            java_options=environment.get("MEDLEY_JAVA_OPTIONS") or "",
            free_disk_mib=whole_number(environment, "MEDLEY_FREE_DISK_MIB", 2048, 0),
            java_home=Path(java_home) if java_home else None,
            trino_url=environment.get("MEDLEY_TRINO_URL") or None,
            s3_endpoint=environment.get("AWS_ENDPOINT_URL") or None,
            s3_access_key=environment.get("AWS_ACCESS_KEY_ID") or "",
            s3_secret_key=environment.get("AWS_SECRET_ACCESS_KEY") or "",
            documents_uri=environment.get("MEDLEY_DOCUMENTS") or None,
            of_sources={
                name: value
                for name, value in environment.items()
                if name.startswith("MEDLEY_") and value
            },
        )


def export(name: str, value: str) -> None:
    """Set a variable of this process for the programs that it starts, such as Spark's JVM."""
    os.environ[name] = value


def _location(place: str | Path) -> str:
    """A location as Hadoop spells it: `file:/a b`, without escapes; other schemes as they are."""
    text = str(place).rstrip("/")
    if "://" in text and not text.startswith("file:"):
        return text
    path = text.removeprefix("file:")
    return f"file:{Path('/' + path.lstrip('/')) if path != text else Path(path).resolve()}"


def _spark_master(environment: Mapping[str, str]) -> str | None:
    """The master of a Spark of our own, on this machine."""
    # Set by spark-submit for the Python programs that it starts.
    if "PYSPARK_GATEWAY_PORT" in environment:
        return None
    master = environment.get("MEDLEY_SPARK_MASTER") or "local[*]"
    if not re.fullmatch(r"local(\[.+\])?", master):
        raise SettingError(
            f"MEDLEY_SPARK_MASTER is '{master}'; expected local[N]. Medley itself starts Spark "
            "on this machine only: let spark-submit run images/jobs/job.py elsewhere, as "
            "`make run` does."
        )
    return master


def whole_number(environment: Mapping[str, str], name: str, default: int, least: int) -> int:
    """Read one number, or its default when the variable is unset or empty."""
    text = environment.get(name) or str(default)
    if not text.isdecimal() or int(text) < least:
        raise SettingError(
            f"{name} is '{text}'; expected a whole number of at least {least}. "
            f"Set it so, or unset it to get {default}."
        )
    return int(text)
