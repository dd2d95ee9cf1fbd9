"""BLS: wages and employment (OEWS) and employment projections, as Excel workbooks.

Each workbook is a release of its own. OEWS workbooks are known by their names (``national_M2024_dl.xlsx``),
projections by their Table 1.2. Figures are observations about SOC codes, whose titles the SOC release gives.
"""

from __future__ import annotations

from collections.abc import Sequence

from careerkg.errors import SourceFileError, UnsafeArchive
from careerkg.importers.archive import Archive, Member
from careerkg.importers.bls.projections import projection_release, projection_years, write_projections
from careerkg.importers.bls.wages import Edition, edition_of, wage_release, write_wages
from careerkg.importers.log import Log
from careerkg.importers.release import Options, Release
from careerkg.importers.triples import TripleWriter

__all__ = ["read_releases", "write_release"]


def read_releases(archive: Archive, options: Options, log: Log) -> list[Release]:
    """Return the releases in the workbooks: wages by year, then projections.

    Raises SourceFileError if there is no workbook of either, or several of the same projections.
    """
    if options.release is not None:
        log.warn(str(archive.place), None, "--release is not heeded: the workbooks say what they are")
    wages, projections, damaged = _workbooks(archive)
    if not wages and not projections:
        if damaged:
            raise damaged[0]
        raise SourceFileError(
            archive.place,
            None,
            "no workbook of OEWS ('national_M2024_dl.xlsx') or of projections (with a 'Table 1.2')",
        )
    for error in damaged:
        log.warn(error.path, error.line, f"passed over: {str(error).removeprefix(f'{error.path}: ')}")
    _require_one_of_each([*wages, *projections])
    read = {member for member, _ in (*wages, *projections)}
    log.ignored.extend(member.name for member in archive.members if member not in read)
    editions = sorted({edition for _, edition in wages})
    periods = sorted({period for _, period in projections})
    return [*map(wage_release, editions), *map(projection_release, periods)]


def write_release(
    archive: Archive, release: Release, writer: TripleWriter, options: Options, log: Log
) -> None:
    """Write one of the releases."""
    del options
    wages, projections, _ = _workbooks(archive)
    if release.source == "oews":
        for member, edition in wages:
            if wage_release(edition) == release:
                write_wages(archive, member, edition, writer, log)
    else:
        for member, years in projections:
            if years[0] == release.version:
                write_projections(archive, member, release, years, writer, log)


def _require_one_of_each(workbooks: Sequence[tuple[Member, tuple[str, str]]]) -> None:
    """Raise SourceFileError if two workbooks are of the same edition or period."""
    places: dict[tuple[str, str], str] = {}
    for member, edition in workbooks:
        other = places.setdefault(edition, member.place)
        if other != member.place:
            raise SourceFileError(member.place, None, f"the same release as {other}: import one of them")


def _workbooks(
    archive: Archive,
) -> tuple[list[tuple[Member, Edition]], list[tuple[Member, tuple[str, str]]], list[SourceFileError]]:
    """Return the workbooks of wages with their editions, and those of projections with their periods.

    And what is wrong with others that cannot be read: they may be of another source.
    """
    wages = [(member, edition) for member in archive.members if (edition := edition_of(member)) is not None]
    known = {member for member, _ in wages}
    projections, damaged = [], []
    for member in archive.matching(r".*\.xlsx?"):
        if member in known:
            continue
        try:
            years = projection_years(archive, member)
        except UnsafeArchive:
            raise
        except SourceFileError as error:
            damaged.append(error)
        else:
            if years is not None:
                projections.append((member, years))
    return wages, projections, damaged
