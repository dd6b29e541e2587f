"""The only place that knows where things lie."""

from dataclasses import dataclass, field
from pathlib import Path

from jobs.errors import SettingError
from jobs.lakehouse.declare.table import Source, Step
from jobs.settings import Settings

RECEIPTS = "medley.receipts"
UPKEEP = "medley.upkeep"
"""Tables of Medley itself, to which the runs of all pipelines add."""


@dataclass(frozen=True)
class Storage:
    """Locations as URIs: `<root>/<layer>/<pipeline>/<table>` and what goes with it."""

    lake_uri: str
    landing_uri: str
    checkpoint_uri: str
    documents_uri: str | None = field(repr=False)
    """The store of crawled documents, with its password; None when they land as files."""

    @classmethod
    def of(cls, settings: Settings) -> "Storage":
        """The locations that the settings name."""
        return cls(
            settings.lake_uri, settings.landing_uri, settings.checkpoint_uri, settings.documents_uri
        )

    @property
    def receipts(self) -> str:
        """The table of all receipts."""
        return f"{self.lake_uri}/medley/receipts"

    @property
    def upkeep(self) -> str:
        """The table of what upkeep found and left."""
        return f"{self.lake_uri}/medley/upkeep"

    def table(self, step: Step) -> str:
        """The Delta table of a step."""
        return f"{self.lake_uri}/{step.layer}/{step.pipeline}/{step.short_name}"

    def quarantine(self, step: Step) -> str:
        """The rows that a step rejected, as a Delta table."""
        return f"{self.lake_uri}/quarantine/{step.pipeline}/{step.short_name}"

    def lease(self, name: str) -> str:
        """The file that the one writer of a pipeline, or of a shared table, holds open."""
        return f"{self.checkpoint_uri}/_writers/{name}"

    def landing(self, source: Source) -> str:
        """The folder where a source's files arrive."""
        return self.landing_of(source.name)

    def landing_of(self, name: str) -> str:
        """The folder where the files of the source with that name arrive."""
        return f"{self.landing_uri}/{name.replace('.', '/')}"


def is_local(uri: str) -> bool:
    """Whether a location is on this machine's disk."""
    return uri.startswith("file:")


def local_path(uri: str) -> Path:
    """The path of a `file:` location; raises SettingError for other schemes."""
    if not is_local(uri):
        raise SettingError(
            f"'{uri}' is not on this machine's disk; this command needs a file: location."
        )
    return Path(uri.removeprefix("file:"))
