"""The data behind a page: the concise description of a thing as RDF, with names for what it is linked to.

What is said of it, blank nodes followed to their end; a bounded number of references to it; the names of all
that occurs. TriG has the passages, too: each triple again in the graph of the passage that says so.
"""

from __future__ import annotations

from itertools import islice

import pyoxigraph as ox

from careerkg.export.serialization import rdf_bytes
from careerkg.store import Term
from careerkg.vocabulary import PREFIXES, RDFS
from careerkg.web.pages.reading import Node, Reader, node_of

__all__ = ["MEDIA_TYPES", "described", "thing_bytes"]

MEDIA_TYPES = {
    "html": "text/html",
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "nt": "application/n-triples",
    "trig": "application/trig",
    "rdf": "application/rdf+xml",
}
"""Media types of documents by the ending of their addresses."""

_REFERENCES = 500
_STATEMENTS = 5_000
_DEEPEST = 8
_PREFIXES = ("ckg", "ckgid", "ckgsrc", "dcterms", "prov", "rdf", "rdfs", "skos", "xsd")
_DEFAULT = ox.DefaultGraph()


def described(reader: Reader, iri: str) -> list[ox.Triple]:
    """Return the triples that describe a thing."""
    node = ox.NamedNode(iri)
    triples: dict[ox.Triple, None] = {}
    waiting: list[tuple[Node, int]] = [(node, 0)]
    seen: set[Node] = {node}
    while waiting:
        subject, depth = waiting.pop()
        for quad in islice(reader.store.quads(subject, None, None, _DEFAULT), _STATEMENTS):
            triples[quad.triple] = None
            if isinstance(quad.object, ox.BlankNode) and quad.object not in seen and depth < _DEEPEST:
                seen.add(quad.object)
                waiting.append((quad.object, depth + 1))
    for quad in islice(reader.store.quads(None, None, node, _DEFAULT), _REFERENCES):
        triples[quad.triple] = None
    label = ox.NamedNode(RDFS.label)
    others: set[Term] = {end for triple in triples for end in (triple.subject, triple.object)}
    for other in sorted(one.value for one in others if isinstance(one, ox.NamedNode) and one != node):
        name = reader.known_label(other)
        if name is not None:
            triples[ox.Triple(ox.NamedNode(other), label, ox.Literal(name, language="en"))] = None
    return list(triples)


def thing_bytes(reader: Reader, iri: str, ending: str) -> bytes:
    """Return the description of a thing in the format of an ending."""
    triples = described(reader, iri)
    if ending != "trig":
        return rdf_bytes(triples, ending)
    node = node_of(iri)
    quads = [ox.Quad(one.subject, one.predicate, one.object) for one in triples]
    passages = {
        quad
        for subject, object_ in ((node, None), (None, node))
        for quad in islice(reader.store.quads(subject, None, object_, None), _STATEMENTS)
        if isinstance(quad.graph_name, ox.NamedNode)
    }
    names = {quad.graph_name.value for quad in passages if isinstance(quad.graph_name, ox.NamedNode)}
    for name in sorted(names):
        quads += (
            quad
            for quad in reader.store.quads(ox.NamedNode(name), None, None, _DEFAULT)
            if isinstance(quad.object, ox.NamedNode | ox.Literal)
        )
    quads += passages
    prefixes = {prefix: PREFIXES[prefix] for prefix in _PREFIXES}
    data = ox.serialize(sorted(set(quads), key=str), format=ox.RdfFormat.TRIG, prefixes=prefixes)
    assert data is not None
    return data
