"""The graph for networkx, and GraphML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

import pyoxigraph as ox

from careerkg.export.blank import label
from careerkg.vocabulary import OWL, PREFIXES, RDF, RDFS, compact, local_name

if TYPE_CHECKING:
    import networkx

    from careerkg.store import Store

__all__ = ["Thing", "graphml", "things", "to_networkx"]

_TYPE = ox.NamedNode(RDF.type)

_TERM_CLASSES = frozenset({RDF.Property, RDFS.Class, RDFS.Datatype})
_NO_TERM_CLASSES = frozenset({OWL.NamedIndividual, OWL.Thing})
"""Whoever is of a class of OWL, of these apart, or of one of those is of a vocabulary, not of the data."""


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


def to_networkx(
    store: Store, *, terms: bool = False, prefixes: Mapping[str, str] = PREFIXES
) -> networkx.MultiDiGraph:
    """Return the default graph for networkx: links between things are edges, literals are attributes.

    A node is an IRI, or ``_:`` and a name for a blank node. Its attributes are ``label`` (English before
    others, empty if there is none), ``kind`` (local names of its classes, joined by a comma) and for each
    property with literals its CURIE, with the texts in order, several joined by a line feed. An edge has the
    CURIE of its property as key and as attribute ``property``; ``rdf:type`` is no edge. All are in order.

    An RDF list is no chain of nodes: its members are values of the property. The classes and properties of
    vocabularies are left out unless ``terms`` says otherwise; one that data refer to is there by label and
    kind.
    """
    import networkx

    graph = networkx.MultiDiGraph()
    edges = []
    for thing in things(store, prefixes, terms=terms):
        graph.add_node(thing.name, label=thing.label, kind=thing.kind, **thing.literals)
        edges += [(thing.name, target, property_) for property_, target in thing.links]
    for source, target, property_ in edges:
        graph.add_edge(source, target, key=property_, property=property_)
    return graph


def things(store: Store, prefixes: Mapping[str, str], *, terms: bool = False) -> Iterator[Thing]:
    """Yield each thing of the default graph in order of names, also those that are only referred to.

    A class is a thing where something is said of it, not by having instances. Lists and terms of
    vocabularies are treated as :func:`to_networkx` says.
    """
    subjects: _Statements = {}
    blank = []
    for quad in store.quads(graph=ox.DefaultGraph()):
        if isinstance(quad.subject, ox.BlankNode) or isinstance(quad.object, ox.BlankNode | ox.Triple):
            blank.append(quad)
        else:
            _note(quad, subjects)
    for quad in label(blank):
        _note(quad, subjects)
    _unfold(subjects)
    known = {name for name, statements in subjects.items() if _is_term(statements)}
    left_out = set() if terms else known
    objects = {
        object_
        for name, statements in subjects.items()
        if name not in left_out
        for predicate, object_ in statements
        if isinstance(object_, str) and predicate != RDF.type
    }

    @cache
    def curie(iri: str) -> str:
        return compact(iri, prefixes)

    for name in sorted(objects | (subjects.keys() - left_out)):
        kinds: set[str] = set()
        labels: list[tuple[bool, str, str]] = []
        literals: dict[str, list[str]] = {}
        links: set[tuple[str, str]] = set()
        for predicate, object_ in subjects.get(name, ()):
            if isinstance(object_, str):
                if predicate == RDF.type:
                    kinds.add(local_name(object_))
                elif name not in left_out:
                    links.add((curie(predicate), object_))
                continue
            text = object_.value if isinstance(object_, ox.Literal) else str(object_)
            if predicate == RDFS.label and isinstance(object_, ox.Literal):
                labels.append((object_.language != "en", object_.language or "", text))
            if name not in left_out:
                literals.setdefault(curie(predicate), []).append(text)
        yield Thing(
            name,
            min(labels)[2] if labels else "",
            ",".join(sorted(kinds)),
            {key: "\n".join(sorted(literals[key])) for key in sorted(literals)},
            sorted(links),
        )


_Value: TypeAlias = "str | ox.Literal | ox.Triple"
_Statements: TypeAlias = "dict[str, list[tuple[str, _Value]]]"


def _note(quad: ox.Quad, subjects: _Statements) -> None:
    """Note a statement under its subject."""
    object_ = quad.object
    value = _name(object_) if isinstance(object_, ox.NamedNode | ox.BlankNode) else object_
    assert isinstance(quad.subject, ox.NamedNode | ox.BlankNode)
    subjects.setdefault(_name(quad.subject), []).append((quad.predicate.value, value))


def _is_term(statements: list[tuple[str, _Value]]) -> bool:
    """Tell whether statements are about a term of a vocabulary, or an axiom about terms."""
    kinds = {str(object_) for predicate, object_ in statements if predicate == RDF.type}
    return any(
        kind in _TERM_CLASSES or (kind.startswith(str(OWL)) and kind not in _NO_TERM_CLASSES)
        for kind in kinds
    )


def _unfold(subjects: _Statements) -> None:
    """Put the members of each well-formed RDF list in the place of the list, and take its cells away.

    Lists inside lists are unfolded, too. A cell that is no list, such as one of a circle, stays a node.
    """
    cells = {name: cell for name, said in subjects.items() if (cell := _cell(name, said)) is not None}
    used: set[str] = set()
    for name, said in subjects.items():
        if name in cells:
            continue
        unfolded: list[tuple[str, _Value]] = []
        for predicate, object_ in said:
            listed = None if predicate in (RDF.first, RDF.rest) else _members(cells, object_)
            if listed is None:
                unfolded.append((predicate, object_))
            else:
                values, chain = listed
                used |= chain
                unfolded += [(predicate, value) for value in values]
        said[:] = unfolded
    for name in used:
        del subjects[name]


def _members(
    cells: Mapping[str, tuple[_Value, str]], head: _Value, above: frozenset[str] = frozenset()
) -> tuple[list[_Value], set[str]] | None:
    """Return the members of a list, those of lists inside it, too, and its cells; None if it is no list."""
    if not isinstance(head, str) or (head != RDF.nil and head not in cells):
        return None
    found: list[_Value] = []
    chain: set[str] = set()
    node = head
    while node != RDF.nil:
        if node not in cells or node in chain or node in above:
            return None
        chain.add(node)
        value, node = cells[node]
        inner = _members(cells, value, above | chain)
        if inner is None:
            found.append(value)
        else:
            found += inner[0]
            chain |= inner[1]
    return found, chain


def _cell(name: str, said: list[tuple[str, _Value]]) -> tuple[_Value, str] | None:
    """Return member and rest of a blank node that is the cell of a list and nothing else."""
    values = dict(said)
    rest = values.get(RDF.rest)
    if (
        not name.startswith("_:")
        or len(said) != len(values)
        or values.keys() - {RDF.type} != {RDF.first, RDF.rest}
        or values.get(RDF.type, RDF.List) != RDF.List
        or not isinstance(rest, str)
    ):
        return None
    return values[RDF.first], rest


def _name(node: ox.NamedNode | ox.BlankNode) -> str:
    """Return the name of a node."""
    return node.value if isinstance(node, ox.NamedNode) else str(node)


def graphml(store: Store, *, terms: bool = False, prefixes: Mapping[str, str] = PREFIXES) -> Iterator[bytes]:
    """Yield the graph of :func:`to_networkx` as GraphML, edges numbered.

    Raises DataError for characters that XML forbids.
    """
    import networkx

    from careerkg.export.rdfxml import check_characters

    graph = networkx.MultiDiGraph()
    links = []
    for thing in things(store, prefixes, terms=terms):
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
