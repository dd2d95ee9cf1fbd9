"""What refers to a thing, in bounded time: counted up to a limit, a few shown, the rest on pages of a list.

A unit has tens of thousands of figures, so no page may depend on how many there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import pyoxigraph as ox

from careerkg.store import Term
from careerkg.vocabulary import OWL, RDF, compact
from careerkg.web.pages.addresses import path_of, with_query
from careerkg.web.pages.facts import Group, Notes, Value, name_of, value_of
from careerkg.web.pages.reading import Node, Reader
from careerkg.web.pages.themes import reversed_label, theme_of

__all__ = ["LAST_PAGE", "PAGE", "Listing", "read_backlinks", "read_listing"]

_COUNTED = 10_000
"""So many references are counted: the engine does it in some milliseconds."""

_SHOWN = 8
_SORTED = 60
"""The few that are shown are the first by name of so many."""

_ALPHABETIC = 1_000
"""A list of up to so many rows is in the order of names, a longer one as the store has it."""

PAGE = 50
"""Rows of a page of a list."""

LAST_PAGE = 200
"""The last page of a list: whoever wants more asks in SPARQL, and is told so."""

_DEFAULT = ox.DefaultGraph()

Listing = tuple[list[Value], int, bool]
"""Values, how many there are, and whether that is exact."""


def read_backlinks(reader: Reader, iri: str, notes: Notes, *, without: Iterable[str] = ()) -> list[Group]:
    """Return what refers to a thing, by property. ``without`` are properties told elsewhere on the page."""
    hidden = set(without)
    counts, whole = _counts(reader, iri)
    node = ox.NamedNode(iri)
    groups = []
    for property_ in sorted(counts.keys() - hidden, key=theme_of):
        total = min(counts[property_], _COUNTED)
        subjects = list(reader.subjects(property_, node, _SORTED if total > _SHOWN + 3 else total))
        shown = _ordered(reader, subjects)[: _SHOWN if total > _SHOWN + 3 else None]
        groups.append(
            Group(
                property=property_,
                label=reversed_label(property_, reader.property_label(property_)),
                href=path_of(property_),
                values=tuple(
                    value_of(
                        reader,
                        one,
                        notes,
                        _sources(reader, one, property_, iri),
                        property_=f"^{property_}",
                    )
                    for one in shown
                ),
                total=total,
                more=None
                if len(shown) == total
                else with_query(path_of(iri), property=compact(property_), direction="to"),
                exact=whole,
            )
        )
    return groups


def _counts(reader: Reader, iri: str) -> tuple[dict[str, int], bool]:
    """Return how often each property refers to a thing, and whether all references were counted."""
    rows = reader.store.query(
        "SELECT ?p (COUNT(*) AS ?n) WHERE "
        f"{{ {{ SELECT ?p WHERE {{ ?s ?p <{iri}> }} LIMIT {_COUNTED + 1} }} }} GROUP BY ?p"
    )
    assert isinstance(rows, ox.QuerySolutions)
    counts = {row["p"].value: int(row["n"].value) for row in rows}
    whole = sum(counts.values()) <= _COUNTED
    if not whole:
        # The engine stops in the middle of one property: others may not have come up yet.
        for property_ in _properties(reader):
            if property_ not in counts:
                seen = sum(1 for _ in reader.subjects(property_, ox.NamedNode(iri), _SORTED))
                if seen:
                    counts[property_] = seen
    return counts, whole


def _properties(reader: Reader) -> list[str]:
    """Return the object properties of the vocabulary."""
    found = reader.subjects(RDF.type, ox.NamedNode(OWL.ObjectProperty), 500)
    return [node.value for node in found if isinstance(node, ox.NamedNode)]


def _ordered(reader: Reader, nodes: list[Node]) -> list[Node]:
    """Return nodes by name."""
    return sorted(
        nodes, key=lambda one: (reader.label(one.value) if isinstance(one, ox.NamedNode) else "", str(one))
    )


def _sources(reader: Reader, subject: Node, property_: str, iri: str) -> list[str]:
    """Return the passages that say so, else the releases that the subject comes from."""
    quads = reader.store.quads(subject, ox.NamedNode(property_), ox.NamedNode(iri), None)
    passages = [q.graph_name.value for q in quads if isinstance(q.graph_name, ox.NamedNode)]
    return passages or reader.releases(subject)


def read_listing(
    reader: Reader, iri: str, property_: str, direction: str, page: int, notes: Notes
) -> Listing:
    """Return a page of all values of a property (``from``), or of all that refers by it (``to``)."""
    node, predicate = ox.NamedNode(iri), ox.NamedNode(property_)
    start = (page - 1) * PAGE
    quads = (
        reader.store.quads(node, predicate, None, _DEFAULT)
        if direction == "from"
        else reader.store.quads(None, predicate, node, _DEFAULT)
    )
    ends: list[Term] = [
        quad.object if direction == "from" else quad.subject for quad in islice(quads, PAGE * LAST_PAGE + 1)
    ]
    exact = len(ends) <= PAGE * LAST_PAGE
    if len(ends) <= _ALPHABETIC:
        ends.sort(key=lambda term: (name_of(reader, term).casefold(), str(term)))
    bulk = reader.releases(node)
    values = []
    for term in ends[start : start + PAGE]:
        if direction == "from":
            passages = [
                q.graph_name.value
                for q in reader.store.quads(node, predicate, term, None)
                if isinstance(q.graph_name, ox.NamedNode)
            ]
            own = reader.releases(term) if isinstance(term, Node) and not passages else []
            values.append(value_of(reader, term, notes, passages or own or bulk, property_=property_))
        elif isinstance(term, Node):
            sources = _sources(reader, term, property_, iri)
            values.append(value_of(reader, term, notes, sources, property_=f"^{property_}"))
    return values, min(len(ends), PAGE * LAST_PAGE), exact
