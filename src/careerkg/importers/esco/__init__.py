"""ESCO: the classification as CSV, versions 1.1 and 1.2, in one or more languages.

https://esco.ec.europa.eu/en/use-esco/download. Concepts keep their ESCO URIs, and ESCO's own properties stand
beside ours, so that queries in both vocabularies find them. Files are known by their names
(``occupations_en.csv``, ``occupationSkillRelations.csv``), wherever they lie in folders and archives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from careerkg.errors import SourceFileError
from careerkg.importers.archive import Archive, Member
from careerkg.importers.esco.concepts import CONCEPT_TABLES
from careerkg.importers.esco.context import Context
from careerkg.importers.esco.relations import (
    COLLECTIONS,
    HIERARCHY,
    RELATION_TABLES,
    map_collection,
    map_hierarchy,
)
from careerkg.importers.log import Log
from careerkg.importers.release import Options, Release
from careerkg.importers.rows import MapRow, import_rows
from careerkg.importers.tables import Layout, read_table
from careerkg.importers.triples import TripleWriter

__all__ = ["read_releases", "write_release"]

_ISSUED = {"1.1.0": "2022-01", "1.1.1": "2022", "1.2.0": "2024-05"}
_COLLECTION = Layout(
    ("conceptUri",),
    (),
    ",",
    possible=(
        *("conceptType", "preferredLabel", "status", "skillType", "reuseLevel", "altLabels", "description"),
        *("broaderConceptUri", "broaderConceptPT"),
    ),
)


def read_releases(archive: Archive, options: Options, log: Log) -> list[Release]:
    """Return the release: by what the caller says, or the names of folders and archives (``v1.1.1``).

    Files in other languages than English alone are a release of their own (``1.1.1-de``), so that a language
    can be added to the store later without replacing those that are there.

    Raises SourceFileError if there is neither a table of occupations nor of skills, if nothing says which
    version it is, or if files of several versions lie together.
    """
    del log
    tables = [*_members(archive, "occupations"), *_members(archive, "skills")]
    if not tables:
        raise SourceFileError(
            archive.place,
            None,
            "no ESCO classification: there is neither 'occupations_en.csv' nor 'skills_en.csv'",
        )
    version = options.release
    if version is None:
        found = {
            match[1]: member
            for member in archive.members
            if _is_table(member)
            for match in re.finditer(r"(?<![\d.])v?(\d+\.\d+(?:\.\d+)?)(?![\d.]*\d)", _named_by(member))
        }
        if len(found) > 1:
            first, second, *_ = sorted(found)
            raise SourceFileError(
                found[second].place,
                None,
                f"files of the versions {first} and {second} lie together: import one",
            )
        if not found:
            raise SourceFileError(
                tables[0][0].place, None, "nothing says which version this is: say so with --release 1.1.1"
            )
        version = next(iter(found))
    version = version.removeprefix("v")
    found_languages = (_members(archive, table.name) for table in CONCEPT_TABLES)
    languages = sorted({language or "en" for members in found_languages for _, language in members})
    alone = "en" not in languages
    return [
        Release(
            source="esco",
            version=f"{version}-{'-'.join(languages)}" if alone else version,
            title=f"ESCO classification, version {version}" + (f" ({', '.join(languages)})" if alone else ""),
            publisher="European Commission",
            licence="http://data.europa.eu/eli/dec/2011/833/oj",
            issued=_ISSUED.get(version),
            attribution="This service uses the ESCO classification of the European Commission. It was "
            "modified: converted to the careerkg vocabulary, white space and repetitions in labels tidied.",
            url="https://esco.ec.europa.eu/",
        )
    ]


def write_release(
    archive: Archive, release: Release, writer: TripleWriter, options: Options, log: Log
) -> None:
    """Write all tables of the release: concepts first, then what relates them."""
    del options
    context = Context(archive, release, writer, log)
    seen: set[Member] = set()

    def run(member: Member, layout: Layout, map_row: MapRow) -> None:
        seen.add(member)
        context.place = member.place
        import_rows(read_table(archive, member, layout, log, name=_table(member)), map_row, writer, log)

    for table in CONCEPT_TABLES:
        for member, language in _files(archive, table.name, log):
            context.place = member.place
            map_row = table.map_rows(context, language, _source(release, member))
            run(member, table.layout, map_row)
    for member, language in _files(archive, "skillsHierarchy", log):
        run(member, HIERARCHY, map_hierarchy(context, language, _source(release, member)))
    for relation in RELATION_TABLES:
        for member, _ in _files(archive, relation.name, log):
            run(member, relation.layout, relation.map_rows(context))
    for name in COLLECTIONS:
        for member, _ in _members(archive, name):
            run(member, _COLLECTION, map_collection(context, name))
    for cycle in _cycles(context.broader):
        log.warn(str(archive.place), None, f"broader concepts in a circle: {' < '.join(cycle)}")
    log.ignored.extend(member.name for member in archive.members if member not in seen)


def _members(archive: Archive, name: str) -> list[tuple[Member, str]]:
    """Return the files of a table, each with the language in its name, or an empty text."""
    pattern = rf"{name}(?:_([a-z]{{2,3}}(?:-[a-z0-9]{{2,8}})*))?\.csv"
    found = []
    for member in archive.matching(pattern):
        match = re.fullmatch(pattern, member.base, re.IGNORECASE)
        found.append((member, (match[1] or "").lower() if match else ""))
    return found


def _files(archive: Archive, name: str, log: Log) -> list[tuple[Member, str]]:
    """Return the files of a table with their languages; note if there is none, or a language is missing."""
    found = _members(archive, name)
    if not found:
        log.absent.append(name)
    texts = not name.startswith(("broader", "occupationSkill", "skillSkill"))
    places: dict[str, str] = {}
    for member, language in found:
        other = places.setdefault(language, member.place)
        if texts and other != member.place:
            raise SourceFileError(member.place, None, f"the same table as {other}: import one of them")
        if texts and not language:
            log.warn(
                member.place, None, "no language in the name of the file: its texts are taken as English"
            )
    return [(member, language or "en") for member, language in found]


def _is_table(member: Member) -> bool:
    """Tell by its name whether a file is a table of ESCO."""
    names = (table.name for table in (*CONCEPT_TABLES, *RELATION_TABLES))
    start = member.base.partition("_")[0].removesuffix(".csv").casefold()
    return start in {name.casefold() for name in (*names, "skillsHierarchy", *COLLECTIONS)}


def _table(member: Member) -> str:
    """Return the name of the table in a file: ``occupations_en``."""
    return member.base.rpartition(".")[0]


def _source(release: Release, member: Member) -> str:
    """Return the node of a table, which its concepts point to."""
    return f"<{release.table(_table(member))}>"


def _named_by(member: Member) -> str:
    """Return what may name the version of a file: its path in the folder or archive, and that one's name."""
    if member.inside is not None:
        return f"{member.path.name} {member.name}"
    depth = member.name.count("/") + 1
    return "/".join(member.path.parts[-depth - 1 :])


def _cycles(broader: dict[str, set[str]]) -> Iterator[list[str]]:
    """Yield circles in the broader relation, one for each place where a walk upward comes back to itself."""
    done: set[str] = set()
    for start in broader:
        path: dict[str, Iterator[str]] = {}
        node: str | None = start if start not in done else None
        while node is not None:
            above = path.setdefault(node, iter(sorted(broader.get(node, ()))))
            upper = next(above, None)
            if upper is None:
                done.add(node)
                del path[node]
                node = next(reversed(path), None)
            elif upper in path:
                nodes = list(path)
                yield [*nodes[nodes.index(upper) :], upper]
            elif upper not in done:
                node = upper
