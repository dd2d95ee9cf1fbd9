"""O*NET: the text edition of the database (tab-separated, one file a table), releases 25 to 31.

https://www.onetcenter.org/database.html and its data dictionary. Only ``Occupation Data`` must be there; what
else a release lacks is reported, and a table with ratings that is not known by name is taken by its columns.
Occupations are ``onet-soc:29-2072.00``, which the bundled facts use, too; ratings have the release in their
IRI, so that two releases stand beside each other.
"""

from __future__ import annotations

import re

from careerkg.errors import SourceFileError
from careerkg.importers.archive import Archive, Member
from careerkg.importers.log import Log
from careerkg.importers.onet.context import Context
from careerkg.importers.onet.ratings import RATING_COLUMNS, rating_tables
from careerkg.importers.onet.reference import reference_tables
from careerkg.importers.onet.work import work_tables
from careerkg.importers.release import Options, Release
from careerkg.importers.triples import TripleWriter

__all__ = ["read_releases", "write_release"]

_MONTHS = {
    "January": "01",
    "February": "02",
    "March": "03",
    "April": "04",
    "May": "05",
    "June": "06",
    "July": "07",
    "August": "08",
    "September": "09",
    "October": "10",
    "November": "11",
    "December": "12",
}
# Of the survey, not of occupations: response rates, questionnaire numbers.
_NOT_IMPORTED = ("read me", "occupation level metadata", "survey booklet locations")


def read_releases(archive: Archive, options: Options, log: Log) -> list[Release]:
    """Return the release: by what the caller says, the Read Me, or the name of the folder or archive.

    Raises SourceFileError if there is no table of occupations, or nothing says which release it is.
    """
    del log
    occupations = archive.find("Occupation Data.txt")
    if occupations is None:
        excel = archive.find("Occupation Data.xlsx") is not None
        reason = (
            "this is the Excel edition: get the text one" if excel else "there is no 'Occupation Data.txt'"
        )
        raise SourceFileError(archive.place, None, f"no O*NET text database: {reason}")
    _require_one_of_each(archive)
    version, issued = _read_me(archive)
    named = re.search(r"db_(\d+)_(\d+)(?:_text)?", occupations.place)
    if named is not None and version is None:
        version = f"{named[1]}.{named[2]}"
    if options.release is not None and options.release != version:
        version, issued = options.release, None
    if version is None:
        raise SourceFileError(
            occupations.place, None, "nothing says which release this is: say so with --release 29.3"
        )
    return [
        Release(
            source="onet",
            version=version,
            title=f"O*NET {version} Database",
            publisher="National Center for O*NET Development",
            licence="https://creativecommons.org/licenses/by/4.0/",
            issued=issued,
            attribution=f"This includes information from the O*NET {version} Database by the U.S. Department "
            "of Labor, Employment and Training Administration (USDOL/ETA). Used under the CC BY 4.0 license. "
            "O*NET® is a trademark of USDOL/ETA. We have modified some or all of this information (converted "
            "to RDF). USDOL/ETA has not approved, endorsed, or tested these modifications.",
            url="https://www.onetcenter.org/database.html",
        )
    ]


def write_release(
    archive: Archive, release: Release, writer: TripleWriter, options: Options, log: Log
) -> None:
    """Write all tables of the release: what others refer to first."""
    del options
    context = Context(archive, release, writer, log)
    seen: set[Member] = set()
    tables = [*reference_tables(context), *work_tables(context), *rating_tables(context)]
    era = (
        "from 30.3"
        if any(table.era == "from 30.3" and context.has(table.name) for table in tables)
        else "to 30.2"
    )
    for table in tables:
        member = archive.find(f"{table.name}.txt")
        if member is None:
            if table.era in ("any", era):
                log.absent.append(table.name)
            continue
        seen.add(member)
        context.run(table, member)
    for member in archive.members:
        if member in seen:
            continue
        name = member.base.removesuffix(".txt")
        if (
            member.base.endswith(".txt")
            and name.casefold() not in _NOT_IMPORTED
            and _has_ratings(context, member)
        ):
            context.run(context.ratings(name), member)
        else:
            log.ignored.append(member.name)


def _require_one_of_each(archive: Archive) -> None:
    """Raise SourceFileError if a table lies there twice: two releases, or one packed and unpacked."""
    places: dict[str, str] = {}
    for member in archive.members:
        other = places.setdefault(member.base.casefold(), member.place)
        if other != member.place and member.base.casefold().endswith(".txt"):
            raise SourceFileError(
                member.place, None, f"the same table as {other}: import one release at a time"
            )


def _read_me(archive: Archive) -> tuple[str | None, str | None]:
    """Return version and month of issue as the Read Me tells them."""
    member = archive.find("Read Me.txt", "ReadMe.txt")
    if member is None:
        return None, None
    text = archive.content(member)[:4000].decode("utf-8", "replace")
    version = re.search(r"O\*NET[^\n]{0,3} (\d+\.\d+) Database", text)
    issued = re.search(r"^(\w+) (\d{4}) Release", text, re.MULTILINE)
    month = _MONTHS.get(issued[1]) if issued else None
    return version[1] if version else None, f"{issued[2]}-{month}" if issued and month else None


def _has_ratings(context: Context, member: Member) -> bool:
    """Tell by the header whether a table has ratings of occupations."""
    header = next(context.archive.lines(member, []), "").rstrip("\r\n").split("\t")
    return set(RATING_COLUMNS) <= set(header)
