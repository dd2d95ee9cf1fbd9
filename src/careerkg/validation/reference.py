"""The reference validator, pySHACL: decides what does not compile to SPARQL, and checks shapes graphs."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import pyoxigraph as ox

from careerkg.errors import ShapesError
from careerkg.store import Store, Term
from careerkg.validation.names import SH, VIOLATION
from careerkg.validation.paths import read_path
from careerkg.validation.rdflib_terms import from_rdflib, quiet, to_graph
from careerkg.validation.report import Result
from careerkg.validation.triples import TripleIndex

if TYPE_CHECKING:
    import rdflib

__all__ = ["default_graph_triples", "reference_results", "results_of_graph"]


def default_graph_triples(store: Store) -> Iterator[ox.Triple]:
    """Yield the triples of the default graph."""
    for quad in store.quads(graph=ox.DefaultGraph()):
        yield quad.triple


def reference_results(data: Iterable[ox.Triple], shapes: Iterable[ox.Triple]) -> list[Result]:
    """Return the results of pySHACL. Raises ShapesError if it cannot decide."""
    import pyshacl
    import rdflib
    from pyshacl.errors import ValidationFailure

    silent = logging.getLogger("careerkg.validation.reference")
    silent.setLevel(logging.CRITICAL)
    with quiet():
        data_graph, shapes_graph = to_graph(data), to_graph(shapes)
    try:
        with quiet():
            outcome = pyshacl.validate(
                data_graph,
                shacl_graph=shapes_graph,
                inference="none",
                advanced=True,
                logger=silent,
            )
    except Exception as error:  # a foreign library: whatever it is, there is no report
        raise ShapesError(f"pySHACL cannot decide: {_one_line(error)}") from error
    report = outcome[1]
    if isinstance(report, ValidationFailure) or not isinstance(report, rdflib.Graph):
        raise ShapesError(f"pySHACL cannot decide: {_one_line(report)}")
    return results_of_graph(report)


def _one_line(error: object) -> str:
    return " ".join(str(getattr(error, "message", None) or error).split())


def results_of_graph(report: rdflib.Graph) -> list[Result]:
    """Return the results that a W3C validation report holds; nested details are left out."""
    index = TripleIndex(
        ox.Triple(from_rdflib(s), ox.NamedNode(str(p)), from_rdflib(o))  # type: ignore[arg-type]
        for s, p, o in report
    )
    results = []
    for _, node in index.with_predicate(SH + "result"):

        def value(name: str, node: Term = node) -> Term | None:
            found = index.objects(node, SH + name)
            return found[0] if found else None

        focus, component, shape = value("focusNode"), value("sourceConstraintComponent"), value("sourceShape")
        severity, path = value("resultSeverity"), value("resultPath")
        assert focus is not None
        assert shape is not None
        assert isinstance(component, ox.NamedNode)
        results.append(
            Result(
                focus=focus,
                path=None if path is None else read_path(index, path),
                value=value("value"),
                component=component.value,
                shape=shape,
                severity=severity.value if isinstance(severity, ox.NamedNode) else VIOLATION,
                messages=tuple(
                    sorted(
                        (m for m in index.objects(node, SH + "resultMessage") if isinstance(m, ox.Literal)),
                        key=str,
                    )
                ),
                source_constraint=value("sourceConstraint"),
            )
        )
    return results
