"""The Delta tables on this machine's disk, read without Spark."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from jobs.errors import LakeError, UnknownNameError
from jobs.lakehouse.declare import discovery
from jobs.lakehouse.declare.table import Table
from jobs.lakehouse.store import commits
from jobs.lakehouse.store.files import Files
from jobs.lakehouse.store.lock import check_format
from jobs.lakehouse.store.storage import RECEIPTS, UPKEEP, Storage, local_path
from jobs.settings import Settings

if TYPE_CHECKING:
    from pyarrow.dataset import Dataset


@dataclass(frozen=True)
class TableState:
    """How a table stands."""

    version: int
    rows: int
    changed_at: datetime


@dataclass(frozen=True)
class LocalLake:
    """Tables by name: `movies.ratings`, `quarantine.movies.ratings`, and those of Medley itself."""

    storage: Storage

    @classmethod
    def of(cls, settings: Settings) -> "LocalLake":
        """The lake that the settings name.

        Raises LakeError when a newer Medley wrote it, SettingError when it is not on this disk.
        """
        check_format(settings.home)
        storage = Storage.of(settings)
        local_path(storage.lake_uri)
        return cls(storage)

    @cached_property
    def paths(self) -> Mapping[str, Path]:
        """Where each declared table is or will be."""
        uris = {RECEIPTS: self.storage.receipts, UPKEEP: self.storage.upkeep}
        for pipeline in discovery.pipelines().values():
            for table in pipeline.tables:
                uris[table.name] = self.storage.table(table)
                if isinstance(table, Table):
                    uris[f"quarantine.{table.name}"] = self.storage.quarantine(table)
        return {name: local_path(uri) for name, uri in uris.items()}

    def made(self) -> tuple[str, ...]:
        """The names of the tables that are there."""
        return tuple(name for name in self.paths if self.is_made(name))

    def is_made(self, name: str) -> bool:
        """Whether a run has made the table; raises UnknownNameError for a name not declared."""
        return any((self._path(name) / "_delta_log").glob("*.json"))

    def state(self, name: str) -> TableState | None:
        """The version and the number of rows, from Delta's log alone; None before it is made.

        Raises UnknownNameError for a name not declared, LakeError for a damaged table.
        """
        if not self.is_made(name):
            return None
        # It takes a third of a second to import, which those who need no Arrow need not wait for.
        import pyarrow as pa  # noqa: PLC0415

        try:
            table = self._table(name)
            counts = pa.table(table.get_add_actions(flatten=True))["num_records"].to_pylist()
            changed_at_ms = table.history(1)[0]["timestamp"]
        except DeltaError as error:
            raise self._unreadable(name, error) from error
        rows = sum(counts) if None not in counts else table.to_pyarrow_dataset().count_rows()
        return TableState(
            table.version(), rows, datetime.fromtimestamp(changed_at_ms / 1000, tz=UTC)
        )

    def open(self, name: str) -> "Dataset":
        """The rows of a table, read as they are asked for.

        Raises UnknownNameError for a name not declared, LakeError for a table that has not been
        made yet or that cannot be read.
        """
        try:
            return self._opened(name).to_pyarrow_dataset()
        except DeltaError as error:
            raise self._unreadable(name, error) from error

    def files(self, name: str) -> list[str]:
        """The Parquet files that hold the rows of a table, for readers in a hurry.

        Raises as `open` does.
        """
        return self._opened(name).file_uris()

    def _opened(self, name: str) -> DeltaTable:
        if not self.is_made(name):
            raise self._not_made(name)
        try:
            return self._table(name)
        except DeltaError as error:
            raise self._unreadable(name, error) from error

    def _table(self, name: str) -> DeltaTable:
        """A table as it stands; of a quarantine what belongs to the rows of its table."""
        if name.startswith("quarantine."):
            path = f"file:{self._path(name.removeprefix('quarantine.'))}"
            newest = commits.newest_commit(Files(), path)
            named = newest.memo.quarantine_version if newest is not None else None
            if named is not None:
                version = commits.rows_version(Files(), f"file:{self._path(name)}", named)
                return DeltaTable(self._path(name), version=version)
        return DeltaTable(self._path(name))

    def _path(self, name: str) -> Path:
        if name not in self.paths:
            raise UnknownNameError("table", name, self.paths)
        return self.paths[name]

    def _not_made(self, name: str) -> LakeError:
        if name == RECEIPTS:
            return LakeError("No run has left a receipt yet. `medley demo` makes everything.")
        if name == UPKEEP:
            return LakeError("No upkeep has been done yet. `medley maintain PIPELINE` does it.")
        if name.startswith("quarantine."):
            return LakeError(
                f"Nothing of '{name.removeprefix('quarantine.')}' has ever been quarantined, so "
                f"'{name}' does not exist."
            )
        pipeline = name.partition(".")[0]
        return LakeError(
            f"Table '{name}' has not been made yet: nothing at {self._path(name)}. "
            f"Run `medley run {pipeline}` first."
        )

    def _unreadable(self, name: str, error: DeltaError) -> LakeError:
        reason = " ".join(str(error).split())
        return LakeError(f"The Delta table '{name}' at {self._path(name)} cannot be read: {reason}")
