"""A thing in an answer of bounded size: of each property the first values, each with its evidence.

``careerkg show`` gives all of it; a place that seventeen thousand figures refer to does not fit an assistant.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import nsmallest

import pyoxigraph as ox

from careerkg.entities import kind_of, past_lists, phrase, texts_of, words
from careerkg.graph import CareerGraph
from careerkg.mcp.answers import Description, Fact, Property, Thing, Value
from careerkg.mcp.limits import Budget, Sources, clipped
from careerkg.names import labels
from careerkg.provenance import text, why
from careerkg.store import Term
from careerkg.vocabulary import DCTERMS, RDF, RDFS, SKOS, XSD, compact, local_name

__all__ = ["definition_of", "described", "thing", "value_of"]

_PLAIN = (XSD.string, RDF.langString)
_HEAD = (RDF.type, RDFS.label)
"""What the head of an answer says already."""

_ALL_SORTED = 500
"""Up to so many values of a property are sorted by their labels, more by their IRIs."""

_BRIEF = 300
"""How much of a definition a list of things has room for, in characters."""

_KEPT = 5_000
"""So many values of a property are looked at; the rest is only counted."""


def described(graph: CareerGraph, iri: str, property_: str | None, limit: int) -> Description:
    """Return a thing with at most ``limit`` values of each property, or of one property."""
    store, node = graph.store, ox.NamedNode(iri)
    predicate = None if property_ is None else ox.NamedNode(property_)
    default = ox.DefaultGraph()
    budget = Budget()
    sources = Sources(store, budget)
    leave_out = _HEAD if property_ is None else ()
    outgoing = _by_property(store.quads(node, predicate, None, default), leave_out)
    references_to = past_lists(store, store.quads(None, None, node, default), default)
    incoming = _by_property(
        (quad for quad in references_to if predicate in (None, quad.predicate)),
        (),
    )
    facts = tuple(
        _property(graph, name, count, [(quad.object, quad) for quad in quads], limit, sources, budget)
        for name, count, quads in outgoing
    )
    references = tuple(
        _property(graph, name, count, [(quad.subject, quad) for quad in quads], limit, sources, budget)
        for name, count, quads in incoming
    )
    short = [one.property for one in (*facts, *references) if len(one.values) < one.count]
    return Description(
        complete=not short,
        cut=_cut(short),
        name=compact(iri, graph.prefixes),
        iri=iri,
        label=_label(graph, iri),
        kind=kind_of(store, node),
        facts=facts,
        referred_to_by=references,
        sources=sources.listed(),
    )


def thing(graph: CareerGraph, iri: str) -> Thing:
    """Return a thing by name and label; the label of one that has none is its CURIE."""
    return Thing(name=compact(iri, graph.prefixes), label=_label(graph, iri))


def _label(graph: CareerGraph, iri: str) -> str:
    return clipped(labels(graph.store, [iri]).get(iri) or compact(iri, graph.prefixes))


def definition_of(graph: CareerGraph, iri: str) -> str | None:
    """Return the definition of a thing, or else what is noted about it, English first; None without any."""
    for property_ in (SKOS.definition, RDFS.comment, DCTERMS.description):
        texts = texts_of(graph.store, ox.NamedNode(iri), property_)
        if texts:
            return clipped(texts[0], _BRIEF)
    return None


def value_of(graph: CareerGraph, term: Term) -> Value:
    """Return a term as an answer gives it."""
    detail = phrase(graph.store, term)
    if isinstance(term, ox.Literal):
        datatype = term.datatype.value
        return Value(
            value=clipped(term.value),
            datatype=None if datatype in _PLAIN else compact(datatype, graph.prefixes),
            language=term.language,
            detail=detail,
        )
    plain = text(term)
    return Value(
        value=compact(plain, graph.prefixes) if isinstance(term, ox.NamedNode) else plain,
        label=labels(graph.store, [plain]).get(plain) if isinstance(term, ox.NamedNode) else None,
        detail=None if detail is None else clipped(detail),
    )


def _by_property(
    quads: Iterable[ox.Quad], leave_out: tuple[str, ...]
) -> list[tuple[str, int, list[ox.Quad]]]:
    """Return property, number and first quads of each property: the definition first, then by name."""
    counts: dict[str, int] = {}
    kept: dict[str, list[ox.Quad]] = {}
    for quad in quads:
        name = quad.predicate.value
        if name not in leave_out and not isinstance(quad.object, ox.Triple):
            counts[name] = counts.get(name, 0) + 1
            if counts[name] <= _KEPT:
                kept.setdefault(name, []).append(quad)
    names = sorted(counts, key=lambda name: (name != SKOS.definition, local_name(name), name))
    return [(name, counts[name], kept[name]) for name in names]


def _property(
    graph: CareerGraph,
    property_: str,
    count: int,
    ends: list[tuple[Term, ox.Quad]],
    limit: int,
    sources: Sources,
    budget: Budget,
) -> Property:
    """Return a property with the first of its values, the ends of its quads that are shown."""
    names = (
        labels(graph.store, [end.value for end, _ in ends if isinstance(end, ox.NamedNode)])
        if len(ends) <= _ALL_SORTED
        else {}
    )
    first = nsmallest(limit, ends, key=lambda pair: (names.get(text(pair[0]), ""), text(pair[0])))
    values = []
    for end, quad in first:
        if budget.left <= 0:
            break
        value = value_of(graph, end)
        budget.take(value.value, value.label, value.detail)
        values.append(Fact(**value.model_dump(), evidence=_evidence(graph, quad, sources)))
    label = labels(graph.store, [property_]).get(property_) or words(local_name(property_))
    budget.take(property_, label)
    return Property(
        property=compact(property_, graph.prefixes), label=label, count=count, values=tuple(values)
    )


def _evidence(graph: CareerGraph, quad: ox.Quad, sources: Sources) -> tuple[int, ...]:
    """Return the numbers of the passages, or else the tables, that state a triple."""
    if not isinstance(quad.subject, ox.NamedNode):
        return ()
    said = [
        one.graph_name.value
        for one in graph.store.quads(quad.subject, quad.predicate, quad.object, None)
        if isinstance(one.graph_name, ox.NamedNode)
    ]
    if said:
        return sources.numbers(said)
    found = why(graph.store, quad.subject.value, quad.predicate.value, quad.object)
    return tuple(sorted({sources.number(one) for one in found}))


def _cut(short: list[str]) -> str | None:
    """Return what was left out of a description, in words."""
    if not short:
        return None
    names = ", ".join(dict.fromkeys(short[:8])) + (" and others" if len(short) > 8 else "")
    return (
        f"some values of {names} (count says how many there are): ask for one property with a higher "
        "limit, or use sparql with LIMIT and OFFSET"
    )
