"""Names of tracks, as people write them and as programs compare them."""

from pyspark.sql import Column
from pyspark.sql import functions as F

# " - Remastered 2011", " - Radio Edit"; "(feat. Drake)", "[Live]".
_EDITION = r"\s+-\s.*$|[(\[][^()\[\]]*[)\]]"
_NO_WORD = r"[^\p{L}\p{N}]+"


def recording_of(artist: Column, name: Column) -> Column:
    """What all copies of a recording share, as "artist: name".

    Versions of a song by one artist share it too: nobody who likes a song looks for its
    radio edit.
    """
    without_edition = _words(F.regexp_replace(name, _EDITION, " "))
    # Of "(Untitled)" nothing would be left.
    title = F.when(without_edition != "", without_edition).otherwise(_words(name))
    written = F.when(title != "", title).otherwise(F.lower(name))
    return F.concat_ws(": ", F.lower(artist), written)


def _words(name: Column) -> Column:
    return F.trim(F.regexp_replace(F.lower(name), _NO_WORD, " "))
