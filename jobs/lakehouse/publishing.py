"""Registers a pipeline's tables with Trino, which sees a Delta table only by its location."""

from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

from trino.dbapi import Connection, connect
from trino.exceptions import Error

from jobs.lakehouse.errors import PublishingError, SettingError
from jobs.lakehouse.pipeline import Pipeline
from jobs.lakehouse.settings import Settings
from jobs.lakehouse.storage import Storage


def publish(pipeline: Pipeline, settings: Settings) -> list[str]:
    """Register the tables that Trino does not know yet; returns their names.

    A registered table needs nothing more: Trino reads its newest version from Delta's log.

    Raises SettingError without MEDLEY_TRINO_URL, PublishingError when Trino refuses.
    """
    storage = Storage.of(settings)
    with closing(_connect(settings)) as connection:
        try:
            _ask(
                connection,
                f"CREATE SCHEMA IF NOT EXISTS {pipeline.name} "
                f"WITH (location = '{storage.lake_uri}/trino/{pipeline.name}')",
            )
            known = {name for (name,) in _ask(connection, f"SHOW TABLES FROM {pipeline.name}")}
            new = [table for table in pipeline.tables if table.short_name not in known]
            for table in new:
                _ask(
                    connection,
                    f"CALL system.register_table('{pipeline.name}', '{table.short_name}', "
                    f"'{storage.table(table)}')",
                )
        except Error as error:
            raise PublishingError(
                f"Trino at {settings.trino_url} refuses to register the tables of "
                f"'{pipeline.name}': {error}. Check that the pipeline has run to its end, and that "
                "the user in MEDLEY_TRINO_URL may register tables."
            ) from error
    return [table.name for table in new]


def _connect(settings: Settings) -> Connection:
    address = urlsplit(settings.trino_url or "")
    catalog = address.path.strip("/")
    if not (address.hostname and address.username and catalog):
        raise SettingError(
            f"MEDLEY_TRINO_URL is '{settings.trino_url or ''}'; expected the user who registers "
            "tables, Trino's address and a catalog, as in http://publisher@trino:8080/lake."
        )
    connection: Connection = connect(  # type: ignore[no-untyped-call]  # it has no types
        host=address.hostname,
        port=address.port or 8080,
        user=address.username,
        http_scheme=address.scheme,
        catalog=catalog,
    )
    return connection


def _ask(connection: Connection, statement: str) -> Iterator[list[str]]:
    """Run one statement to its end."""
    cursor = connection.cursor()
    cursor.execute(statement)
    return iter(cursor.fetchall())
