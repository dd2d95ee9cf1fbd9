"""What does not compile to SPARQL, and how the reference validator decides it.

Node expressions (sh:expression, SHACL-AF section 5) are the one thing. A shape with targets that leads to one
is decided by pySHACL as a whole, on a copy of the default graph in memory: a node expression may look at any
node, so no smaller part of the graph is sure to decide it. All other shapes lose their targets in what
pySHACL gets, so nothing is checked twice.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyoxigraph as ox

from careerkg.store import Store, Term
from careerkg.validation.constraints import Foreign
from careerkg.validation.names import OWL, RDF_TYPE, RDFS, SH
from careerkg.validation.reference import default_graph_triples, reference_results
from careerkg.validation.report import Result
from careerkg.validation.shapes import Shape, Shapes
from careerkg.validation.triples import as_text

__all__ = ["delegated_results", "delegated_shapes", "names_of"]

_TARGETS = frozenset(
    SH + name for name in ("targetClass", "targetNode", "targetObjectsOf", "targetSubjectsOf", "target")
)
_CLASSES = (ox.NamedNode(RDFS + "Class"), ox.NamedNode(OWL + "Class"))


def delegated_shapes(shapes: Shapes) -> dict[Term, tuple[str, ...]]:
    """Return the shapes with targets that the reference must decide, with the parameters that are why."""
    if not any(isinstance(c, Foreign) for shape in shapes.by_node.values() for c in shape.constraints):
        return {}
    found: dict[Term, tuple[str, ...]] = {}
    for shape in shapes.targeted:
        foreign = sorted({f"{as_text(node)} {parameter}" for node, parameter in _foreign(shapes, shape)})
        if foreign:
            found[shape.node] = tuple(foreign)
    return found


def _foreign(shapes: Shapes, start: Shape) -> Iterator[tuple[Term, str]]:
    """Yield what does not compile in a shape and in those that it refers to."""
    pending, seen = [start.node], set[Term]()
    while pending:
        node = pending.pop()
        if node in seen:
            continue
        seen.add(node)
        shape = shapes.by_node[node]
        yield from ((node, c.parameter) for c in shape.constraints if isinstance(c, Foreign))
        pending += shape.uses()


def names_of(delegated: dict[Term, tuple[str, ...]]) -> list[str]:
    """Return what the report says of it: each shape and parameter."""
    return sorted({name for names in delegated.values() for name in names})


def delegated_results(store: Store, shapes: Shapes, delegated: dict[Term, tuple[str, ...]]) -> list[Result]:
    """Return the reference's results for some shapes. Raises ShapesError if it cannot decide them."""
    triples = [
        triple
        for triple in shapes.graph.triples
        if triple.subject in delegated
        or (
            triple.predicate.value not in _TARGETS
            and not (
                triple.predicate.value == RDF_TYPE
                and triple.object in _CLASSES
                and triple.subject in shapes.by_node
            )
        )
    ]
    return reference_results(default_graph_triples(store), triples)
