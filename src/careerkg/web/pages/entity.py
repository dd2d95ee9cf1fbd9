"""The page of a thing: what is said of it and by whom, its figures, disputed claims, what refers to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyoxigraph as ox

from careerkg.provenance import text
from careerkg.store import Term
from careerkg.vocabulary import CKG, DCTERMS, RDF, RDFS, SKOS, compact, local_name
from careerkg.web.pages.addresses import data_path, path_of, with_query
from careerkg.web.pages.backlinks import LAST_PAGE, PAGE, read_backlinks, read_listing
from careerkg.web.pages.data import MEDIA_TYPES
from careerkg.web.pages.facts import Group, Notes, Section, Value, read_sections, value_of
from careerkg.web.pages.figures import Figures, read_figures
from careerkg.web.pages.reading import Citation, Node, Reader, least_text
from careerkg.web.pages.themes import FIGURES, reversed_label

__all__ = ["ClaimView", "EntityView", "ListView", "entity_sparql", "read_entity", "read_list"]

_WORK = ("Occupation", "Role", "OccupationCode")
_CODES = frozenset({SKOS.notation, f"{CKG}abbreviation", f"{CKG}ctid"})
_PROPERTY_KINDS = frozenset({"ObjectProperty", "DatatypeProperty", "AnnotationProperty"})
_STATED = 4_000
"""So many statements of one thing are read."""


@dataclass(frozen=True, slots=True)
class ClaimView:
    """What a source says and another disputes."""

    label: str
    href: str | None
    property: str
    value: Value
    rank: str
    reason: str | None
    marks: tuple[int, ...]
    disputed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class EntityView:
    """All that the page of a thing shows."""

    id: str
    label: str
    kind: str
    kind_label: str
    kind_href: str | None
    definition: str | None
    definition_language: str | None
    definition_marks: tuple[int, ...]
    codes: tuple[str, ...]
    successors: tuple[Value, ...]
    attainable: bool
    figures: Figures
    sections: tuple[Section, ...]
    claims: tuple[ClaimView, ...]
    backlinks: tuple[Group, ...]
    sources: tuple[tuple[int, Citation], ...]
    statements: tuple[tuple[Value, str, Value], ...]
    """For a passage: what it says, subject, property and value; for a property: some of its uses."""
    statements_total: int
    uses: bool
    sparql: str
    data: tuple[tuple[str, str, str], ...]
    """Name of the format, media type, address."""


@dataclass(frozen=True, slots=True)
class ListView:
    """A page of a long list."""

    label: str
    href: str
    title: str
    property_curie: str
    property_href: str
    values: tuple[Value, ...]
    total: int
    exact: bool
    page: int
    pages: int
    first: int
    previous: str | None
    next: str | None
    sources: tuple[tuple[int, Citation], ...]
    sparql: str


_DATA = (("Turtle", "ttl"), ("JSON-LD", "jsonld"), ("N-Triples", "nt"), ("TriG with passages", "trig"))
"""Formats that a page offers, by the ending of their addresses."""


def read_entity(reader: Reader, iri: str) -> EntityView | None:
    """Return the page of a thing, None if the graph neither describes nor mentions it."""
    node = ox.NamedNode(iri)
    notes = Notes(reader)
    said = _said(reader, node)
    if not said and not reader.known(node):
        return None
    kind = reader.kind(node)
    bulk = tuple(text(term) for term in said.get(DCTERMS.source, ()))
    definition = _definition(said)
    definition_marks = () if definition is None else notes.marks(definition[1] or bulk)
    figures = read_figures(reader, iri, notes, borrowed=reader.is_a(kind, *_WORK))
    sections = read_sections(reader, iri, said, notes, bulk)
    claims = _claims(reader, node, notes)
    without = {FIGURES} if figures.table and figures.of is None else set()
    backlinks = read_backlinks(reader, iri, notes, without={*without, CKG.claimSubject})
    uses = kind in _PROPERTY_KINDS
    stated = (
        reader.store.quads(None, node, None, ox.DefaultGraph())
        if uses
        else reader.store.quads(None, None, None, node)
    )
    statements, statements_total = _statements(reader, stated, notes, _USES if uses else _PASSAGE_ROWS)
    label = reader.known_label(iri) or compact(iri)
    return EntityView(
        id=iri,
        label=label,
        kind=kind,
        kind_label=reader.kind_label(kind),
        kind_href=_class(said, kind),
        definition=None if definition is None else definition[0].value,
        definition_language=None if definition is None else definition[0].language,
        definition_marks=definition_marks,
        codes=tuple(sorted({text(term) for property_ in _CODES for term in said.get(property_, ())})),
        successors=tuple(
            value_of(reader, term, notes, said[property_][term] or bulk)
            for property_ in (DCTERMS.isReplacedBy, f"{CKG}supersededBy")
            for term in said.get(property_, ())
        ),
        attainable=reader.is_a(kind, "Item"),
        figures=figures,
        sections=tuple(sections),
        claims=tuple(claims),
        backlinks=tuple(backlinks),
        sources=tuple(notes.citations()),
        statements=tuple(statements),
        statements_total=statements_total,
        uses=uses,
        sparql=entity_sparql(iri),
        data=tuple((name, MEDIA_TYPES[ending], data_path(iri, ending)) for name, ending in _DATA),
    )


def _class(said: dict[str, dict[Term, list[str]]], kind: str) -> str | None:
    """Return the address of the class of a thing that has the local name."""
    classes = sorted(text(term) for term in said.get(RDF.type, ()) if isinstance(term, ox.NamedNode))
    found = [one for one in classes if local_name(one) == kind]
    return path_of(found[-1]) if found else None


def _said(reader: Reader, node: Node) -> dict[str, dict[Term, list[str]]]:
    """Return what is said of a thing: by property its values, each with the passages that say so."""
    values, passages = reader.said(node, _STATED)
    return {
        property_: {
            term: passages.get((property_, term), []) for term in terms if not isinstance(term, ox.Triple)
        }
        for property_, terms in values.items()
    }


def _definition(said: dict[str, dict[Term, list[str]]]) -> tuple[ox.Literal, list[str]] | None:
    """Return the definition in English, else in another language, else a comment, with its passages."""
    for property_ in (SKOS.definition, RDFS.comment, DCTERMS.description):
        texts = [
            (term.language not in ("en", None), term.value, term, passages)
            for term, passages in said.get(property_, {}).items()
            if isinstance(term, ox.Literal)
        ]
        if texts:
            best = min(texts, key=lambda one: one[:2])
            return best[2], best[3]
    return None


def _claims(reader: Reader, node: ox.NamedNode, notes: Notes) -> list[ClaimView]:
    """Return the claims about a thing: preferred first, deprecated last."""
    found = []
    for claim in reader.subjects(CKG.claimSubject, node, 50):
        values = reader.values(claim)
        rank = local_name(least_text(values, CKG.rank) or "normal")
        object_ = next(iter(values.get(CKG.claimObject, ())), None)
        property_ = least_text(values, CKG.claimProperty)
        if object_ is None or property_ is None:
            continue
        found.append(
            ClaimView(
                label=least_text(values, RDFS.label) or "claim",
                href=path_of(claim.value) if isinstance(claim, ox.NamedNode) else None,
                property=reader.property_label(property_),
                value=value_of(reader, object_, notes, ()),
                rank=rank,
                reason=least_text(values, CKG.rankReason),
                marks=notes.marks(reader.passages(claim) or reader.releases(claim)),
                disputed=notes.marks(text(term) for term in values.get(CKG.disputedBy, ())),
            )
        )
    order = {"preferred": 0, "normal": 1, "deprecated": 2}
    return sorted(found, key=lambda one: (one.property, order.get(one.rank, 1), one.label))


_PASSAGE_ROWS = 100
_USES = 12


def _statements(
    reader: Reader, quads: Iterable[ox.Quad], notes: Notes, most: int
) -> tuple[list[tuple[Value, str, Value]], int]:
    """Return statements in order, as far as there is room, and how many there are, up to a bound."""
    rows: list[tuple[Value, str, Value]] = []
    total = 0
    for quad in quads:
        total += 1
        if total > 1_000:
            break
        if len(rows) < most and isinstance(quad.subject, Node):
            rows.append(
                (
                    value_of(reader, quad.subject, notes, ()),
                    reader.property_label(quad.predicate.value),
                    value_of(reader, quad.object, notes, ()),
                )
            )
    return sorted(rows, key=lambda row: (row[0].text, row[1], row[2].text)), total


def entity_sparql(iri: str) -> str:
    """Return the query that gives what the page of a thing shows, with the passages that say so."""
    return (
        "PREFIX dcterms: <http://purl.org/dc/terms/>\n"
        "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n\n"
        "# What is said of it, what refers to it, and who says so.\n"
        "SELECT ?property ?value ?label ?subject ?passage ?source WHERE {\n"
        f"  {{ <{iri}> ?property ?value . OPTIONAL {{ ?value rdfs:label ?label }}\n"
        f"    OPTIONAL {{ GRAPH ?passage {{ <{iri}> ?property ?value }} }} }}\n"
        f"  UNION {{ ?subject ?property <{iri}> . OPTIONAL {{ ?subject rdfs:label ?label }}\n"
        f"    OPTIONAL {{ GRAPH ?passage {{ ?subject ?property <{iri}> }} }} }}\n"
        "  OPTIONAL { ?passage dcterms:isPartOf ?source }\n"
        "}\nORDER BY ?property ?label\nLIMIT 1000\n"
    )


def list_sparql(iri: str, property_: str, direction: str) -> str:
    """Return the query that gives a list whole."""
    pattern = f"<{iri}> <{property_}> ?thing" if direction == "from" else f"?thing <{property_}> <{iri}>"
    return (
        "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n\n"
        "SELECT ?thing ?label WHERE {\n"
        f"  {pattern} .\n  OPTIONAL {{ ?thing rdfs:label ?label }}\n}}\nORDER BY ?label\nLIMIT 1000\n"
    )


def read_list(reader: Reader, iri: str, property_: str, direction: str, page: int) -> ListView | None:
    """Return a page of a list, None if there is no such page."""
    notes = Notes(reader)
    values, total, exact = read_listing(reader, iri, property_, direction, page, notes)
    pages = max(1, min(LAST_PAGE, -(-total // PAGE)))
    if page > pages or not total:
        return None
    label = reader.known_label(iri) or compact(iri)
    here = with_query(path_of(iri), property=compact(property_), direction=direction)

    def at(number: int) -> str | None:
        return with_query(here, page=number) if 1 <= number <= pages else None

    return ListView(
        label=label,
        href=path_of(iri),
        title=_title(reader, property_, direction),
        property_curie=compact(property_),
        property_href=path_of(property_),
        values=tuple(values),
        total=total,
        exact=exact,
        page=page,
        pages=pages,
        first=(page - 1) * PAGE + 1,
        previous=at(page - 1),
        next=at(page + 1),
        sources=tuple(notes.citations()),
        sparql=list_sparql(iri, property_, direction),
    )


def _title(reader: Reader, property_: str, direction: str) -> str:
    label = reader.property_label(property_)
    return label if direction == "from" else reversed_label(property_, label)
