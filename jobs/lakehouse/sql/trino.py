"""Registers a pipeline's tables with Trino, which sees a Delta table only by its location."""

from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

from trino.dbapi import Connection, connect
from trino.exceptions import Error, TrinoUserError

from jobs.errors import PublishingError, SettingError
from jobs.lakehouse.declare.pipeline import Pipeline
from jobs.lakehouse.store.storage import RECEIPTS, UPKEEP, Storage
from jobs.settings import Settings


def publish(pipeline: Pipeline, settings: Settings) -> list[str]:
    """Register the tables that Trino does not know yet; returns their names.

    Those are the pipeline's own, and what all pipelines add to: receipts and upkeep. A registered
    table needs nothing more: Trino reads its newest version from Delta's log.

    Raises SettingError without MEDLEY_TRINO_URL, PublishingError when Trino refuses.
    """
    storage = Storage.of(settings)
    locations = {table.name: storage.table(table) for table in pipeline.tables}
    locations |= {RECEIPTS: storage.receipts, UPKEEP: storage.upkeep}
    schemas = sorted({name.partition(".")[0] for name in locations})
    with closing(_connect(settings)) as connection:
        try:
            known = {name for schema in schemas for name in _known(connection, schema, storage)}
            unknown = [name for name in locations if name not in known]
            return [name for name in unknown if _register(connection, name, locations[name])]
        except Error as error:
            raise PublishingError(
                f"Trino at {settings.trino_url} refuses to register the tables of "
                f"'{pipeline.name}': {error}. Check that the pipeline has run to its end, and that "
                "the user in MEDLEY_TRINO_URL may register tables."
            ) from error


def _known(connection: Connection, schema: str, storage: Storage) -> set[str]:
    """The tables of a schema, which is made if it is not there."""
    location = f"{storage.lake_uri}/trino/{schema}"
    _ask(connection, f"CREATE SCHEMA IF NOT EXISTS {schema} WITH (location = '{location}')")
    return {f"{schema}.{name}" for (name,) in _ask(connection, f"SHOW TABLES FROM {schema}")}


def _register(connection: Connection, name: str, location: str) -> bool:
    """Register a table; False for that of upkeep before there was any."""
    schema, table = name.split(".")
    try:
        _ask(connection, f"CALL system.register_table('{schema}', '{table}', '{location}')")
    except TrinoUserError as error:
        if name == UPKEEP and "No transaction log" in str(error.message):
            return False
        raise
    return True


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
