"""What is imported and what came of it: a release of a source, the options of an import, its summary."""

from __future__ import annotations

from typing import Literal, NamedTuple

from careerkg.importers.log import Note
from careerkg.vocabulary import SOURCE, slugify

__all__ = ["Action", "Options", "Release", "Summary", "TableCount"]

Action = Literal["added", "replaced", "checked"]


class Release(NamedTuple):
    """One release of a publisher's data: O*NET 29.3, say.

    ``issued`` is a day, month or year (``2025-05``); ``attribution`` the text that the licence asks to show;
    ``kind`` says whether the publisher speaks for itself (primary) or reworks the data of others.
    """

    source: str
    version: str
    title: str
    publisher: str
    licence: str
    issued: str | None = None
    attribution: str | None = None
    url: str | None = None
    kind: Literal["primary", "secondary", "derived"] = "primary"

    @property
    def key(self) -> str:
        """The name in IRIs and of files: ``onet-29-3``."""
        return slugify(f"{self.source}-{self.version}")

    @property
    def iri(self) -> str:
        """The IRI of the release, a ckg:Source."""
        return f"{SOURCE}{self.key}"

    def table(self, name: str) -> str:
        """Return the IRI of a table of the release, a ckg:Source: what ``dcterms:source`` points to."""
        return f"{SOURCE}{self.key}/{slugify(name)}"


class Options(NamedTuple):
    """What a caller may say about an import; each source heeds what concerns it.

    ``release`` names the release where the files do not say it, or say it wrongly. ``multiple_requires``
    says what several condition profiles on one credential mean (CTDL): all of them, or one of them.
    """

    release: str | None = None
    multiple_requires: Literal["and", "or"] = "and"


class TableCount(NamedTuple):
    """The rows of a table: read = imported + rejected + skipped."""

    name: str
    file: str
    read: int
    imported: int
    rejected: int
    skipped: int


class Summary(NamedTuple):
    """What an import did with a release, or would do (``action`` "checked", a dry run).

    ``absent`` are optional tables that the release lacks, ``ignored`` files that no importer reads.
    """

    release: Release
    action: Action
    triples: int
    tables: tuple[TableCount, ...]
    rejected: tuple[Note, ...]
    skipped: tuple[Note, ...]
    warnings: tuple[Note, ...]
    absent: tuple[str, ...]
    ignored: tuple[str, ...]

    @property
    def totals(self) -> TableCount:
        """The sums over all tables."""
        sums = [sum(getattr(table, field) for table in self.tables) for field in TableCount._fields[2:]]
        return TableCount("total", "", *sums)
