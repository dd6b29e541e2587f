"""What a plan asks of the model registry."""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field

from jobs.settings import Settings

_SQLITE = "sqlite:///"
_INPUT = "input."


@dataclass(frozen=True)
class Trained:
    """How a registered model stands."""

    champion: int
    fingerprint: str = ""
    """Of the code that made the newest finished version."""
    rows: int = 0
    """The rows of the first table that this version was trained on."""
    input_versions: Mapping[str, int] = field(default_factory=dict)


def registered_models(settings: Settings, names: Iterable[str]) -> dict[str, Trained]:
    """How models stand, by name, but for those without a champion.

    The embedded registry's own database is asked: to import MLflow takes longer than all the rest
    of a plan. Another registry is asked through MLflow.
    """
    uri = settings.tracking_uri
    if not uri.startswith(_SQLITE):
        return _ask_mlflow(settings, names)
    path = uri.removeprefix(_SQLITE)
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            return _ask_database(database)
    except sqlite3.OperationalError:
        # There is no registry yet.
        return {}


def _ask_database(database: sqlite3.Connection) -> dict[str, Trained]:
    aliases = "SELECT name, version FROM registered_model_aliases WHERE alias = 'champion'"
    champions = dict(database.execute(aliases).fetchall())
    tags: dict[str, dict[int, dict[str, str]]] = {}
    for name, version, key, value in database.execute(
        "SELECT name, version, key, value FROM model_version_tags"
    ):
        tags.setdefault(name, {}).setdefault(version, {})[key] = value
    return {
        name: _trained(int(champion), _newest_decided(tags.get(name, {})))
        for name, champion in champions.items()
    }


def _newest_decided(versions: Mapping[int, Mapping[str, str]]) -> Mapping[str, str]:
    """The tags of the newest version whose training was not killed."""
    decided = (versions[number] for number in sorted(versions, reverse=True))
    return next((tags for tags in decided if "decision" in tags), {})


def _trained(champion: int, tags: Mapping[str, str]) -> Trained:
    inputs = {
        key.removeprefix(_INPUT): int(value)
        for key, value in tags.items()
        if key.startswith(_INPUT)
    }
    return Trained(champion, tags.get("fingerprint", ""), int(tags.get("rows", 0)), inputs)


def _ask_mlflow(settings: Settings, names: Iterable[str]) -> dict[str, Trained]:
    from model_registry import Registry, champion_version, last_origin  # noqa: PLC0415  as above

    registry = Registry(settings.tracking_uri, settings.artifact_uri)
    found = {}
    for name in names:
        champion, origin = champion_version(name, registry), last_origin(name, registry)
        if champion is not None and origin is not None:
            found[name] = Trained(champion, origin.fingerprint, origin.rows, origin.input_versions)
    return found
