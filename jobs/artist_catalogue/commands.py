"""The catalogue's own commands: recommend."""

from typing import TYPE_CHECKING, Annotated

import typer

from jobs.commands.screen import Output, say, show, show_as
from jobs.errors import QueryError
from jobs.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobs.artist_catalogue.lookup import Track

CANDIDATES_SHOWN = 10


def recommend(
    *,
    track: Annotated[
        str, typer.Option("--track", "-t", help="Name or id of a song.", show_default=False)
    ],
    count: Annotated[int, typer.Option("-k", min=1, max=20, help="How many songs.")] = 10,
    output: Annotated[Output, typer.Option("--output", "-o", help="How to print.")] = "table",
) -> None:
    """Name songs that sound like a song, and say why.

    Capital letters, accents and "(Remastered)" do not matter. Where several artists have a song
    of that name, add the right one: "NAME by ARTIST".

    Examples:
      medley recommend --track "Mary on a Cross"
      medley recommend --track "Believer by Imagine Dragons" -k 5
    """
    from jobs.artist_catalogue.lookup import Catalogue  # noqa: PLC0415
    from jobs.lakehouse.sql.local_lake import LocalLake  # noqa: PLC0415

    catalogue = Catalogue.open(LocalLake.of(Settings.from_environment()))
    asked = _only_one(catalogue.find(track), track)
    similar = catalogue.similar_to(asked, count)
    if not similar:
        raise QueryError(
            f"'{asked.name}' by {asked.artist} has no audio features, or not all of them, so "
            "nothing is known to sound like it."
        )
    rows = [
        (s.name, s.artist, s.album, round(s.similarity, 3), ", ".join(s.alike_in)) for s in similar
    ]
    columns = ["song", "artist", "album", "similarity", "alike in"]
    if output == "table":
        say(f"Songs that sound like '{asked.name}' by {asked.artist}:\n", "bold")
        show(columns, rows)
    else:
        show_as(
            output,
            [*columns, "track_id"],
            [(*row, s.track_id) for row, s in zip(rows, similar, strict=True)],
        )


def _only_one(found: "Sequence[Track]", text: str) -> "Track":
    """The track that was meant; raises QueryError after listing them when there are several."""
    if len(found) > 1:
        shown = [(track.name, track.artist, track.track_id) for track in found[:CANDIDATES_SHOWN]]
        show(["song", "artist", "track_id"], shown)
        raise QueryError(
            f"{len(found)} artists have a song '{text}'. Say which: --track "
            f'"{found[0].name} by {found[0].artist}", or by its track_id.'
        )
    return found[0]


COMMANDS = {"recommend": recommend}
