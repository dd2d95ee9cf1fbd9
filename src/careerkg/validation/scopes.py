"""Scopes: the nodes that a shape is checked on, as graph patterns that bind ``?this``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count

import pyoxigraph as ox

from careerkg.store import Term
from careerkg.validation.names import RDF_TYPE
from careerkg.validation.paths import Path

__all__ = ["Fresh", "Scope", "in_list", "iri", "steps", "values"]

_THIS = "\x00"
_WIDEST = 400


class Fresh:
    """Gives out variables that are used nowhere else."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def __call__(self) -> str:
        """Return a new variable."""
        return f"?v{next(self._numbers)}"


@dataclass(frozen=True)
class Scope:
    """A set of nodes, as alternative graph patterns; a node may match several, or one several times."""

    branches: tuple[str, ...]

    @classmethod
    def of(cls, *patterns: str) -> Scope:
        """Return the scope of graph patterns that bind ``?this``."""
        return cls(tuple(pattern.replace("?this", _THIS) for pattern in patterns))

    def groups(self, variable: str = "?this") -> list[str]:
        """Return the graph patterns, with a variable for the node."""
        return [branch.replace(_THIS, variable) for branch in self.branches]

    def values(self, path: Path | None, fresh: Fresh) -> Scope:
        """Return the scope of the values that a path leads to from here."""
        if path is None:
            return self
        outer = fresh()
        return Scope(
            tuple(f"{group} {step}" for group in self.groups(outer) for step in steps(outer, path, _THIS))
        )

    def __or__(self, other: Scope) -> Scope:
        return Scope(tuple(dict.fromkeys((*self.branches, *other.branches))))


def steps(start: str, path: Path, end: str) -> Iterator[str]:
    """Yield the graph patterns that lead from a bound variable along a path to another.

    In SPARQL a path of length zero starts only at terms of the graph; in SHACL a focus node need not be in
    it. So a path that may have length zero has a second pattern, for the node itself.
    """
    yield f"{start} {path} {end} ."
    if path.nullable:
        yield f"BIND({start} AS {end})"


def iri(name: str) -> str:
    """Return an IRI in SPARQL."""
    return f"<{name}>"


def values(variable: str, terms: Iterable[Term]) -> str | None:
    """Return a VALUES block for some terms; None if a blank node is among them, which it cannot hold."""
    known = list(terms)
    if any(isinstance(term, ox.BlankNode) for term in known):
        return None
    return f"VALUES {variable} {{ {' '.join(map(str, known))} }}"


def in_list(variable: str, classes: Iterable[str], fresh: Fresh) -> str:
    """Return the pattern of an instance of any of some classes."""
    names = list(classes)
    if len(names) == 1:
        return f"{variable} {iri(RDF_TYPE)} {iri(names[0])} ."
    kind = fresh()
    if len(names) > _WIDEST:
        return f"VALUES {kind} {{ {' '.join(map(iri, names))} }} {variable} {iri(RDF_TYPE)} {kind} ."
    return f"{variable} {iri(RDF_TYPE)} {kind} FILTER({kind} IN ({', '.join(map(iri, names))}))"
