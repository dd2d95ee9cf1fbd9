"""Evaluation of shapes on sets of nodes: a constraint is a query or a few, for any number of nodes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace

import pyoxigraph as ox

from careerkg.store import Term
from careerkg.validation.constraints import (
    Closed,
    Constraint,
    Count,
    Custom,
    HasValue,
    Languages,
    Members,
    Pair,
    Pattern,
    Qualified,
    Query,
    ShapeBased,
    UniqueLanguage,
    Value,
    on_each_value,
)
from careerkg.validation.data import Data
from careerkg.validation.expressions import Expressions, negated, ordered
from careerkg.validation.literals import conforms, less
from careerkg.validation.messages import default_message
from careerkg.validation.names import COMPONENTS, RDF_TYPE, RDFS
from careerkg.validation.paths import Path, Predicate
from careerkg.validation.report import Result
from careerkg.validation.scopes import Fresh, Scope, blocks, iri, is_named, steps
from careerkg.validation.screens import Screens
from careerkg.validation.shapes import Shape, Shapes
from careerkg.validation.sparql import custom_violations, query_violations

__all__ = ["Evaluation", "Found"]

Found = dict[Term, list[Result]]
"""Results by the node of the scope that they are due to: a node without results conforms."""


class Evaluation:
    """Checks shapes on scopes of one store.

    ``wanted`` says of which shapes results are reported; those of other shapes are only found where they
    decide whether a node conforms.
    """

    def __init__(self, data: Data, shapes: Shapes, wanted: Callable[[Shape], bool] = lambda _: True) -> None:
        self.data = data
        self.shapes = shapes
        self.wanted = wanted
        self.skipped: frozenset[tuple[Term, Term]] = frozenset()
        """Queries, by shape and their own node, that are run in another way."""
        self.fresh = Fresh()
        self.expressions = Expressions(shapes.by_node, data.subclasses, folded=data.folded, fresh=self.fresh)
        self.screens = Screens(data, shapes.by_node, self.expressions, self.fresh)

    def results(self, shape: Shape, scope: Scope, *, reporting: bool) -> Found:
        """Return the results of a shape by node of the scope; all of them unless ``reporting``."""
        found: Found = defaultdict(list)
        if shape.deactivated or not scope.branches:
            return found
        if not self.data.inhabited(scope):
            return found
        if scope.properties is not None and shape.path is None:
            scope = replace(scope, passed=self._passed(shape, scope, reporting=reporting))
        own = not reporting or self.wanted(shape)
        each: list[tuple[Constraint, str]] = []
        for constraint in shape.constraints:
            if isinstance(constraint, ShapeBased) and constraint.parameter == "property":
                self._merge(found, self._property(shape, constraint, scope, reporting=reporting))
            elif not own or self._is_idle(shape, constraint, scope) or self._is_skipped(shape, constraint):
                continue
            elif (test := self._test(shape, constraint)) is not None:
                if shape.node not in scope.passed:
                    each.append((constraint, test))
            elif shape.node in scope.passed and self._focus_test(shape, constraint) is not None:
                continue
            else:
                self._merge(found, self._check(shape, constraint, scope))
        if each:
            self._merge(found, self._values(shape, scope, each))
        return found

    def _test(self, shape: Shape, constraint: Constraint) -> str | None:
        """Return the test of each value that a constraint is; None if it is none, or cannot be written."""
        if not on_each_value(constraint):
            return None
        if isinstance(constraint, ShapeBased):
            return self.expressions.logical(constraint, self._value(shape))
        return self.expressions.test(constraint, self._value(shape)).expression

    def _focus_test(self, shape: Shape, constraint: Constraint) -> str | None:
        """Return the test of a focus node that a constraint is; None if it is none, or cannot be written."""
        if isinstance(constraint, HasValue):
            return self.expressions.has_value(constraint.term, shape.path, "?this")
        if not isinstance(constraint, Count) or shape.path is None:
            return None
        is_minimum = constraint.parameter == "minCount"
        number = constraint.number if is_minimum else constraint.number + 1
        test = self.expressions.at_least(number, "?this", shape.path, lambda _: "true")
        return test if test is None or is_minimum else negated(test)

    def _passed(self, shape: Shape, scope: Scope, *, reporting: bool) -> frozenset[Term]:
        """Return the property shapes of a node shape if all nodes pass their tests, asked in one go."""
        groups: list[str] = []
        shapes: set[Term] = set()
        for constraint in shape.constraints:
            if not isinstance(constraint, ShapeBased) or constraint.parameter != "property":
                continue
            inner = self.shapes.by_node[constraint.shapes[0]]
            if inner.deactivated or inner.path is None or (reporting and not self.wanted(inner)):
                continue
            shapes.add(inner.node)
            for test in (one for one in inner.constraints if not self._is_idle(inner, one, scope)):
                if (of_value := self._test(inner, test)) is not None:
                    groups += self._groups(inner, scope, f"FILTER({negated(of_value)})")
                elif (of_focus := self._focus_test(inner, test)) is not None:
                    groups += [f"{group} FILTER({negated(of_focus)})" for group in scope.groups()]
        if len(groups) < 2:
            return frozenset()
        failing = " UNION ".join(f"{{ {group} }}" for group in groups)
        return frozenset() if self.data.exists([failing]) else frozenset(shapes)

    def _values(self, shape: Shape, scope: Scope, each: list[tuple[Constraint, str]]) -> Found:
        """Return the values that fail one of some tests."""
        found: Found = defaultdict(list)
        suspects = self.screens.values(scope, shape.path, each)
        if suspects is None and len(each) > 1 and not self.data.is_large(scope):
            all_pass = " && ".join(test for _, test in each)
            failing = self._groups(shape, scope, f"FILTER(!({all_pass}))")
            suspects = None if self.data.exists(failing) else frozenset()
        if suspects is not None and not suspects:
            return found
        for constraint, test in each:
            narrowed = scope
            if shape.path is None and self.data.is_large(scope):
                narrowed = self.screens.focus(scope, constraint, None)
            pairs: Iterable[tuple[Term, Term]]
            pairs = self._pairs(shape, narrowed, f"FILTER({negated(test)})", suspects)
            if (
                isinstance(constraint, Value | Pattern | Languages | Members)
                and not self.expressions.test(constraint, "?value").exact
            ):
                folded = self.data.folded
                pairs = [pair for pair in pairs if not conforms(constraint, pair[1], folded=folded)]
            self._merge(found, self._found(shape, constraint, pairs))
        return found

    # ---- Small things -----------------------------------------------------------------------------

    @staticmethod
    def _merge(found: Found, more: Found) -> None:
        for node, results in more.items():
            found[node].extend(results)

    @staticmethod
    def _value(shape: Shape) -> str:
        """Return the variable for a value: on a node shape it is the focus node itself."""
        return "?this" if shape.path is None else "?value"

    def _groups(self, shape: Shape, scope: Scope, condition: str) -> list[str]:
        """Return the patterns of a focus node in ``?this`` and its value, that fulfil a condition."""
        if shape.path is None:
            return [f"{group} {condition}" for group in scope.groups()]
        return [
            f"{group} {step} {condition}"
            for group in scope.groups()
            for step in steps("?this", shape.path, "?value")
        ]

    def _pairs(
        self, shape: Shape, scope: Scope, condition: str = "", among: Collection[Term] | None = None
    ) -> Iterator[tuple[Term, Term]]:
        """Yield focus nodes with each value that fulfils a condition, and is one of some."""
        if shape.path is None:
            for (this,) in self.data.select("?this", self._groups(shape, scope, condition)):
                if among is None or this in among:
                    yield this, this
            return
        if among is None:
            yield from self._two(self._groups(shape, scope, condition))
            return
        named = sorted((term for term in among if is_named(term)), key=str)
        for block in blocks("?value", named):
            yield from self._two([f"{group} {block}" for group in self._groups(shape, scope, condition)])
        if len(named) < len(among):
            unnamed = f"{condition} FILTER(!isIRI(?value) && !isLiteral(?value))"
            yield from (pair for pair in self._two(self._groups(shape, scope, unnamed)) if pair[1] in among)

    def _is_idle(self, shape: Shape, constraint: Constraint, scope: Scope) -> bool:
        """Return whether a constraint cannot be violated because no node has its property."""
        if not isinstance(shape.path, Predicate) or not _is_of_values(constraint):
            return False
        if scope.properties is not None:
            return shape.path.iri not in scope.properties
        return not self.data.has_predicate(shape.path.iri)

    def _is_skipped(self, shape: Shape, constraint: Constraint) -> bool:
        return isinstance(constraint, Query) and (shape.node, constraint.node) in self.skipped

    def _result(
        self,
        shape: Shape,
        constraint: Constraint,
        focus: Term,
        value: Term | None = None,
        *,
        path: Path | None = None,
        component: str | None = None,
    ) -> Result:
        return Result(
            focus=focus,
            path=path or shape.path,
            value=value,
            component=component or constraint.component,
            shape=shape.node,
            severity=shape.severity,
            messages=shape.messages or (default_message(constraint),),
        )

    def _found(
        self, shape: Shape, constraint: Constraint, pairs: Iterable[tuple[Term, Term | None]]
    ) -> Found:
        """Return a result for each focus node and value."""
        found: Found = defaultdict(list)
        for this, value in pairs:
            found[this].append(self._result(shape, constraint, this, value))
        return found

    # ---- Constraints ------------------------------------------------------------------------------

    def _check(self, shape: Shape, constraint: Constraint, scope: Scope) -> Found:
        """Return the violations of any other constraint."""
        if isinstance(constraint, Count):
            return self._count(shape, constraint, scope)
        if isinstance(constraint, HasValue):
            test = self._focus_test(shape, constraint)
            assert test is not None
            scope = self.screens.focus(scope, constraint, shape.path)
            return self._on_focus(shape, constraint, scope, test)
        if isinstance(constraint, UniqueLanguage):
            return self._unique_language(shape, constraint, scope)
        if isinstance(constraint, Pair):
            return self._pair(shape, constraint, scope)
        if isinstance(constraint, Closed):
            return self._closed(shape, constraint, scope)
        if isinstance(constraint, ShapeBased):
            return self._shape_based(shape, constraint, scope)
        if isinstance(constraint, Qualified):
            return self._qualified(shape, constraint, scope)
        if isinstance(constraint, Query):
            return query_violations(self.data, self.fresh, shape, constraint, scope)
        if isinstance(constraint, Custom):
            return custom_violations(self.data, self.fresh, shape, constraint, scope)
        return {}

    def _on_focus(
        self, shape: Shape, constraint: Constraint, scope: Scope, test: str, component: str | None = None
    ) -> Found:
        """Return a result without value for each focus node that does not pass a test."""
        groups = [f"{group} FILTER({negated(test)})" for group in scope.groups()]
        return {
            this: [self._result(shape, constraint, this, component=component)]
            for (this,) in self.data.select("?this", groups)
        }

    def _count(self, shape: Shape, constraint: Count, scope: Scope) -> Found:
        assert shape.path is not None
        is_minimum, number = constraint.parameter == "minCount", constraint.number
        if is_minimum:
            scope = self.screens.focus(scope, constraint, shape.path)
        else:
            scope = self.screens.holders(scope, constraint, shape.path)
        if not scope.branches:
            return {}
        test = self._focus_test(shape, constraint)
        if test is not None:
            return self._on_focus(shape, constraint, scope, test)
        wrong = self._counted(shape, scope, lambda n: n < number if is_minimum else n > number)
        return {this: [self._result(shape, constraint, this)] for this in wrong}

    def _counted(
        self, shape: Shape, scope: Scope, is_wrong: Callable[[int], bool], condition: str = ""
    ) -> list[Term]:
        """Return the focus nodes whose number of values (that fulfil a condition) is wrong."""
        groups = [
            f"{{ {group} OPTIONAL {{ {step} {condition} }} }}"
            for group in scope.groups()
            for step in steps("?this", shape.path, "?value")  # type: ignore[arg-type]
            if not step.startswith("BIND")
        ]
        groups += [f"{{ {group} }}" for group in self._groups(shape, scope, condition)]
        query = (
            "SELECT ?this (COUNT(DISTINCT ?value) AS ?number) "
            f"WHERE {{ {' UNION '.join(groups)} }} GROUP BY ?this"
        )
        return [
            this
            for this, number in self.data.rows(query, "this", "number")
            if this is not None and isinstance(number, ox.Literal) and is_wrong(int(number.value))
        ]

    def _unique_language(self, shape: Shape, constraint: UniqueLanguage, scope: Scope) -> Found:
        """Return a result for each language of a focus node that several values have."""
        scope = self.screens.holders(scope, constraint, shape.path)
        patterns = self.expressions.set_violations(constraint, shape.path, "?this", "?value", self.fresh())
        groups = [
            f"{group} {pattern} BIND(LCASE(LANG(?value)) AS ?language)"
            for group in scope.groups()
            for pattern in patterns or ()
        ]
        rows = self.data.select("?this ?language", groups)
        return self._found(shape, constraint, ((this, None) for this, _ in rows))

    def _pair(self, shape: Shape, constraint: Pair, scope: Scope) -> Found:
        patterns = self.expressions.set_violations(constraint, shape.path, "?this", "?value", self.fresh())
        if patterns is not None:
            groups = [f"{group} {pattern}" for group in scope.groups() for pattern in patterns]
            return self._found(shape, constraint, self._two(groups))
        scope = self.screens.holders(scope, constraint, shape.path)
        or_equal = constraint.parameter == "lessThanOrEquals"
        sure = ordered("<=" if or_equal else "<", "?value", "?other")
        condition = f"?this {iri(constraint.predicate)} ?other FILTER(!{sure})"
        groups = self._groups(shape, scope, condition)
        return self._found(
            shape,
            constraint,
            [
                (this, value)
                for this, value, other in self.data.select("?this ?value ?other", groups)
                if not less(value, other, or_equal=or_equal)
            ],
        )

    def _two(self, groups: list[str]) -> Iterator[tuple[Term, Term]]:
        return ((row[0], row[1]) for row in self.data.select("?this ?value", groups))

    def _closed(self, shape: Shape, constraint: Closed, scope: Scope) -> Found:
        """Return a result for each triple that a closed shape does not allow."""
        value = self._value(shape)
        allowed = ", ".join(map(iri, constraint.allowed))
        condition = (
            f"{value} ?property ?object FILTER(?property NOT IN ({allowed})) "
            if allowed
            else (f"{value} ?property ?object ")
        )
        condition += f"FILTER(!(?property = {iri(RDF_TYPE)} && ?object = {iri(RDFS + 'Resource')}))"
        names = "?this ?property ?object" if shape.path is None else "?this ?value ?property ?object"
        found: Found = defaultdict(list)
        for row in self.data.select(names, self._groups(shape, scope, condition)):
            this, property_, object_ = row[0], row[-2], row[-1]
            assert isinstance(property_, ox.NamedNode)
            found[this].append(
                self._result(shape, constraint, this, object_, path=Predicate(property_.value))
            )
        return found

    # ---- Constraints on other shapes --------------------------------------------------------------

    def _property(self, shape: Shape, constraint: ShapeBased, scope: Scope, *, reporting: bool) -> Found:
        """Return the results of a property shape on each value, due to the focus node that has the value."""
        inner = self.shapes.by_node[constraint.shapes[0]]
        if shape.path is not None and self._is_idle(shape, constraint, scope):
            return {}
        found = self.results(inner, scope.values(shape.path, self.fresh), reporting=reporting)
        if shape.path is None or not found:
            return found
        outer: Found = defaultdict(list)
        for this, value in self._pairs(shape, scope, among=set(found)):
            outer[this].extend(found[value])
        return outer

    def _shape_based(self, shape: Shape, constraint: ShapeBased, scope: Scope) -> Found:
        """Return the values that fail sh:node, sh:not, sh:and, sh:or or sh:xone without an exact test."""
        failing = [self._failing(node, shape, scope) for node in constraint.shapes]
        if constraint.parameter in ("node", "and", "or"):
            wrong = set.intersection(*failing) if constraint.parameter == "or" else set.union(*failing)
            pairs = self._pairs(shape, scope, among=wrong)
        elif constraint.parameter == "not":
            pairs = (pair for pair in self._pairs(shape, scope) if pair[1] not in failing[0])
        else:
            pairs = (
                pair
                for pair in self._pairs(shape, scope)
                if sum(pair[1] not in failed for failed in failing) != 1
            )
        return self._found(shape, constraint, pairs)

    def _failing(self, node: Term, shape: Shape, scope: Scope) -> set[Term]:
        """Return the values of a shape that do not conform to another shape."""
        inner = self.shapes.by_node[node]
        return set(self.results(inner, scope.values(shape.path, self.fresh), reporting=False))

    def _qualified(self, shape: Shape, constraint: Qualified, scope: Scope) -> Found:
        """Return the focus nodes with too few or too many values of a qualified shape."""
        found: Found = defaultdict(list)
        bounds = (
            ("qualifiedMinCount", constraint.minimum),
            ("qualifiedMaxCount", constraint.maximum),
        )
        for parameter, number in bounds:
            if number is None:
                continue
            is_minimum, component = parameter == "qualifiedMinCount", COMPONENTS[parameter]
            path = shape.path
            assert path is not None
            test = self.expressions.at_least(
                number if is_minimum else number + 1,
                "?this",
                path,
                lambda value: self.expressions.counts(constraint, value),
            )
            if test is not None:
                wanted = test if is_minimum else negated(test)
                self._merge(found, self._on_focus(shape, constraint, scope, wanted, component))
                continue
            for this, count in self._conforming(shape, constraint, scope).items():
                if count < number if is_minimum else count > number:
                    found[this].append(self._result(shape, constraint, this, component=component))
        return found

    def _conforming(self, shape: Shape, constraint: Qualified, scope: Scope) -> dict[Term, int]:
        """Return how many values of each focus node count for a qualified value shape."""
        numbers = {this: 0 for (this,) in self.data.select("?this", scope.groups())}
        failing = self._failing(constraint.shape, shape, scope)
        of_siblings = [self._failing(sibling, shape, scope) for sibling in constraint.siblings]
        for this, value in self._pairs(shape, scope):
            if value not in failing and all(value in failed for failed in of_siblings):
                numbers[this] += 1
        return numbers


def _is_of_values(constraint: Constraint) -> bool:
    """Return whether a constraint of a property shape cannot be violated where there is no value."""
    if isinstance(constraint, Count | Pair):
        return constraint.parameter in ("maxCount", "disjoint", "lessThan", "lessThanOrEquals")
    return isinstance(
        constraint, Value | Pattern | Languages | Members | UniqueLanguage | ShapeBased | Closed
    )
