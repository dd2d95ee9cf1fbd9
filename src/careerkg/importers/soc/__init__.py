"""SOC: structure and definitions as Excel workbooks, and crosswalks of occupation codes as text tables or
workbooks.

Each is a release of its own. Workbooks are known by their names (``soc_structure_2018.xlsx``,
``soc_2018_definitions.xlsx``), crosswalks by their columns.
"""

from __future__ import annotations

from careerkg.errors import SourceFileError, UnsafeArchive
from careerkg.importers.archive import Archive, Member
from careerkg.importers.log import Log
from careerkg.importers.release import Options, Release
from careerkg.importers.soc.crosswalks import Crosswalk, crosswalk_in, write_crosswalk
from careerkg.importers.soc.structure import edition_of, structure_release, write_structure
from careerkg.importers.triples import TripleWriter

__all__ = ["read_releases", "write_release"]


def read_releases(archive: Archive, options: Options, log: Log) -> list[Release]:
    """Return the releases: editions of SOC, then crosswalks.

    Raises SourceFileError if there is none, or if one crosswalk is there twice.
    """
    if options.release is not None:
        log.warn(str(archive.place), None, "--release is not heeded: the files say what they are")
    editions = {edition for member in archive.members if (edition := edition_of(member)) is not None}
    crosswalks, damaged = _crosswalks(archive)
    if not editions and not crosswalks:
        if damaged:
            raise damaged[0]
        raise SourceFileError(
            archive.place,
            None,
            "neither a workbook of SOC ('soc_structure_2018.xlsx') nor a crosswalk with known columns",
        )
    for error in damaged:
        log.warn(error.path, error.line, f"passed over: {str(error).removeprefix(f'{error.path}: ')}")
    places: dict[str, str] = {}
    for member, crosswalk in crosswalks:
        other = places.setdefault(crosswalk.release.key, member.place)
        if other != member.place:
            raise SourceFileError(member.place, None, f"the same crosswalk as {other}: import one of them")
    read = {member for member, _ in crosswalks} | {m for m in archive.members if edition_of(m) is not None}
    log.ignored.extend(member.name for member in archive.members if member not in read)
    return [*map(structure_release, sorted(editions)), *(crosswalk.release for _, crosswalk in crosswalks)]


def write_release(
    archive: Archive, release: Release, writer: TripleWriter, options: Options, log: Log
) -> None:
    """Write one of the releases."""
    del options
    if release.source == "soc":
        write_structure(archive, release, writer, log)
    for member, crosswalk in _crosswalks(archive)[0]:
        if crosswalk.release == release:
            write_crosswalk(archive, member, crosswalk, writer, log)


def _crosswalks(archive: Archive) -> tuple[list[tuple[Member, Crosswalk]], list[SourceFileError]]:
    """Return the files that are crosswalks, and what is wrong with others that cannot be read."""
    found, damaged = [], []
    for member in archive.matching(r".*\.(csv|tsv|txt|xlsx?)"):
        if edition_of(member) is not None:
            continue
        try:
            crosswalk = crosswalk_in(archive, member)
        except UnsafeArchive:
            raise
        except SourceFileError as error:
            damaged.append(error)
        else:
            if crosswalk is not None:
                found.append((member, crosswalk))
    return found, damaged
