"""Importers: whole official releases of O*NET, ESCO, CTDL, BLS and SOC, as downloaded, into a store on disk.

Floor 3. Every source is a module with the same steps and names: ``read_releases`` tells what lies
there; ``write_release`` reads its tables (``read_…``: a file becomes rows) and maps them (``map_…``: rows
become triples in our terms). What all share stands once: :mod:`archive` and :mod:`tables` read, :mod:`log`
counts and explains, :mod:`triples` writes, :mod:`loader` puts releases into a store, whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, Protocol, cast

from careerkg import resources
from careerkg.errors import InvalidArgument
from careerkg.importers.archive import Archive, Limits
from careerkg.importers.loader import load_releases
from careerkg.importers.log import Log, Note
from careerkg.importers.release import Options, Release, Summary, TableCount
from careerkg.importers.triples import TripleWriter
from careerkg.vocabulary import slugify

__all__ = [
    "SOURCES",
    "Importer",
    "Limits",
    "Note",
    "Options",
    "Release",
    "Source",
    "Summary",
    "TableCount",
    "import_source",
]


class Importer(Protocol):
    """What the module of a source offers."""

    def read_releases(self, archive: Archive, options: Options, log: Log) -> Sequence[Release]:
        """Return which release lies there, or which several. Raises SourceFileError if it is none."""

    def write_release(
        self, archive: Archive, release: Release, writer: TripleWriter, options: Options, log: Log
    ) -> None:
        """Write all triples of one release, and log its rows. Raises SourceFileError, TooManyErrors."""


class Source(NamedTuple):
    """A source that can be imported: its title, and the module that does it."""

    title: str
    module: str


SOURCES: Mapping[str, Source] = MappingProxyType(
    {
        "onet": Source("O*NET database, text edition", "careerkg.importers.onet"),
        "esco": Source("ESCO classification, CSV", "careerkg.importers.esco"),
        "ctdl": Source("CTDL descriptions of credentials, JSON-LD", "careerkg.importers.ctdl"),
        "bls": Source("BLS wages (OEWS) and employment projections, Excel", "careerkg.importers.bls"),
        "soc": Source("SOC structure and definitions, Excel; crosswalks, CSV", "careerkg.importers.soc"),
        "careerkg": Source("the facts that come with careerkg", "careerkg.importers.bundled"),
    }
)
"""The sources by the name that ``careerkg import`` takes."""


def import_source(
    source: str,
    paths: Sequence[Path],
    folder: Path | None,
    *,
    options: Options | None = None,
    max_errors: int | None = None,
    limits: Limits | None = None,
    progress: Callable[[str], None] | None = None,
) -> tuple[Summary, ...]:
    """Import a release of a source into the store in a folder, or without a folder only check it.

    Where several releases lie together (BLS wages and projections, say), there is a summary of each.

    A release that is there already is replaced; another release of the source stays beside it. The store is
    changed as a whole at the end, or not at all. Rows that cannot be imported are in the summary.

    Raises SourceFileError for files that cannot be used, UnsafeArchive, TooManyErrors beyond ``max_errors``
    rejected rows, InvalidArgument for a release without a name or a negative ``max_errors``, and StoreError
    if the folder is no store or another import is running.
    """
    importer = cast(Importer, import_module(SOURCES[source].module))
    chosen = options or Options()
    if chosen.release is not None and not slugify(chosen.release):
        raise InvalidArgument("release", chosen.release, "a name with letters or digits")
    if max_errors is not None and max_errors < 0:
        raise InvalidArgument("max_errors", max_errors, "a number from 0 on")
    if source == "careerkg" and not paths:
        paths = resources.data_files()
    log = Log(max_errors=max_errors, progress=progress)
    with Archive(paths, limits=limits) as archive:
        releases = importer.read_releases(archive, chosen, log)

        def fill(release: Release, writer: TripleWriter) -> None:
            importer.write_release(archive, release, writer, chosen, log)

        return load_releases(folder, releases, fill, archive, log)
