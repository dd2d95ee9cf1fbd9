"""A store as validation sees it: rows of terms, and a few facts that are looked up once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Literal

import pyoxigraph as ox

from careerkg.errors import StoreError
from careerkg.store import Store, Term
from careerkg.validation.names import RDF_TYPE, SUBCLASS_OF, XSD
from careerkg.validation.scopes import Origin, Scope, iri
from careerkg.validation.triples import as_text

__all__ = ["MANY", "Data"]

MANY = 1_000
"""From how many nodes on a scope is large: then it pays to ask for sets instead of for each node."""

_LONGEST = 200_000
"""How many characters of patterns stand in one query: one of twice as many takes longer than two."""


class Data:
    """Asks a store; every question is one SPARQL query."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._known: dict[str, bool] = {}
        self._below: dict[Term, list[Term]] | None = None
        self._classes: dict[str, tuple[str, ...] | None] = {}
        self._sizes: dict[Origin, int] | None = None
        self._functional: dict[str, bool] = {}
        folded = next(self.rows(f'SELECT (DATATYPE("1"^^{iri(XSD + "byte")}) AS ?type) WHERE {{}}', "type"))
        self.folded = folded[0] == ox.NamedNode(XSD + "integer")
        """Whether the store keeps all integer types as xsd:integer."""

    def rows(self, sparql: str, *names: str) -> Iterator[tuple[Term | None, ...]]:
        """Yield the solutions of a query: a tuple of the values of some variables."""
        solutions = self.store.query(sparql)
        assert isinstance(solutions, ox.QuerySolutions)
        variables = [variable.value for variable in solutions.variables]
        for solution in solutions:
            yield tuple(solution[name] if name in variables else None for name in names)

    def select(self, names: str, groups: list[str]) -> Iterator[tuple[Term, ...]]:
        """Yield each solution of alternative graph patterns once; ``names`` are variables, all bound."""
        wanted = [name.lstrip("?") for name in names.split()]
        seen: set[tuple[Term, ...]] = set()
        parts = list(_in_parts(groups))
        for part in parts:
            body = part[0] if len(part) == 1 else " UNION ".join(f"{{ {group} }}" for group in part)
            for row in self.rows(f"SELECT DISTINCT {names} WHERE {{ {body} }}", *wanted):
                solution = tuple(term for term in row if term is not None)
                if len(parts) > 1:
                    if solution in seen:
                        continue
                    seen.add(solution)
                yield solution

    def exists(self, groups: list[str]) -> bool:
        """Return whether one of some graph patterns has a solution."""
        for group in groups:
            if group not in self._known:
                answer = self.store.query(f"ASK {{ {group} }}")
                assert isinstance(answer, ox.QueryBoolean)
                self._known[group] = bool(answer)
            if self._known[group]:
                return True
        return False

    def has_predicate(self, name: str) -> bool:
        """Return whether a property is used at all."""
        return self.exists([f"?s {iri(name)} ?o"])

    def inhabited(self, scope: Scope) -> bool:
        """Return whether there is a node to check."""
        return scope.inhabited or self.exists(scope.groups())

    @property
    def sizes(self) -> dict[Origin, int]:
        """How many instances each class has, and how many triples each property, if it has any."""
        if self._sizes is None:
            counts = "SELECT ?name (COUNT(?s) AS ?number) WHERE {{ {} }} GROUP BY ?name"
            self._sizes = {}
            patterns: tuple[tuple[Literal["class", "property"], str], ...] = (
                ("class", f"?s {iri(RDF_TYPE)} ?name"),
                ("property", "?s ?name ?o"),
            )
            # An endpoint that does not count so much has no large scopes, then.
            with suppress(StoreError):
                for kind, pattern in patterns:
                    for name, number in self.rows(counts.format(pattern), "name", "number"):
                        if isinstance(name, ox.NamedNode) and isinstance(number, ox.Literal):
                            self._sizes[kind, name.value] = int(number.value)
        return self._sizes

    def size(self, scope: Scope) -> int | None:
        """Return about how many nodes a scope has; None if its origins are not known."""
        if scope.origins is None:
            return None
        return sum(self.sizes.get(origin, 0) for origin in scope.origins)

    def is_large(self, scope: Scope) -> bool:
        """Return whether a scope is known to have many nodes."""
        size = self.size(scope)
        return size is not None and size >= MANY

    def is_functional(self, name: str) -> bool:
        """Return whether it is known that no node has two values of a property."""
        if name not in self._functional:
            self._functional[name] = False
            # An endpoint may refuse to count so much.
            with suppress(StoreError):
                subjects = self.rows(f"SELECT (COUNT(DISTINCT ?s) AS ?n) WHERE {{ ?s {iri(name)} ?o }}", "n")
                (number,) = next(subjects)
                assert isinstance(number, ox.Literal)
                self._functional[name] = int(number.value) == self.sizes.get(("property", name), 0)
        return self._functional[name]

    def subclasses(self, name: str) -> tuple[str, ...] | None:
        """Return a class and all below it; None if one of them is a blank node, which has no name."""
        if self._below is None:
            self._below = {}
            for below, above in self.select("?below ?above", [f"?below {iri(SUBCLASS_OF)} ?above"]):
                self._below.setdefault(above, []).append(below)
        if name not in self._classes:
            found: set[Term] = {ox.NamedNode(name)}
            pending = list(found)
            while pending:
                new = [below for below in self._below.get(pending.pop(), ()) if below not in found]
                found.update(new)
                pending += new
            has_blank = any(isinstance(term, ox.BlankNode) for term in found)
            self._classes[name] = None if has_blank else tuple(sorted(as_text(term) for term in found))
        return self._classes[name]


def _in_parts(groups: list[str]) -> Iterator[list[str]]:
    """Yield some graph patterns, as many at once as one query takes well."""
    part: list[str] = []
    length = 0
    for group in groups:
        if part and length + len(group) > _LONGEST:
            yield part
            part, length = [], 0
        part.append(group)
        length += len(group)
    if part:
        yield part
