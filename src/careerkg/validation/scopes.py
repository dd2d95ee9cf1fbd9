"""Scopes: the nodes that a shape is checked on, as graph patterns that bind ``?this``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Literal, TypeAlias

import pyoxigraph as ox

from careerkg.store import Term
from careerkg.validation.names import RDF_TYPE
from careerkg.validation.paths import Path, Predicate

__all__ = ["FRESH", "Fresh", "Origin", "Scope", "blocks", "in_list", "iri", "is_named", "steps", "values"]

_THIS = "\x00"
_WIDEST = 400
_BLOCK = 500

Origin: TypeAlias = tuple[Literal["class", "property"], str]
"""Where nodes of a scope come from: they are instances of a class, or subjects or objects of a property."""


FRESH = "shacl"
"""How variables begin that no query of a shape has, as far as can be expected."""


class Fresh:
    """Gives out variables that are used nowhere else."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def __call__(self) -> str:
        """Return a new variable."""
        return f"?{FRESH}{next(self._numbers)}"


@dataclass(frozen=True)
class Scope:
    """A set of nodes, as alternative graph patterns; a node may match several, or one several times.

    ``origins`` say where the nodes come from, so that it can be told about how many there are; None if they
    are few, or nobody knows. ``properties`` are those that the nodes have, where the nodes are listed and
    that was found out. ``passed`` are property shapes whose tests all nodes are known to pass. ``inhabited``
    says that there are nodes, as far as that is known.
    """

    branches: tuple[str, ...]
    origins: tuple[Origin, ...] | None = None
    properties: frozenset[str] | None = None
    passed: frozenset[Term] = frozenset()
    inhabited: bool = False

    @classmethod
    def of(cls, *patterns: str, origins: Iterable[Origin] | None = None) -> Scope:
        """Return the scope of graph patterns that bind ``?this``."""
        branches = tuple(pattern.replace("?this", _THIS) for pattern in patterns)
        return cls(branches, None if origins is None else tuple(origins))

    def holding(self, nodes: Iterable[Term]) -> Scope:
        """Return the scope of some nodes that are known to be of this one.

        A blank node has no name in SPARQL: where there is one, all blank nodes of the scope are taken.
        """
        named, unnamed = self._parts(nodes)
        return replace(Scope.of(*blocks("?this", named), *unnamed), inhabited=bool(named))

    def meeting(self, nodes: Iterable[Term]) -> Scope:
        """Return the scope of those of some nodes that are of this one; blank nodes as in :meth:`holding`."""
        named, unnamed = self._parts(nodes)
        groups = self.groups()
        return Scope.of(*(f"{block} {g}" for block in blocks("?this", named) for g in groups), *unnamed)

    def _parts(self, nodes: Iterable[Term]) -> tuple[list[Term], list[str]]:
        """Return those of some nodes that have names, and patterns for the others."""
        known = sorted(set(nodes), key=str)
        named = [node for node in known if is_named(node)]
        if len(named) == len(known):
            return named, []
        return named, [f"{group} FILTER(!isIRI(?this) && !isLiteral(?this))" for group in self.groups()]

    def groups(self, variable: str = "?this") -> list[str]:
        """Return the graph patterns, with a variable for the node."""
        return [branch.replace(_THIS, variable) for branch in self.branches]

    def nodes(self, variable: str = "?this") -> str:
        """Return one graph pattern that binds a variable to each node once, before it is joined to others."""
        groups = self.groups(variable)
        either = groups[0] if len(groups) == 1 else " UNION ".join(f"{{ {group} }}" for group in groups)
        # Engines put a condition inside DISTINCT, where it would be tested of each row; not inside GROUP BY.
        return f"{{ SELECT {variable} WHERE {{ {either} }} GROUP BY {variable} }}"

    def values(self, path: Path | None, fresh: Fresh) -> Scope:
        """Return the scope of the values that a path leads to from here."""
        if path is None:
            return self
        outer = fresh()
        branches = tuple(
            f"{group} {step}" for group in self.groups(outer) for step in steps(outer, path, _THIS)
        )
        origins: tuple[Origin, ...] | None = None
        if self.origins is not None and isinstance(path, Predicate):
            origins = (("property", path.iri),)
        return Scope(branches, origins)


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


def is_named(term: Term) -> bool:
    """Return whether a term can stand in a query as a constant."""
    return isinstance(term, ox.NamedNode | ox.Literal)


def blocks(variable: str, terms: Iterable[Term]) -> Iterator[str]:
    """Yield VALUES blocks for some terms that can stand in a query, of a size that engines take well."""
    known = list(terms)
    for index in range(0, len(known), _BLOCK):
        yield f"VALUES {variable} {{ {' '.join(map(str, known[index : index + _BLOCK]))} }}"


def in_list(variable: str, classes: Iterable[str], fresh: Fresh) -> str:
    """Return the pattern of an instance of any of some classes."""
    names = list(classes)
    if len(names) == 1:
        return f"{variable} {iri(RDF_TYPE)} {iri(names[0])} ."
    kind = fresh()
    if len(names) > _WIDEST:
        return f"VALUES {kind} {{ {' '.join(map(iri, names))} }} {variable} {iri(RDF_TYPE)} {kind} ."
    return f"{variable} {iri(RDF_TYPE)} {kind} FILTER({kind} IN ({', '.join(map(iri, names))}))"
