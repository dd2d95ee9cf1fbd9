"""Property paths (SHACL section 2.3.1): read from a shapes graph, written as SPARQL and as RDF."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import pyoxigraph as ox

from careerkg.store import Term
from careerkg.validation.names import RDF_FIRST, RDF_NIL, RDF_REST, SH
from careerkg.validation.triples import TripleIndex

__all__ = ["Alternative", "Inverse", "Path", "Predicate", "Repeated", "Sequence", "path_triples", "read_path"]


@dataclass(frozen=True)
class Predicate:
    """A predicate path: one property."""

    iri: str

    def __str__(self) -> str:
        return f"<{self.iri}>"

    @property
    def nullable(self) -> bool:
        """Whether the path can have length zero, so that a node is its own value."""
        return False

    def predicates(self) -> Iterator[str]:
        """Return the properties that the path uses."""
        yield self.iri


@dataclass(frozen=True)
class Inverse:
    """An inverse path."""

    path: Path

    def __str__(self) -> str:
        return f"^({self.path})" if not isinstance(self.path, Predicate) else f"^{self.path}"

    @property
    def nullable(self) -> bool:
        """Whether the path can have length zero."""
        return self.path.nullable

    def predicates(self) -> Iterator[str]:
        """Return the properties that the path uses."""
        return self.path.predicates()


@dataclass(frozen=True)
class Sequence:
    """A sequence path: one part after the other."""

    parts: tuple[Path, ...]

    def __str__(self) -> str:
        return "(" + "/".join(map(str, self.parts)) + ")"

    @property
    def nullable(self) -> bool:
        """Whether the path can have length zero."""
        return all(part.nullable for part in self.parts)

    def predicates(self) -> Iterator[str]:
        """Return the properties that the path uses."""
        for part in self.parts:
            yield from part.predicates()


@dataclass(frozen=True)
class Alternative:
    """An alternative path: any of its parts."""

    parts: tuple[Path, ...]

    def __str__(self) -> str:
        return "(" + "|".join(map(str, self.parts)) + ")"

    @property
    def nullable(self) -> bool:
        """Whether the path can have length zero."""
        return any(part.nullable for part in self.parts)

    def predicates(self) -> Iterator[str]:
        """Return the properties that the path uses."""
        for part in self.parts:
            yield from part.predicates()


@dataclass(frozen=True)
class Repeated:
    """A path taken zero or more (``*``), one or more (``+``), or zero or one times (``?``)."""

    path: Path
    times: str

    def __str__(self) -> str:
        inner = str(self.path) if not isinstance(self.path, Inverse | Repeated) else f"({self.path})"
        return inner + self.times

    @property
    def nullable(self) -> bool:
        """Whether the path can have length zero."""
        return self.times != "+" or self.path.nullable

    def predicates(self) -> Iterator[str]:
        """Return the properties that the path uses."""
        return self.path.predicates()


Path: TypeAlias = Predicate | Inverse | Sequence | Alternative | Repeated

_UNARY = {"zeroOrMorePath": "*", "oneOrMorePath": "+", "zeroOrOnePath": "?"}
_DEEPEST = 50


def read_path(graph: TripleIndex, node: Term, depth: int = 0) -> Path:
    """Return the path that a node of a shapes graph stands for. Raises ShapesError if it is ill-formed."""
    if isinstance(node, ox.NamedNode):
        return Predicate(node.value)
    if not isinstance(node, ox.BlankNode):
        raise graph.error(node, "is no property path")
    if depth > _DEEPEST:
        raise graph.error(node, "is a property path within itself, or one too deep")
    if graph.objects(node, RDF_FIRST):
        parts = tuple(read_path(graph, item, depth + 1) for item in graph.items(node))
        if len(parts) < 2:
            raise graph.error(node, "is a sequence path with fewer than two parts")
        return Sequence(parts)
    for name, times in _UNARY.items():
        if inner := graph.objects(node, SH + name):
            return Repeated(read_path(graph, _only(graph, node, inner), depth + 1), times)
    if inner := graph.objects(node, SH + "inversePath"):
        return Inverse(read_path(graph, _only(graph, node, inner), depth + 1))
    if inner := graph.objects(node, SH + "alternativePath"):
        members = graph.items(_only(graph, node, inner))
        if len(members) < 2:
            raise graph.error(node, "is an alternative path with fewer than two parts")
        return Alternative(tuple(read_path(graph, item, depth + 1) for item in members))
    raise graph.error(node, "is no property path")


def _only(graph: TripleIndex, node: Term, values: list[Term]) -> Term:
    """Return the only value. Raises ShapesError if there are several."""
    if len(values) > 1:
        raise graph.error(node, "is a property path of several values")
    return values[0]


def path_triples(path: Path) -> tuple[ox.NamedNode | ox.BlankNode, list[ox.Triple]]:
    """Return the node that stands for a path in RDF, and the triples that say what it is."""
    if isinstance(path, Predicate):
        return ox.NamedNode(path.iri), []
    node = ox.BlankNode()
    if isinstance(path, Sequence):
        return _list(path.parts)
    if isinstance(path, Alternative):
        inner, triples = _list(path.parts)
        name = "alternativePath"
    else:
        inner, triples = path_triples(path.path)
        name = (
            "inversePath"
            if isinstance(path, Inverse)
            else next(name for name, times in _UNARY.items() if times == path.times)
        )
    return node, [ox.Triple(node, ox.NamedNode(SH + name), inner), *triples]


def _list(parts: tuple[Path, ...]) -> tuple[ox.NamedNode | ox.BlankNode, list[ox.Triple]]:
    """Return the head of an RDF list of paths, and its triples."""
    head: ox.NamedNode | ox.BlankNode = ox.NamedNode(RDF_NIL)
    triples: list[ox.Triple] = []
    for part in reversed(parts):
        inner, more = path_triples(part)
        cell = ox.BlankNode()
        triples = [
            ox.Triple(cell, ox.NamedNode(RDF_FIRST), inner),
            ox.Triple(cell, ox.NamedNode(RDF_REST), head),
            *more,
            *triples,
        ]
        head = cell
    return head, triples
