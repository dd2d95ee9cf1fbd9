"""Crosswalks between classifications as SKOS mappings, with maker, vintage, method and confidence.

A row is a ckg:Mapping; the SKOS relation that it states stands beside it as a triple. Which relation it is
follows from the whole table: a code with several counterparts is broader than each of them, several codes
with one counterpart are narrower than it, and where both hold at once they are related. One-to-one within
editions of one classification is an exact match, across classifications a close one. Never owl:sameAs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Literal, NamedTuple, cast

from careerkg.importers.archive import Archive, Member
from careerkg.importers.log import Log
from careerkg.importers.rows import Skipped, import_rows
from careerkg.importers.soc.catalogue import CROSSWALKS, Crosswalk, Known, Row
from careerkg.importers.soc.codes import ISCO_GROUPS, ISCO_SCHEME
from careerkg.importers.soc.structure import codes_of
from careerkg.importers.tables import Layout, open_workbook, read_sheet, read_table
from careerkg.importers.triples import (
    LABEL,
    SOURCE_OF,
    TYPE,
    BadTerm,
    TripleWriter,
    ckg,
    decimal,
    literal,
    skos,
    text,
    year_month,
)
from careerkg.vocabulary import ID, XSD

__all__ = ["CROSSWALKS", "Crosswalk", "crosswalk_in", "write_crosswalk"]

_RELATIONS = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")


class _Place(NamedTuple):
    """Where a table lies in a file: its columns in lower case, and its sheet, or what separates its cells."""

    columns: set[str]
    separator: Literal["\t", ",", ";"] = ","
    sheet: str | None = None
    skip: int = 0
    """How many lines of text stand before it."""


def crosswalk_in(archive: Archive, member: Member) -> Crosswalk | None:
    """Return the crosswalk in a file, which is known by its columns, or None if there is none in it."""
    found = _find(archive, member)
    return None if found is None else found[0]


def _find(archive: Archive, member: Member) -> tuple[Crosswalk, _Place] | None:
    """Return the crosswalk in a file, and where it lies there: the first one, where sheets turn it round."""
    is_book = re.search(r"\.xlsx?$", member.base, re.IGNORECASE) is not None
    for place in _sheets(archive, member) if is_book else _headers(archive, member):
        for crosswalk in CROSSWALKS:
            if all(
                any(name.casefold() in place.columns for name in names)
                for column, names in crosswalk.columns.items()
                if column not in crosswalk.optional
            ):
                return crosswalk, place
    return None


def write_crosswalk(
    archive: Archive, member: Member, crosswalk: Crosswalk, writer: TripleWriter, log: Log
) -> None:
    """Write the mappings of a crosswalk, and the codes that they map."""
    found = _find(archive, member)
    assert found is not None
    _, place = found
    names = {
        given: column
        for column, given_names in crosswalk.columns.items()
        for given in given_names
        if column != given
    }
    used = {name.casefold() for name in (*names, *crosswalk.columns)}
    layout = Layout(
        tuple(column for column in crosswalk.columns if column not in crosswalk.optional),
        (),
        place.separator,
        aliases=names,
        possible=(*crosswalk.optional, *sorted(name for name in place.columns if name not in used)),
    )
    if place.sheet is None:
        table = read_table(archive, member, layout, log, name="crosswalk", skip=place.skip)
    else:
        table = read_sheet(archive, member, layout, log, sheet=place.sheet, name="crosswalk")
    order = [*layout.required, *crosswalk.optional]
    rows = [(line, dict(zip(order, cells, strict=False))) for line, cells in table]
    pairs = {(row["source"].strip(), row["target"].strip()) for _, row in rows}
    known = Known(
        Counter(source for source, _ in pairs),
        Counter(target for _, target in pairs),
        codes_of(archive, "2018"),
    )
    release, seen, written = crosswalk.release, set[tuple[str, str]](), set[str]()
    table_node = f"<{release.table('crosswalk')}>"

    def map_mapping(cells: Sequence[str], line: int) -> str:
        del line
        row = Row(*cells)
        pair = (row.source, row.target)
        if row.source.startswith("99.") or row.target.startswith("99-"):
            raise Skipped("a row that says that there is no counterpart")
        if pair in seen:
            raise Skipped("an exact copy of a mapping")
        lines = _mapping(crosswalk, row, known, table_node)
        seen.add(pair)
        new = [line for line in dict.fromkeys(lines.splitlines(keepends=True)) if line not in written]
        written.update(new)
        return "".join(new)

    prepared = (
        (line, [_tidy(row.get(field.replace("_", " "), "")) for field in Row._fields]) for line, row in rows
    )
    import_rows(table, map_mapping, writer, log, rows=prepared)


def _mapping(crosswalk: Crosswalk, row: Row, known: Known, table: str) -> str:
    """Return the lines of a row: what it maps, how, and who says so."""
    source, target = crosswalk.source(row.source), crosswalk.target(row.target)
    lines = crosswalk.describe(row, known)
    if source == target:
        return lines  # a code that both editions have: its node is in both schemes
    relation = row.relation or _relation(crosswalk, known.sources[row.source], known.targets[row.target])
    if relation not in _RELATIONS:
        raise BadTerm(f"{relation!r} is not a kind of match: {', '.join(_RELATIONS)}")
    left, right = row.source.rpartition("/")[2], row.target.rpartition("/")[2]
    target_scheme = ISCO_SCHEME if row.target.startswith(ISCO_GROUPS) else crosswalk.target_scheme
    node = f"<{ID}mapping/{crosswalk.release.key}/{left}--{right}>"
    vintage = (
        year_month(crosswalk.vintage) if "-" in crosswalk.vintage else literal(crosswalk.vintage, XSD.gYear)
    )
    names = (row.source_title or left, row.target_title or right)
    lines += (
        f"{source} {skos(relation)} {target} .\n"
        f"{node} {TYPE} {ckg('Mapping')} .\n"
        f"{node} {LABEL} {text(f'{names[0]} to {names[1]}', 'en')} .\n"
        f"{node} {ckg('mapsFrom')} {source} .\n"
        f"{node} {ckg('mapsTo')} {target} .\n"
        f"{node} {ckg('mappingRelation')} {skos(relation)} .\n"
        f"{node} {ckg('fromScheme')} {crosswalk.source_scheme} .\n"
        f"{node} {ckg('toScheme')} {target_scheme} .\n"
        f"{node} {ckg('vintage')} {vintage} .\n"
        f"{node} {ckg('mappingMethod')} {text(crosswalk.method, 'en')} .\n"
        f"{node} {SOURCE_OF} {table} .\n"
    )
    if row.confidence:
        lines += f"{node} {ckg('confidence')} {decimal(_confidence(row.confidence))} .\n"
    if row.similarity:
        lines += f"{node} {ckg('similarity')} {decimal(row.similarity)} .\n"
    if row.comment:
        lines += f"{node} {skos('scopeNote')} {text(row.comment, 'en')} .\n"
    if crosswalk.kind == "editions" and row.source not in known.targets:
        lines += f"{source} {ckg('supersededBy')} {target} .\n"
    return lines


def _relation(crosswalk: Crosswalk, counterparts: int, others: int) -> str:
    """Return the SKOS relation from a code with so many counterparts to one that so many codes map to."""
    if crosswalk.kind == "fields":
        return "relatedMatch"
    if counterparts == 1 and others == 1:
        return "exactMatch" if crosswalk.kind == "editions" else "closeMatch"
    if others == 1:
        return "narrowMatch"
    return "broadMatch" if counterparts == 1 else "relatedMatch"


def _confidence(value: str) -> str:
    """Return one of the levels 0.5, 1 and 2 (the highest) as a share of the highest."""
    try:
        share = Decimal(value) / 2
    except InvalidOperation:
        raise BadTerm(f"{value!r} is not a level of confidence") from None
    if not 0 <= share <= 1:
        raise BadTerm(f"{value!r} is not one of the levels of confidence 0.5, 1 and 2")
    return f"{share:f}"


def _tidy(cell: str) -> str:
    """Return a cell with single spaces between its words."""
    return " ".join(cell.split())


def _headers(archive: Archive, member: Member) -> Iterator[_Place]:
    """Yield what may be the header of a text table: its first lines, for some tell of their making first."""
    for number, line in enumerate(islice(archive.lines(member, []), 25)):
        separator = max(("\t", ",", ";"), key=line.count)
        columns = {_tidy(column.strip().strip('"')).casefold() for column in line.split(separator)}
        yield _Place(columns, cast('Literal["\t", ",", ";"]', separator), skip=number)


def _sheets(archive: Archive, member: Member) -> Iterator[_Place]:
    """Yield what may be the header of a table in a workbook: rows near the top of each sheet."""
    book = open_workbook(archive, member)
    for sheet in book.sheets:
        for row in book.rows(sheet)[:20]:
            columns = {_tidy(str(cell)).casefold() for cell in row} - {""}
            if len(columns) > 1:
                yield _Place(columns, sheet=sheet)
