"""Results as values that compare across engines, and the reference's results for the same store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from math import inf

import pyoxigraph as ox
import pytest

from careerkg.store import EmbeddedStore, Term
from careerkg.validation import Result, Shapes, data, screens
from careerkg.validation.rdflib_terms import from_rdflib, quiet, to_rdflib
from careerkg.validation.reference import default_graph_triples, reference_results
from careerkg.validation.shapes import read_shapes
from careerkg.validation.triples import TripleIndex

Key = tuple[str, str | None, str | None, str, str, str]


def comparable(term: Term | None) -> str | None:
    """A term as text; literals in the normal form that Oxigraph and then rdflib give them."""
    if not isinstance(term, ox.Literal):
        return None if term is None else str(term)
    rows = ox.Store().query(f"SELECT ({term} AS ?term) {{}}")
    assert isinstance(rows, ox.QuerySolutions)
    with quiet():
        return str(from_rdflib(to_rdflib(next(rows)["term"])))


def keys(results: Iterable[Result]) -> Counter[Key]:
    """The results as a multiset of what must be equal."""
    return Counter(
        (
            comparable(result.focus) or "",
            None if result.path is None else str(result.path),
            comparable(result.value),
            result.component,
            str(result.shape),
            result.severity,
        )
        for result in results
    )


def expected(store: EmbeddedStore, shapes: Shapes) -> Counter[Key]:
    """The results of the reference validator."""
    normal = store_of(shapes.graph.triples)  # literals in the same form as those of the data
    return keys(reference_results(list(default_graph_triples(store)), list(default_graph_triples(normal))))


WAYS: tuple[dict[str, float], ...] = (
    {},
    {"_DEARER": 0, "_FEW": 0, "_SHARE": inf},
    {"_DEARER": inf, "_SHARE": inf},
)
"""Ways of screening: as usual, with nodes left out one by one, and as sets, whatever their size."""


@contextmanager
def screened(way: dict[str, float]) -> Iterator[None]:
    """Within it scopes of any size are screened first, and each part of a union is asked for by itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "MANY", 0)
        patch.setattr(data, "_LONGEST", 0)
        for name, value in way.items():
            patch.setattr(screens, name, value)
        yield


def store_of(triples: Iterable[ox.Triple]) -> EmbeddedStore:
    """A store in memory that holds some triples in its default graph."""
    inner = ox.Store()
    inner.extend([ox.Quad(t.subject, t.predicate, t.object) for t in triples])
    return EmbeddedStore(inner)


def store_from(turtle: str) -> EmbeddedStore:
    """A store in memory of a Turtle text."""
    return store_of(quad.triple for quad in ox.parse(turtle.encode(), format=ox.RdfFormat.TURTLE))


def shapes_from(turtle: str) -> Shapes:
    """The shapes of a Turtle text."""
    return read_shapes(
        TripleIndex(quad.triple for quad in ox.parse(turtle.encode(), format=ox.RdfFormat.TURTLE))
    )
