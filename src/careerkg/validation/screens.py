"""Screens: over many nodes, the few that may violate a constraint are found first, set against set.

A test of each node costs a look into an index for each of them, and that is what validation of millions of
triples would take its time for. A screen asks the store for sets instead (all that has a property, all
instances of a class, all values of a property once each), which engines read in one go and subtract from
each other by hashing. What is left over holds every violation, and perhaps more; it is looked at as usual.

A screen is a list of graph patterns, *suspicions*: each violating node of a scope matches one of them at
least, if they are appended to the pattern of the scope.
"""

from __future__ import annotations

import pyoxigraph as ox

from careerkg.store import Term
from careerkg.validation.constraints import (
    Constraint,
    Count,
    HasValue,
    Languages,
    Members,
    Pair,
    Pattern,
    ShapeBased,
    UniqueLanguage,
    Value,
)
from careerkg.validation.data import Data
from careerkg.validation.expressions import Expressions, negated, ordered
from careerkg.validation.paths import Alternative, Inverse, Path, Predicate, Sequence
from careerkg.validation.queries import renamed
from careerkg.validation.scopes import Fresh, Scope, in_list, iri
from careerkg.validation.shapes import Shape

__all__ = ["Screens"]

_WORTH = 30
"""How many triples of a property may be read for each node of a scope."""

_FEW = 500
"""Fewer nodes than this are named in a query."""

_SHARE = 0.5
"""How much of a scope may be named: naming more takes longer than looking at all of it."""

_DEARER = 4
"""How many nodes can be subtracted as a set in the time that it takes to look one up."""


class Screens:
    """Screens of one store; scopes that are not large are left as they are."""

    def __init__(self, data: Data, shapes: dict[Term, Shape], expressions: Expressions, fresh: Fresh) -> None:
        self._data, self._shapes, self._expressions, self._fresh = data, shapes, expressions, fresh

    def pays(self, scope: Scope, path: Path | None) -> bool:
        """Return whether all triples of a property can be read for a scope."""
        if not isinstance(path, Predicate) or not self._data.is_large(scope):
            return False
        triples = self._data.sizes.get(("property", path.iri), 0)
        return triples <= _WORTH * (self._data.size(scope) or 0)

    # ---- What is asked of the store -----------------------------------------------------------------

    def focus(self, scope: Scope, constraint: Constraint, path: Path | None) -> Scope:
        """Return the nodes of a scope that may violate a constraint, as a scope."""
        if not self._data.is_large(scope):
            return scope
        size = self._data.size(scope) or 0
        suspicions = self.suspicions(constraint, path, size)
        if suspicions is None:
            return scope
        nodes: set[Term] = set()
        for suspicion in suspicions:
            groups = [f"{scope.nodes()} {suspicion}"]
            if suspicion.startswith("{"):
                # It binds the nodes itself. If they are few, they are joined to the scope by name.
                few = f"{{ SELECT ?this WHERE {{ {suspicion} }} LIMIT {_FEW} }}"
                found = [this for (this,) in self._data.select("?this", [few])]
                if len(found) < _FEW:
                    groups = scope.meeting(found).groups()
            nodes.update(this for (this,) in self._data.select("?this", groups))
            if len(nodes) > size * _SHARE:
                return scope
        return scope.holding(nodes)

    def holders(self, scope: Scope, constraint: Constraint, path: Path | None) -> Scope:
        """Return the nodes of a scope whose values of a property, taken together, are suspicious."""
        if not isinstance(path, Predicate) or not self.pays(scope, path):
            return scope
        suspicion = self._of_values(constraint, path)
        if suspicion is None:
            return scope
        nodes = {this for (this,) in self._data.select("?this", [suspicion])} if suspicion else set()
        return scope.meeting(nodes)

    def values(
        self, scope: Scope, path: Path | None, each: list[tuple[Constraint, str]]
    ) -> frozenset[Term] | None:
        """Return the values of a property that may fail some tests of ``?value``; None: nobody asked."""
        if not isinstance(path, Predicate) or not self.pays(scope, path):
            return None
        triples = self._data.sizes.get(("property", path.iri), 0)
        once = f"{{ SELECT ?value WHERE {{ {self._fresh()} {path} ?value }} GROUP BY ?value }}"
        tests, suspicions = [], []
        for constraint, test in each:
            looks_around = isinstance(constraint, ShapeBased) or (
                isinstance(constraint, Value) and constraint.parameter == "class"
            )
            found = self.suspicions(constraint, None, triples) if looks_around else None
            if found is None:
                tests.append(test)
            else:
                suspicions += [renamed(suspicion, "this", "value") for suspicion in found]
        if tests:
            suspicions.append(f"FILTER(!({' && '.join(tests)}))")
        return frozenset(
            value for one in suspicions for (value,) in self._data.select("?value", [f"{once} {one}"])
        )

    def _of_values(self, constraint: Constraint, path: Predicate) -> str | None:
        """Return the pattern of the nodes with suspicious values of a property; empty if there are none."""
        at_most_one = isinstance(constraint, UniqueLanguage) or (
            isinstance(constraint, Count) and constraint.number > 0
        )
        if at_most_one and self._data.is_functional(path.iri):
            return ""
        step = f"?this {path} ?value"
        if isinstance(constraint, Count):
            return (
                f"{{ SELECT ?this WHERE {{ {step} }} GROUP BY ?this HAVING(COUNT(*) > {constraint.number}) }}"
            )
        if isinstance(constraint, UniqueLanguage):
            language = "(LCASE(LANG(?value)) AS ?language)"
            return (
                f"{{ SELECT DISTINCT ?this WHERE {{ {step} FILTER(isLiteral(?value)) }} "
                f"GROUP BY ?this {language} HAVING(COUNT(*) > 1) }}"
            )
        if isinstance(constraint, Pair) and constraint.parameter.startswith("lessThan"):
            sure = ordered("<" if constraint.parameter == "lessThan" else "<=", "?value", "?other")
            return (
                f"{{ SELECT ?this ?value WHERE {{ {step} }} }} "
                f"{{ SELECT ?this ?other WHERE {{ ?this {iri(constraint.predicate)} ?other }} }} "
                f"FILTER({negated(sure)})"
            )
        return None

    # ---- Suspicions ---------------------------------------------------------------------------------

    def suspicions(self, constraint: Constraint, path: Path | None, size: int) -> list[str] | None:
        """Return patterns one of which each ``?this`` matches that violates a constraint; None: unknown.

        ``size`` is about how many nodes there are. A suspicion that begins with a brace binds ``?this``
        itself, and gives each node once.
        """
        if path is not None:
            return self._on_path(constraint, path, size)
        if isinstance(constraint, ShapeBased):
            return self._on_shapes(constraint, size)
        if isinstance(constraint, Value) and constraint.parameter == "class":
            instances = self._instances(constraint)
            return None if instances is None else [self._without(*instances, size)]
        if isinstance(constraint, Value | Pattern | Languages | Members):
            return [f"FILTER({negated(self._expressions.test(constraint, '?this').expression)})"]
        return None

    @staticmethod
    def _without(pattern: str, triples: int, size: int) -> str:
        """Return what leaves out the nodes of a pattern: set from set, or one by one if it is far larger."""
        return (
            f"MINUS {{ {pattern} }}" if triples <= _DEARER * size else f"FILTER(NOT EXISTS {{ {pattern} }})"
        )

    def _on_path(self, constraint: Constraint, path: Path, size: int) -> list[str] | None:
        if not self._is_cheap(constraint, path):
            return None
        triples = sum(self._data.sizes.get(("property", name), 0) for name in path.predicates())
        if isinstance(constraint, HasValue):
            blank = isinstance(constraint.term, ox.BlankNode)
            return None if blank else [self._without(f"?this {path} {constraint.term}", triples, size)]
        if not isinstance(constraint, Count):
            return None
        value = self._fresh()
        step, number = f"?this {path} {value}", constraint.number
        if constraint.parameter == "maxCount":
            return [_counted(step, value, f"> {number}") if number else _subjects(step)]
        if number == 0:
            return []
        if number > 1:
            return [f"MINUS {{ {_counted(step, value, f'>= {number}')} }}"]
        return [self._without(step, triples, size)]

    def _on_shapes(self, constraint: ShapeBased, size: int) -> list[str] | None:
        if constraint.parameter == "not":
            conforming = self._may_conform(constraint.shapes[0])
            return None if conforming is None else [conforming]
        if constraint.parameter == "xone":
            return self._not_one(constraint.shapes, size)
        several = [self._of_shape(node, size) for node in constraint.shapes]
        if constraint.parameter != "or":
            return None if None in several else [one for part in several for one in part or ()]
        if [] in several:
            return []
        together = [part[0] for part in several if part is not None and len(part) == 1]
        return [" ".join(sorted(together, key=lambda part: not part.startswith("{")))] if together else None

    def _of_shape(self, node: Term, size: int) -> list[str] | None:
        """Return the suspicions of a whole shape."""
        shape = self._shapes[node]
        if shape.deactivated:
            return []
        found = []
        for constraint in shape.constraints:
            part = self.suspicions(constraint, shape.path, size)
            if part is None:
                return None
            found += part
        return found

    def _not_one(self, nodes: tuple[Term, ...], size: int) -> list[str] | None:
        """Return the suspicions of conforming to none, or to several, of some shapes."""
        none = [self._of_shape(node, size) for node in nodes]
        some = [self._may_conform(node) for node in nodes]
        if any(part is None or len(part) != 1 for part in none) or None in some:
            return None
        each = " UNION ".join(f"{{ {part} }}" for part in some)
        several = f"{{ SELECT ?this WHERE {{ {each} }} GROUP BY ?this HAVING(COUNT(*) > 1) }}"
        return [" ".join(part[0] for part in none if part), several]

    def _may_conform(self, node: Term) -> str | None:
        """Return a pattern that gives each ``?this`` once that conforms to a shape, and perhaps more."""
        shape = self._shapes[node]
        if shape.deactivated:
            return None
        found = (self._may_hold(constraint, shape.path) for constraint in shape.constraints)
        return next((part for part in found if part is not None), None)

    def _may_hold(self, constraint: Constraint, path: Path | None) -> str | None:
        if path is not None and self._is_cheap(constraint, path):
            if isinstance(constraint, HasValue) and not isinstance(constraint.term, ox.BlankNode):
                return _subjects(f"?this {path} {constraint.term}")
            if isinstance(constraint, Count) and constraint.parameter == "minCount" and constraint.number:
                return _subjects(f"?this {path} {self._fresh()}")
        if path is None and isinstance(constraint, Value) and constraint.parameter == "class":
            instances = self._instances(constraint)
            return None if instances is None else _subjects(instances[0])
        if path is None and isinstance(constraint, ShapeBased):
            parts = [self._may_conform(node) for node in constraint.shapes]
            if constraint.parameter in ("node", "property", "and"):
                return next((part for part in parts if part is not None), None)
        return None

    def _is_cheap(self, constraint: Constraint, path: Path) -> bool:
        """Return whether all that a path leads to is about as much as one of its properties has triples.

        A path of two properties is, if the second has one value at most, or only a certain one counts.
        """
        if _is_short(path):
            return True
        if not (isinstance(path, Sequence) and len(path.parts) == 2):
            return False
        first, second = path.parts
        if not (isinstance(first, Predicate) and isinstance(second, Predicate)):
            return False
        if isinstance(constraint, HasValue):
            return True
        at_least_one = isinstance(constraint, Count) and constraint.parameter == "minCount"
        return at_least_one and self._data.is_functional(second.iri)

    def _instances(self, constraint: Value) -> tuple[str, int] | None:
        """Return the pattern of the instances of a class, and about how many there are."""
        assert isinstance(constraint.argument, ox.NamedNode)
        classes = self._data.subclasses(constraint.argument.value)
        if classes is None:
            return None
        size = sum(self._data.sizes.get(("class", name), 0) for name in classes)
        return in_list("?this", classes, self._fresh), size


def _is_short(path: Path) -> bool:
    """Return whether a path is a property, its inverse, or several such: then no part of it is joined."""
    if isinstance(path, Alternative):
        return all(map(_is_short, path.parts))
    return isinstance(path, Predicate) or (isinstance(path, Inverse) and isinstance(path.path, Predicate))


def _subjects(pattern: str) -> str:
    """Return a pattern that gives each ``?this`` of a pattern once, apart from what it is joined to."""
    return f"{{ SELECT DISTINCT ?this WHERE {{ {pattern} }} }}"


def _counted(step: str, value: str, condition: str) -> str:
    return f"{{ SELECT ?this WHERE {{ {step} }} GROUP BY ?this HAVING(COUNT(DISTINCT {value}) {condition}) }}"
