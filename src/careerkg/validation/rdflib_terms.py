"""Terms and graphs between Oxigraph and rdflib."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyoxigraph as ox

from careerkg.store import Term

if TYPE_CHECKING:
    import rdflib
    from rdflib.term import Identifier

__all__ = ["from_rdflib", "quiet", "to_graph", "to_rdflib"]


@contextmanager
def quiet() -> Iterator[None]:
    """Keep rdflib from warning about ill-typed literals: finding them is what validation does."""
    import warnings

    logger = logging.getLogger("rdflib.term")
    before = logger.disabled
    logger.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.disabled = before


def to_rdflib(term: Term) -> Identifier:
    """Return an rdflib term; a blank node keeps its name."""
    import rdflib

    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return rdflib.BNode(term.value)
    if isinstance(term, ox.Literal):
        if term.language:
            return rdflib.Literal(term.value, lang=term.language)
        if term.datatype.value == "http://www.w3.org/2001/XMLSchema#string":
            return rdflib.Literal(term.value)
        return rdflib.Literal(term.value, datatype=rdflib.URIRef(term.datatype.value))
    raise TypeError(f"rdflib has no term for {term}")


def from_rdflib(term: Identifier) -> Term:
    """Return an Oxigraph term; a blank node keeps its name."""
    import rdflib

    if isinstance(term, rdflib.URIRef):
        return ox.NamedNode(str(term))
    if isinstance(term, rdflib.BNode):
        return ox.BlankNode(str(term))
    assert isinstance(term, rdflib.Literal)
    if term.language:
        return ox.Literal(str(term), language=term.language)
    return ox.Literal(str(term), datatype=ox.NamedNode(str(term.datatype)) if term.datatype else None)


def to_graph(triples: Iterable[ox.Triple]) -> rdflib.Graph:
    """Return an rdflib graph of some triples; blank nodes keep their names."""
    import rdflib

    graph = rdflib.Graph(bind_namespaces="none")
    terms: dict[Term, Identifier] = {}
    for triple in triples:
        parts = []
        for term in (triple.subject, triple.predicate, triple.object):
            if term not in terms:
                terms[term] = to_rdflib(term)
            parts.append(terms[term])
        graph.add((parts[0], parts[1], parts[2]))
    return graph
