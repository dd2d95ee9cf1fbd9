"""SHACL validation with the shapes of careerkg, against pySHACL on an in-memory rdflib graph.

The data are the bundled graph many times over: each copy has its own entities, sources and passages, while
vocabulary and concept schemes are shared; so every shape has work to do, and the copies conform. Faults of
several kinds are put into one entity in a hundred. Results must be the same, one by one, or the row fails.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

import pyoxigraph as ox
from common import Row, best_of

from careerkg import CareerGraph, resources
from careerkg.store import EmbeddedStore
from careerkg.validation import Report, Result, Shapes, load_shapes, validate
from careerkg.validation.rdflib_terms import from_rdflib, quiet, to_graph, to_rdflib
from careerkg.vocabulary import CKG, ID, RDF, RDFS, SOURCE

REFERENCE, SMALL, LARGE = 5, 35, 350
"""Copies: about 2 x 10^4 triples, as much as pySHACL does in a minute or two, 10^5 and 10^6."""

INCREMENTAL = 0.020
"""The goal for one changed entity, in seconds."""


def triples(copies: int, *, faults: bool = False) -> Iterator[ox.Triple]:
    """Yield the triples of the graph and of some copies of what its files of facts say."""
    shared = EmbeddedStore.in_memory(resources.ontology_files())
    kept = {quad.subject for quad in shared.quads(graph=ox.DefaultGraph())}
    facts = [
        quad.triple
        for quad in CareerGraph().store.quads(graph=ox.DefaultGraph())
        if isinstance(quad.subject, ox.NamedNode) and quad.subject not in kept
    ]
    own = {triple.subject for triple in facts}
    yield from (quad.triple for quad in shared.quads(graph=ox.DefaultGraph()))

    def copied(term: ox.NamedNode, copy: int) -> ox.NamedNode:
        # A passage's name begins with that of its source: the copy's number goes into the first part.
        for start in (str(ID), str(SOURCE)):
            if term in own and term.value.startswith(start):
                return ox.NamedNode(f"{start}{term.value[len(start) :]}-{copy}")
        return term

    number = 0
    for copy in range(copies):
        for triple in facts:
            subject, object_ = triple.subject, triple.object
            assert isinstance(subject, ox.NamedNode)
            node = copied(subject, copy)
            value = copied(object_, copy) if isinstance(object_, ox.NamedNode) else object_
            yield ox.Triple(node, triple.predicate, value)
            if faults and triple.predicate.value == RDF.type:
                number += 1
                if number % 100 == 0:
                    yield from fault(node, number // 100)


def fault(node: ox.NamedNode, number: int) -> Iterator[ox.Triple]:
    """Yield a wrong triple about a node: of another kind each time."""
    label = ox.NamedNode(RDFS.label)
    yield (
        ox.Triple(node, label, ox.Literal("without a language")),
        ox.Triple(node, ox.NamedNode(CKG.isuedBy), node),
        ox.Triple(node, ox.NamedNode(CKG.validFrom), ox.Literal("yesterday")),
        ox.Triple(node, ox.NamedNode(CKG.rank), ox.NamedNode(f"{ID}rank/unheard-of")),
        ox.Triple(node, ox.NamedNode(CKG.requires), ox.NamedNode(f"{ID}condition/nowhere")),
        ox.Triple(node, ox.NamedNode(RDF.type), ox.NamedNode(CKG.Occupatoin)),
    )[number % 6]


def store_of(graph: Iterator[ox.Triple]) -> EmbeddedStore:
    """Return a store in memory."""
    inner = ox.Store()
    inner.bulk_extend(ox.Quad(t.subject, t.predicate, t.object) for t in graph)
    return EmbeddedStore(inner)


def keys(results: Iterator[Result]) -> Counter[tuple[object, ...]]:
    """Return results as what must be the same; literals in the form that rdflib gives them."""
    with quiet():
        return Counter(
            (
                result.focus,
                str(result.path),
                None if result.value is None else from_rdflib(to_rdflib(result.value)),
                result.component,
                result.shape,
                result.severity,
            )
            for result in results
        )


def pyshacl_time(store: EmbeddedStore, shapes: Shapes, report: Report) -> float:
    """Return how long pySHACL takes for the same; raises AssertionError if its results are not the same."""
    import pyshacl

    from careerkg.validation.reference import results_of_graph

    with quiet():
        data = to_graph(quad.triple for quad in store.quads(graph=ox.DefaultGraph()))
        shacl = to_graph(shapes.graph.triples)
        start = time.perf_counter()
        _, graph, _ = pyshacl.validate(data, shacl_graph=shacl, inference="none")
        taken = time.perf_counter() - start
    theirs = keys(iter(results_of_graph(graph)))
    ours = keys(iter(report.results))
    assert ours == theirs, [*(ours - theirs), *(theirs - ours)][:3]
    return taken


def rows() -> Iterator[Row]:
    """Yield the measurements."""
    shapes = load_shapes(resources.shapes_files())
    for faults in (False, True):
        store = store_of(triples(REFERENCE, faults=faults))
        ours, report = best_of(3, lambda store=store: validate(store, shapes))  # type: ignore[misc]
        theirs = pyshacl_time(store, shapes, report)
        kind = f"{int(report.counts)} results" if faults else "clean"
        yield Row(f"validate {len(store):,} triples, {kind}", ours, "pySHACL, same results", theirs, ">= 30")
    small = store_of(triples(SMALL))
    theirs, _ = best_of(3, lambda: validate(small, shapes))
    large = store_of(triples(LARGE))
    ours, _ = best_of(2, lambda: validate(large, shapes))
    yield Row(
        f"validate {len(large):,} triples: time per 10^5 triples",
        1e5 * ours / len(large),
        f"of {len(small):,} triples",
        1e5 * theirs / len(small),
        "<= 1.2",
    )
    changed = [ox.NamedNode(f"{ID}credential/rhit-3")]
    ours, _ = best_of(20, lambda: validate(large, shapes, changed=changed))
    yield Row(f"one changed entity of {len(large):,} triples", ours, "goal", INCREMENTAL, "<= 1")
