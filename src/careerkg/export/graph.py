"""The graph for networkx, and GraphML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

import pyoxigraph as ox

from careerkg.export.blank import label
from careerkg.vocabulary import PREFIXES, RDF, RDFS, compact, local_name

if TYPE_CHECKING:
    import networkx

    from careerkg.store import Store

__all__ = ["Thing", "graphml", "things", "to_networkx"]

_TYPE = ox.NamedNode(RDF.type)


@dataclass(frozen=True)
class Thing:
    """A node: its name, what it is called, its classes' local names, its literals, and where it points.

    ``literals`` and ``links`` have CURIEs of properties; several texts of one are joined by a line feed.
    """

    name: str
    label: str
    kind: str
    literals: dict[str, str]
    links: list[tuple[str, str]]


def to_networkx(store: Store, *, prefixes: Mapping[str, str] = PREFIXES) -> networkx.MultiDiGraph:
    """Return the default graph for networkx: links between things are edges, literals are attributes.

    A node is an IRI, or ``_:`` and a name for a blank node. Its attributes are ``label`` (English before
    others, empty if there is none), ``kind`` (local names of its classes, joined by a comma) and for each
    property with literals its CURIE, with the texts in order, several joined by a line feed. An edge has the
    CURIE of its property as key and as attribute ``property``; ``rdf:type`` is no edge. All are in order.
    """
    import networkx

    graph = networkx.MultiDiGraph()
    edges = []
    for thing in things(store, prefixes):
        graph.add_node(thing.name, label=thing.label, kind=thing.kind, **thing.literals)
        edges += [(thing.name, target, property_) for property_, target in thing.links]
    for source, target, property_ in edges:
        graph.add_edge(source, target, key=property_, property=property_)
    return graph


def things(store: Store, prefixes: Mapping[str, str]) -> Iterator[Thing]:
    """Yield each thing of the default graph in order of names, also those that are only referred to.

    A class is a thing where something is said of it, not by having instances.
    """
    subjects: _Statements = {}
    objects: set[str] = set()
    blank = []
    for quad in store.quads(graph=ox.DefaultGraph()):
        if isinstance(quad.subject, ox.BlankNode) or isinstance(quad.object, ox.BlankNode | ox.Triple):
            blank.append(quad)
        else:
            _note(quad, subjects, objects)
    for quad in label(blank):
        _note(quad, subjects, objects)

    @cache
    def curie(iri: str) -> str:
        return compact(iri, prefixes)

    for name in sorted(objects | subjects.keys()):
        kinds: set[str] = set()
        labels: list[tuple[bool, str, str]] = []
        literals: dict[str, list[str]] = {}
        links: list[tuple[str, str]] = []
        for predicate, object_ in subjects.get(name, ()):
            if isinstance(object_, str):
                if predicate == RDF.type:
                    kinds.add(local_name(object_))
                else:
                    links.append((curie(predicate), object_))
                continue
            text = object_.value if isinstance(object_, ox.Literal) else str(object_)
            literals.setdefault(curie(predicate), []).append(text)
            if predicate == RDFS.label and isinstance(object_, ox.Literal):
                labels.append((object_.language != "en", object_.language or "", text))
        yield Thing(
            name,
            min(labels)[2] if labels else "",
            ",".join(sorted(kinds)),
            {key: "\n".join(sorted(literals[key])) for key in sorted(literals)},
            sorted(links),
        )


_Statements: TypeAlias = "dict[str, list[tuple[str, str | ox.Literal | ox.Triple]]]"


def _note(
    quad: ox.Quad,
    subjects: _Statements,
    objects: set[str],
) -> None:
    """Note a statement under its subject, and what it refers to unless that is a class."""
    object_ = quad.object
    value: str | ox.Literal | ox.Triple
    if isinstance(object_, ox.NamedNode | ox.BlankNode):
        value = _name(object_)
        if quad.predicate != _TYPE:
            objects.add(value)
    else:
        value = object_
    assert isinstance(quad.subject, ox.NamedNode | ox.BlankNode)
    subjects.setdefault(_name(quad.subject), []).append((quad.predicate.value, value))


def _name(node: ox.NamedNode | ox.BlankNode) -> str:
    """Return the name of a node."""
    return node.value if isinstance(node, ox.NamedNode) else str(node)


def graphml(store: Store, *, prefixes: Mapping[str, str] = PREFIXES) -> Iterator[bytes]:
    """Yield the graph of :func:`to_networkx` as GraphML, edges numbered.

    Raises DataError for characters that XML forbids.
    """
    import networkx

    from careerkg.export.rdfxml import check_characters

    graph = networkx.MultiDiGraph()
    links = []
    for thing in things(store, prefixes):
        for text in thing.literals.values():
            check_characters(text, "GraphML")
        graph.add_node(thing.name, label=thing.label, kind=thing.kind, **thing.literals)
        links += [(thing.name, target, property_) for property_, target in thing.links]
    for number, (source, target, property_) in enumerate(links, 1):
        # The key becomes the id of the edge, which has to be unique in the document.
        graph.add_edge(source, target, key=f"e{number}", property=property_)
    yield b'<?xml version="1.0" encoding="UTF-8"?>\n'
    for line in networkx.generate_graphml(graph):
        yield line.encode("utf-8") + b"\n"
