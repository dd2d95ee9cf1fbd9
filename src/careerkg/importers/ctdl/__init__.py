"""CTDL: descriptions of credentials, organizations, assessments, learning and pathways, as JSON-LD.

Both dialects (plain strings and ``{"@id": …}`` of 2017; language maps and ``@graph`` of today), alone, in
registry envelopes and in changesets. Every published triple is kept as it is; what careerkg has terms for is
said in them, too, so that routes, search and questions run over credentials from here as over all others.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

from careerkg.errors import SourceFileError
from careerkg.importers.archive import Archive, Member
from careerkg.importers.ctdl.documents import Record, is_document, read_records
from careerkg.importers.ctdl.entities import map_record
from careerkg.importers.ctdl.expand import GENID, Node, expand_record, triples_of
from careerkg.importers.ctdl.facts import Facts, language_of
from careerkg.importers.ctdl.index import Index
from careerkg.importers.ctdl.terms import UNDERSTOOD, table_of
from careerkg.importers.log import Log, Tally
from careerkg.importers.release import Options, Release
from careerkg.importers.triples import BadTerm, TripleWriter
from careerkg.vocabulary import OWL, RDF, RDFS, compact, slugify

__all__ = ["read_releases", "write_release"]

_TERMS = {RDFS.Class, RDF.Property, OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty}


def read_releases(archive: Archive, options: Options, log: Log) -> list[Release]:
    """Return the release: CTDL files have no version, so the folder or file gives it its name."""
    members = [member for member in archive.members if is_document(member)]
    log.ignored += [member.place for member in archive.members if not is_document(member)]
    if not members:
        expected = "no CTDL: expected files that end in .json, .jsonld or .jsonl"
        raise SourceFileError(archive.place, None, expected)
    version = options.release or _name_of(members)
    return [
        Release(
            source="ctdl",
            version=version,
            title=f"CTDL records: {version}",
            publisher="The publishers of the records, by way of Credential Engine",
            licence="",
            attribution="Credential descriptions by their publishers, in CTDL of Credential Engine",
        )
    ]


def write_release(
    archive: Archive, release: Release, writer: TripleWriter, options: Options, log: Log
) -> None:
    """Write all records: the triples as they are published, and what they mean in the terms of careerkg."""
    skolem = f"{GENID}{release.key}/"
    index = _read_index(archive, skolem, log)
    unknown: Counter[str] = Counter()
    for number, member in enumerate(archive.members):
        if not is_document(member):
            continue
        log.progress(f"{release.title}: {member.name}")
        tallies: dict[str, Tally] = {}
        for position, record in enumerate(read_records(archive, member)):
            state = _State(release, member, skolem, options, log, index, tallies, unknown)
            _write_record(record, (number, position), state, writer)
    if unknown:
        most = ", ".join(f"{compact(name)} ({times:,})" for name, times in unknown.most_common(10))
        log.warn(
            release.title,
            None,
            f"kept as published, without a meaning in careerkg: {unknown.total():,} statements of "
            f"{len(unknown)} properties, most of them {most}",
        )


class _State:
    """What writing a record needs to know of all others."""

    def __init__(
        self,
        release: Release,
        member: Member,
        skolem: str,
        options: Options,
        log: Log,
        index: Index,
        tallies: dict[str, Tally],
        unknown: Counter[str],
    ) -> None:
        self.release, self.member, self.skolem = release, member, skolem
        self.options, self.log, self.index = options, log, index
        self.tallies, self.unknown = tallies, unknown

    def table(self, name: str) -> Tally:
        """Return the tally of a table for the file that is read."""
        tally = self.tallies.get(name)
        if tally is None:
            tally = self.tallies[name] = self.log.table(name, self.member.place)
        return tally


def _write_record(record: Record, place: tuple[int, int], state: _State, writer: TripleWriter) -> None:
    """Write one record, or say why not."""
    if record.kind != "resource":
        tally = state.table("files")
        tally.read += 1
        if record.kind == "unreadable":
            state.log.reject(tally, record.line, record.reason)
        else:
            rule = "a record that was deleted" if record.kind == "deletion" else record.reason
            state.log.skip(tally, record.line, rule)
        return

    def warn(text: str) -> None:
        state.log.warn(state.member.place, record.line, text)

    try:
        node = expand_record(record, state.skolem, warn)
    except (BadTerm, RecursionError) as error:
        tally = state.table("other resources")
        tally.read += 1
        deep = "descriptions that are nested too deep"
        state.log.reject(tally, record.line, deep if isinstance(error, RecursionError) else str(error))
        return
    tally = state.table(table_of(node.types))
    tally.read += 1
    if _TERMS & set(node.types):
        state.log.skip(tally, record.line, "the definition of a term is no description")
        return
    if not state.index.holds(node, place):
        deleted = state.index.deleted(node)
        rule = "a record that was deleted" if deleted else "a record that is described again later"
        state.log.skip(tally, record.line, rule)
        return
    table = state.release.table(tally.name)
    facts = Facts(state.index, state.skolem, table, warn, language_of(node), state.options.multiple_requires)
    try:
        published = list(triples_of(node))
        map_record(node, facts)
        lines = "".join(dict.fromkeys(published + facts.lines))
        lines.encode()
    except BadTerm as error:
        state.log.reject(tally, record.line, str(error))
        return
    except UnicodeEncodeError:
        state.log.reject(tally, record.line, "a text with half of a surrogate pair")
        return
    for property_ in facts.dangling:
        warn(f"{property_} refers to something that is not described in these files")
    _count_unknown(node, state.unknown)
    writer.write(lines)
    tally.imported += 1


def _read_index(archive: Archive, skolem: str, log: Log) -> Index:
    """Read all records once for what they are, and return the index."""
    index = Index()
    for number, member in enumerate(archive.members):
        if not is_document(member):
            continue
        log.progress(f"looking through {member.name}")
        for position, record in enumerate(read_records(archive, member)):
            if record.kind == "deletion":
                index.delete(record)
            elif record.kind == "resource":
                try:
                    node = expand_record(record, skolem, _silent)
                except (BadTerm, RecursionError):
                    continue
                if not _TERMS & set(node.types):
                    index.add(node, (number, position))
    return index


def _silent(text: str) -> None:
    """Say nothing: the second reading tells."""


def _count_unknown(node: Node, unknown: Counter[str]) -> None:
    """Count the statements whose property has no meaning in careerkg."""
    for property_, values in node.properties.items():
        if property_ not in UNDERSTOOD:
            unknown[property_] += len(values)
        for value in values:
            if isinstance(value, Node):
                _count_unknown(value, unknown)


def _name_of(members: list[Member]) -> str:
    """Return a name for a release from where its files lie."""
    paths = {str(member.path.absolute()) for member in members}
    common = Path(os.path.commonpath(sorted(paths)))
    return slugify(re.sub(r"\.(zip|gz|json|jsonld|jsonl|ndjson)$", "", common.name)) or "records"
