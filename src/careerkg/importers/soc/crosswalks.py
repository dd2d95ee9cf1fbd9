"""Crosswalks between classifications as SKOS mappings, with maker, vintage, method and confidence.

A row is a ckg:Mapping; the SKOS relation that it states stands beside it as a triple. Which relation it is
follows from the whole table: a code with several counterparts is broader than each of them, several codes
with one counterpart are narrower than it, and where both hold at once they are related. One-to-one within
editions of one classification is an exact match, across classifications a close one. Never owl:sameAs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Literal, NamedTuple, cast

from careerkg.importers.archive import Archive, Member
from careerkg.importers.log import Log
from careerkg.importers.release import Release
from careerkg.importers.rows import Skipped, import_rows
from careerkg.importers.soc.codes import (
    CIP_SCHEME,
    ISCO_SCHEME,
    cip_node,
    code_lines,
    isco_node,
    onet_node,
    scheme,
    soc_node,
    titled,
)
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
    iri,
    literal,
    skos,
    text,
    year_month,
)
from careerkg.vocabulary import ID, XSD

__all__ = ["CROSSWALKS", "Crosswalk", "crosswalk_in", "write_crosswalk"]

Describe = Callable[["Row", "Known"], str]


class Row(NamedTuple):
    """A row of a crosswalk: two codes with their titles, and what its makers say of it."""

    source: str
    source_title: str
    target: str
    target_title: str
    comment: str = ""
    confidence: str = ""
    similarity: str = ""


class Known(NamedTuple):
    """What is known before the rows are written: all source and target codes, and the codes of SOC 2018."""

    sources: Counter[str]
    targets: Counter[str]
    titles: dict[str, str]
    soc: set[str]


class Crosswalk(NamedTuple):
    """A crosswalk: its release, its columns, and what its codes are."""

    release: Release
    columns: dict[str, tuple[str, ...]]
    """The names that a column of ours has in files, by its own."""
    optional: tuple[str, ...]
    source: Callable[[str], str]
    target: Callable[[str], str]
    source_scheme: str
    target_scheme: str
    kind: Literal["editions", "classifications", "fields"]
    vintage: str
    method: str
    describe: Describe


class _Place(NamedTuple):
    """Where a table lies in a file: its columns in lower case, and its sheet, or what separates its cells."""

    columns: set[str]
    separator: Literal["\t", ",", ";"] = ","
    sheet: str | None = None


def crosswalk_in(archive: Archive, member: Member) -> Crosswalk | None:
    """Return the crosswalk in a file, which is known by its columns, or None if there is none in it."""
    found = _find(archive, member)
    return None if found is None else found[0]


def _find(archive: Archive, member: Member) -> tuple[Crosswalk, _Place] | None:
    """Return the crosswalk in a file, and where it lies there: the first one, where sheets turn it round."""
    is_book = re.search(r"\.xlsx?$", member.base, re.IGNORECASE) is not None
    for place in _sheets(archive, member) if is_book else [_header(archive, member)]:
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
        table = read_table(archive, member, layout, log, name="crosswalk")
    else:
        table = read_sheet(archive, member, layout, log, sheet=place.sheet, name="crosswalk")
    order = [*layout.required, *crosswalk.optional]
    rows = [(line, dict(zip(order, cells, strict=False))) for line, cells in table]
    pairs = {(row["source"].strip(), row["target"].strip()) for _, row in rows}
    known = Known(
        Counter(source for source, _ in pairs),
        Counter(target for _, target in pairs),
        {row["target"].strip(): row["target title"].strip() for _, row in rows},
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
    relation = _relation(crosswalk, known.sources[row.source], known.targets[row.target])
    left, right = row.source.rpartition("/")[2], row.target
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
        f"{node} {ckg('toScheme')} {crosswalk.target_scheme} .\n"
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


def _header(archive: Archive, member: Member) -> _Place:
    """Return the columns of a text table and what stands between its cells."""
    first = next(archive.lines(member, []), "").strip()
    separator = max(("\t", ",", ";"), key=first.count)
    columns = {_tidy(column.strip('"')).casefold() for column in first.split(separator)}
    return _Place(columns, cast('Literal["\t", ",", ";"]', separator))


def _sheets(archive: Archive, member: Member) -> Iterator[_Place]:
    """Yield what may be the header of a table in a workbook: rows near the top of each sheet."""
    book = open_workbook(archive, member)
    for sheet in book.sheets:
        for row in book.rows(sheet)[:20]:
            columns = {_tidy(str(cell)).casefold() for cell in row} - {""}
            if len(columns) > 1:
                yield _Place(columns, sheet=sheet)


def _describe_onet(row: Row, known: Known) -> str:
    """Both codes in their editions; one that both have is named by the title of the newer."""
    older, newer = onet_node(row.source), onet_node(row.target)
    lines = code_lines(older, row.source, scheme("onet-soc-2010"))
    lines += code_lines(newer, row.target, scheme("onet-soc-2019"))
    lines += titled(newer, row.target_title, row.target, "O*NET-SOC")
    if row.source not in known.targets:
        lines += titled(older, row.source_title, row.source, "O*NET-SOC")
    return lines


def _describe_soc(row: Row, known: Known) -> str:
    """Both codes in their editions; SOC 2018 names its codes itself, so only one that is gone is named."""
    older, newer = soc_node(row.source), soc_node(row.target)
    lines = code_lines(older, row.source, scheme("soc-2010"))
    lines += code_lines(newer, row.target, scheme("soc-2018"))
    if row.source not in known.targets:
        lines += titled(older, row.source_title, row.source, "SOC")
    return lines


def _describe_isco(row: Row, known: Known) -> str:
    """The SOC code, named only if SOC 2018 is there and does not have it; ESCO names the ISCO group."""
    code = soc_node(row.source)
    lines = code_lines(code, row.source, scheme("soc-2010"))
    if known.soc and row.source not in known.soc:
        lines += titled(code, row.source_title, row.source, "SOC")
    return lines + code_lines(isco_node(row.target), row.target, ISCO_SCHEME)


def _describe_esco(row: Row, known: Known) -> str:
    """The O*NET code; ESCO's own release describes its occupation."""
    del known
    return code_lines(onet_node(row.target), row.target, scheme("onet-soc-2010"))


def _describe_cip(row: Row, known: Known) -> str:
    """The field of study with its title, and the SOC code."""
    del known
    field, title = cip_node(row.source), row.source_title.rstrip(".")
    label = text(f"{title} (CIP {row.source})", "en")
    return (
        f"{field} {TYPE} {skos('Concept')} .\n"
        f"{field} {LABEL} {label} .\n"
        f"{field} {skos('prefLabel')} {label} .\n"
        f"{field} {skos('altLabel')} {text(title, 'en')} .\n"
        f"{field} {skos('notation')} {literal(row.source)} .\n"
        f"{field} {skos('inScheme')} {CIP_SCHEME} .\n"
        f"{CIP_SCHEME} {TYPE} {skos('ConceptScheme')} .\n"
        f"{CIP_SCHEME} {LABEL} {text('Classification of Instructional Programs 2020', 'en')} .\n"
    ) + code_lines(soc_node(row.target), row.target, scheme("soc-2018"))


_BLS = "U.S. Bureau of Labor Statistics"
_PUBLIC = "https://www.bls.gov/bls/linksite.htm"

CROSSWALKS: Iterable[Crosswalk] = (
    Crosswalk(
        Release(
            "onet-soc",
            "2010 to 2019",
            "O*NET-SOC 2010 to O*NET-SOC 2019 crosswalk",
            "National Center for O*NET Development",
            "https://creativecommons.org/licenses/by/4.0/",
            "2019",
            "This includes information from the O*NET taxonomy by the U.S. Department of Labor, Employment "
            "and Training Administration (USDOL/ETA). Used under the CC BY 4.0 license. O*NET® is a "
            "trademark of USDOL/ETA. The information was modified (converted to RDF). USDOL/ETA has not "
            "approved, endorsed, or tested these modifications.",
            "https://www.onetcenter.org/taxonomy.html",
        ),
        {
            "source": ("soc2010_code", "O*NET-SOC 2010 Code"),
            "source title": ("soc2010_title", "O*NET-SOC 2010 Title"),
            "target": ("soc2019_code", "O*NET-SOC 2019 Code"),
            "target title": ("soc2019_title", "O*NET-SOC 2019 Title"),
        },
        (),
        onet_node,
        onet_node,
        scheme("onet-soc-2010"),
        scheme("onet-soc-2019"),
        "editions",
        "2019",
        "Published with the taxonomy by its makers.",
        _describe_onet,
    ),
    Crosswalk(
        Release(
            "soc-editions",
            "2010 to 2018",
            "Crosswalk between SOC 2010 and SOC 2018",
            _BLS,
            _PUBLIC,
            "2017-11",
            "Source: U.S. Bureau of Labor Statistics.",
            "https://www.bls.gov/soc/2018/home.htm",
        ),
        {
            "source": ("2010 SOC Code",),
            "source title": ("2010 SOC Title",),
            "target": ("2018 SOC Code",),
            "target title": ("2018 SOC Title",),
        },
        (),
        soc_node,
        soc_node,
        scheme("soc-2010"),
        scheme("soc-2018"),
        "editions",
        "2018",
        "Published with the edition of 2018 by its makers.",
        _describe_soc,
    ),
    Crosswalk(
        Release(
            "isco-soc",
            "2008 to 2010",
            "Crosswalk between ISCO-08 and SOC 2010",
            _BLS,
            _PUBLIC,
            "2012",
            "Source: U.S. Bureau of Labor Statistics.",
            "https://www.bls.gov/soc/soccrosswalks.htm",
        ),
        {
            "source": ("soc2010_code", "2010 SOC Code"),
            "source title": ("soc2010_title", "2010 SOC Title"),
            "target": ("isco08_code", "ISCO-08 Code"),
            "target title": ("isco08_title", "ISCO-08 Title EN"),
            "comment": ("Comment 8/17/11", "Comment 9/17/11", "Comment"),
        },
        ("comment",),
        soc_node,
        isco_node,
        scheme("soc-2010"),
        ISCO_SCHEME,
        "classifications",
        "2012",
        "Assigned by the Bureau, which compared the definitions of both.",
        _describe_isco,
    ),
    Crosswalk(
        Release(
            "esco-onet",
            "2020-11",
            "Crosswalk between ESCO and O*NET, November 2020",
            "Nesta",
            "https://opensource.org/license/mit",
            "2020-11",
            "Kanders K., Djumalieva J., Sleeman C. and Orlik J. (2020). Mapping Career Causeways: Supporting "
            "Workers at Risk. London: Nesta.",
            "https://github.com/nestauk/mapping-career-causeways",
            "secondary",
        ),
        {
            "source": ("concept_uri",),
            "source title": ("esco_occupation",),
            "target": ("onet_code",),
            "target title": ("onet_occupation",),
            "confidence": ("confidence",),
            "similarity": ("semantic_similarity",),
        },
        (),
        iri,
        onet_node,
        "<http://data.europa.eu/esco/concept-scheme/occupations>",
        scheme("onet-soc-2010"),
        "classifications",
        "2020-11",
        "By the crosswalk of O*NET and ISCO and by the similarity of titles and descriptions; assigned by "
        "hand where the two disagreed. Three levels of confidence, here 0.25, 0.5 and 1.",
        _describe_esco,
    ),
    Crosswalk(
        Release(
            "cip-soc",
            "2020 to 2018",
            "Crosswalk between CIP 2020 and SOC 2018",
            "National Center for Education Statistics",
            _PUBLIC,
            "2020",
            "Source: U.S. Department of Education, National Center for Education Statistics, and U.S. Bureau "
            "of Labor Statistics.",
            "https://nces.ed.gov/ipeds/cipcode/",
        ),
        {
            "source": ("cip_code", "CIP2020Code"),
            "source title": ("cip_title", "CIP2020Title"),
            "target": ("soc_code", "SOC2018Code"),
            "target title": ("soc_title", "SOC2018Title"),
        },
        (),
        cip_node,
        soc_node,
        CIP_SCHEME,
        scheme("soc-2018"),
        "fields",
        "2020",
        "Assigned by the Center and the Bureau: programmes of the field prepare for the occupation.",
        _describe_cip,
    ),
)
"""The crosswalks that are known, each by its columns."""
