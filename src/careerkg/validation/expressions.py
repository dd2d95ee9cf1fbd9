"""Shapes as SPARQL: expressions that are true for the values that conform.

A test has an expression and says whether it is *exact*: if not, a value for which it is false or fails may
still conform, and is looked at again (``literals.conforms``). An expression never errs on the other side.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pyoxigraph as ox

from careerkg.store import Term
from careerkg.validation.constraints import (
    Closed,
    Constraint,
    Count,
    Custom,
    Foreign,
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
)
from careerkg.validation.literals import INTEGER_BOUNDS
from careerkg.validation.names import RDF_LANG_STRING, RDF_TYPE, RDFS, SH, SUBCLASS_OF, XSD
from careerkg.validation.paths import Path, Sequence
from careerkg.validation.scopes import Fresh, in_list, iri, steps
from careerkg.validation.shapes import Shape

__all__ = ["MOST_NESTED", "Expressions", "Test", "negated", "ordered"]

MOST_NESTED = 4
"""Up to how many values are told apart by nested EXISTS; beyond that they are counted."""

_INTEGER = "^[+-]?[0-9]+$"
_DECIMAL = r"^[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)$"
_DOUBLE = r"^[+-]?(([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?|INF)$|^NaN$"
_DAY = "[0-9]{4}-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?"
_ZONE = "(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])?"
_DATE_PART = "([0-9]+Y([0-9]+M)?([0-9]+D)?|[0-9]+M([0-9]+D)?|[0-9]+D)"
_TIME_PART = r"T([0-9]+H([0-9]+M)?([0-9]+(\\.[0-9]+)?S)?|[0-9]+M([0-9]+(\\.[0-9]+)?S)?|[0-9]+(\\.[0-9]+)?S)"

_SURE: dict[str, tuple[str | None, bool]] = {
    XSD + "string": (None, True),
    XSD + "decimal": (_DECIMAL, True),
    XSD + "float": (_DOUBLE, True),
    XSD + "double": (_DOUBLE, True),
    XSD + "boolean": ("^(true|false|0|1)$", True),
    XSD + "date": (f"^{_DAY}$", False),
    XSD + "dateTime": (f"^{_DAY}T{_TIME}{_ZONE}$", False),
    XSD + "time": (f"^{_TIME}{_ZONE}$", False),
    XSD + "duration": (f"^-?P({_DATE_PART}({_TIME_PART})?|{_TIME_PART})$", False),
    XSD + "dayTimeDuration": (f"^-?P([0-9]+D({_TIME_PART})?|{_TIME_PART})$", False),
    XSD + "yearMonthDuration": ("^-?P([0-9]+Y([0-9]+M)?|[0-9]+M)$", False),
    XSD + "hexBinary": ("^([0-9a-fA-F]{2})*$", False),
    XSD + "base64Binary": ("^$", False),
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#XMLLiteral": ("^$", False),
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#HTML": ("^$", False),
}
"""Datatypes with ill-typed literals: a lexical form that surely is none, and whether all others are."""

_OPERATORS = {"minExclusive": ">", "minInclusive": ">=", "maxExclusive": "<", "maxInclusive": "<="}
_NUMBERS = frozenset((*INTEGER_BOUNDS, *(XSD + name for name in ("decimal", "float", "double"))))
_ZONED = '"(Z|[+-][0-9][0-9]:[0-9][0-9])$"'
_SAME_EVERYWHERE = re.compile(r"(?:\\[dwsDWS.\-/+*?()\[\]{}|^$\\]|\(\?:|[^\\])*", re.DOTALL)
_DIFFERS = re.compile(r"\(\?(?!:)|\[\[|\[:|&&|--|~~|\{,|\[\]|\[\^\]|\*\+|\+\+|\?\+")


@dataclass(frozen=True)
class Test:
    """A test of one value: an expression that is true only if it conforms, and whether always if it does."""

    expression: str
    exact: bool


class Expressions:
    """Compiles constraints for one store, whose classes it knows.

    ``subclasses`` gives a class and all below it, or None if they cannot be listed by name.
    """

    def __init__(
        self,
        shapes: dict[Term, Shape],
        subclasses: Callable[[str], tuple[str, ...] | None],
        *,
        folded: bool,
        fresh: Fresh,
    ) -> None:
        self._shapes = shapes
        self._subclasses = subclasses
        self._folded = folded
        self._fresh = fresh

    # ---- Tests of one value ---------------------------------------------------------------------

    def test(self, constraint: Constraint, variable: str) -> Test:
        """Return the test that a value must pass; ``constraint`` must be a test of values."""
        if isinstance(constraint, Value):
            return self._value(constraint, variable)
        if isinstance(constraint, Pattern):
            return self._pattern(constraint, variable)
        if isinstance(constraint, Languages):
            return self._languages(constraint, variable)
        assert isinstance(constraint, Members)
        named = [term.value for term in constraint.terms if isinstance(term, ox.NamedNode)]
        parts = [f"sameTerm({variable}, {t})" for t in constraint.terms if isinstance(t, ox.Literal)]
        if named:
            parts.append(f"({variable} IN ({', '.join(map(iri, named))}))")
        return Test(_any(parts), exact=True)

    def _value(self, constraint: Value, variable: str) -> Test:
        name, argument = constraint.parameter, constraint.argument
        if name == "class":
            assert isinstance(argument, ox.NamedNode)
            return Test(self.instance(variable, argument.value), exact=True)
        if name == "nodeKind":
            assert isinstance(argument, ox.NamedNode)
            return Test(_node_kind(argument.value[len(SH) :], variable), exact=True)
        if name == "datatype":
            assert isinstance(argument, ox.NamedNode)
            return self._datatype(argument.value, variable)
        if name in _OPERATORS:
            assert isinstance(argument, ox.Literal)
            return _range(_OPERATORS[name], argument, variable)
        assert isinstance(argument, ox.Literal)
        if name == "minLength" and int(argument.value) == 0:
            return Test("true", exact=True)
        operator = ">=" if name == "minLength" else "<="
        return Test(
            f"(!isBlank({variable}) && STRLEN(STR({variable})) {operator} {int(argument.value)})", exact=True
        )

    def instance(self, variable: str, name: str) -> str:
        """Return the test for a SHACL instance of a class (section 3.2)."""
        classes = self._subclasses(name)
        if classes is None:
            return f"EXISTS {{ {variable} {iri(RDF_TYPE)}/{iri(SUBCLASS_OF)}* {iri(name)} }}"
        return f"EXISTS {{ {in_list(variable, classes, self._fresh)} }}"

    def _datatype(self, datatype: str, variable: str) -> Test:
        if datatype == RDF_LANG_STRING:
            return Test(f'COALESCE(LANG({variable}) != "", false)', exact=True)
        if datatype == RDFS + "Literal":
            return Test(f"isLiteral({variable})", exact=True)
        if datatype == RDFS + "Datatype":
            plain = f"{iri(XSD + 'string')}, {iri(RDF_LANG_STRING)}"
            return Test(f"COALESCE(DATATYPE({variable}) NOT IN ({plain}), false)", exact=True)
        types = [datatype]
        parts = []
        if datatype in INTEGER_BOUNDS:
            if self._folded and datatype != XSD + "integer":
                types.append(XSD + "integer")
            parts.append(f'REGEX(STR({variable}), "{_INTEGER}")')
            for operator, bound in zip((">=", "<="), INTEGER_BOUNDS[datatype], strict=True):
                if bound is not None:
                    parts.append(f"{iri(XSD + 'integer')}(STR({variable})) {operator} {bound}")
            exact = True
        else:
            pattern, exact = _SURE.get(datatype, (None, True))
            if pattern is not None:
                parts.append(f'REGEX(STR({variable}), "{pattern}")')
        parts.insert(0, f"DATATYPE({variable}) IN ({', '.join(map(iri, types))})")
        return Test(f"COALESCE({' && '.join(parts)}, false)", exact=exact)

    def _pattern(self, pattern: Pattern, variable: str) -> Test:
        flags = "".join(flag for flag in "im" if flag in pattern.flags.lower())
        for_python, for_store = _portable(pattern.regex)
        if not for_store:
            return Test("false", exact=False)
        argument = f", {ox.Literal(flags)}" if flags else ""
        matched = f"REGEX(STR({variable}), {ox.Literal(pattern.regex)}{argument})"
        # Only Python lets $ match before a line break at the end.
        ends_anywhere = "$" in pattern.regex and for_python
        return Test(f"(!isBlank({variable}) && COALESCE({matched}, false))", exact=not ends_anywhere)

    def _languages(self, languages: Languages, variable: str) -> Test:
        if "*" in languages.ranges:
            return Test(f'COALESCE(LANG({variable}) != "", false)', exact=True)
        tags = ", ".join(str(ox.Literal(tag.lower())) for tag in languages.ranges)
        tag = f"LCASE(LANG({variable}))"
        first = f'STRBEFORE(CONCAT({tag}, "-"), "-")'
        inner = f'LANG({variable}) != "" && ({tag} IN ({tags}) || {first} IN ({tags}))'
        return Test(f"COALESCE({inner}, false)", exact=True)

    # ---- Numbers of values ----------------------------------------------------------------------

    def at_least(
        self, number: int, start: str, path: Path, condition: Callable[[str], str | None]
    ) -> str | None:
        """Return the test for a number of values that fulfil a condition; None if it cannot be written."""
        if number > MOST_NESTED:
            return None
        variables = [self._fresh() for _ in range(number)]
        inner = ""
        for index in reversed(range(number)):
            variable = variables[index]
            tests = [f"!sameTerm({variable}, {other})" for other in variables[:index]]
            wanted = condition(variable)
            if wanted is None:
                return None
            if wanted != "true":
                tests.append(wanted)
            if inner:
                tests.append(inner)
            inner = self.some(start, path, variable, _all(tests))
        return inner or "true"

    def some(self, start: str, path: Path, end: str, condition: str = "true") -> str:
        """Return the test for a value that fulfils a condition; ``end`` is a variable that is not bound yet.

        A sequence is a test within a test: an engine that joined its parts would not see that ``start`` is
        bound, and might go through all the triples of the last part for each focus node.
        """
        if isinstance(path, Sequence):
            middle, rest = self._fresh(), _rest(path)
            return self.some(start, path.parts[0], middle, self.some(middle, rest, end, condition))
        filtered = "" if condition == "true" else f" FILTER({condition})"
        groups = [f"{step}{filtered}" for step in steps(start, path, end)]
        body = groups[0] if len(groups) == 1 else " UNION ".join(f"{{ {group} }}" for group in groups)
        return f"EXISTS {{ {body} }}"

    def leads(self, start: str, path: Path | None, end: str) -> str:
        """Return the test for a path from one node to another; both are bound, or constants."""
        if path is None:
            return f"sameTerm({start}, {end})"
        if isinstance(path, Sequence):
            middle = self._fresh()
            return self.some(start, path.parts[0], middle, self.leads(middle, _rest(path), end))
        found = f"EXISTS {{ {start} {path} {end} }}"
        return f"({found} || sameTerm({start}, {end}))" if path.nullable else found

    # ---- Whole shapes ---------------------------------------------------------------------------

    def conforms(self, node: Term, variable: str) -> str | None:
        """Return the test for conforming to a shape; None if no exact one can be written."""
        shape = self._shapes[node]
        if shape.deactivated:
            return "true"
        parts = []
        for constraint in shape.constraints:
            part = self._holds(constraint, shape.path, variable)
            if part is None:
                return None
            parts.append(part)
        return _all(parts)

    def _holds(self, constraint: Constraint, path: Path | None, variable: str) -> str | None:
        """Return the test for one constraint of a shape; None if no exact one can be written."""
        if isinstance(constraint, Closed | Query | Custom | Foreign):
            return None
        if isinstance(constraint, Count):
            return self._count(constraint, path, variable)
        if isinstance(constraint, HasValue):
            return self.has_value(constraint.term, path, variable)
        if isinstance(constraint, Qualified):
            return self.qualified(constraint, path, variable)
        if isinstance(constraint, UniqueLanguage | Pair):
            return self._on_sets(constraint, path, variable)
        return self._for_all(path, variable, lambda value: self._each(constraint, value))

    def _each(self, constraint: Constraint, value: str) -> str | None:
        """Return the test that one value must pass."""
        if isinstance(constraint, ShapeBased):
            return self.logical(constraint, value)
        test = self.test(constraint, value)
        return test.expression if test.exact else None

    def logical(self, constraint: ShapeBased, value: str) -> str | None:
        """Return the test of a value by sh:node, sh:property, sh:not, sh:and, sh:or or sh:xone."""
        parts = [self.conforms(shape, value) for shape in constraint.shapes]
        if constraint.parameter in ("and", "or"):
            # A shape that is named twice in such a list counts once.
            parts = list(dict.fromkeys(parts))
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        if constraint.parameter == "not":
            return negated(_all(known))
        if constraint.parameter == "or":
            return _any(known)
        if constraint.parameter == "xone":
            return f"(({' + '.join(f'IF({part}, 1, 0)' for part in known)}) = 1)"
        return _all(known)

    def _for_all(self, path: Path | None, variable: str, test: Callable[[str], str | None]) -> str | None:
        """Return the test that holds if every value passes one."""
        if path is None:
            return test(variable)
        value = self._fresh()
        passed = test(value)
        if passed is None or passed == "true":
            return passed
        return negated(self.some(variable, path, value, negated(passed)))

    def _count(self, constraint: Count, path: Path | None, variable: str) -> str | None:
        assert path is not None
        if constraint.parameter == "minCount":
            return self.at_least(constraint.number, variable, path, lambda _: "true")
        more = self.at_least(constraint.number + 1, variable, path, lambda _: "true")
        return None if more is None else negated(more)

    def has_value(self, term: Term, path: Path | None, variable: str) -> str | None:
        """Return the test for having a value among others."""
        if isinstance(term, ox.BlankNode):
            return "false"
        return self.leads(variable, path, str(term))

    def qualified(self, constraint: Qualified, path: Path | None, variable: str) -> str | None:
        """Return the test for the number of values that conform to a shape and to none of its siblings."""
        if path is None:
            return "true"
        parts = []
        if constraint.minimum is not None:
            parts.append(
                self.at_least(constraint.minimum, variable, path, lambda v: self.counts(constraint, v))
            )
        if constraint.maximum is not None:
            more = self.at_least(constraint.maximum + 1, variable, path, lambda v: self.counts(constraint, v))
            parts.append(None if more is None else negated(more))
        known = [part for part in parts if part is not None]
        return _all(known) if len(known) == len(parts) else None

    def counts(self, constraint: Qualified, value: str) -> str | None:
        """Return the test for a value that counts for a qualified value shape."""
        parts = [self.conforms(constraint.shape, value)]
        for sibling in constraint.siblings:
            other = self.conforms(sibling, value)
            parts.append(None if other is None else negated(other))
        known = [part for part in parts if part is not None]
        return _all(known) if len(known) == len(parts) else None

    def _on_sets(self, constraint: UniqueLanguage | Pair, path: Path | None, variable: str) -> str | None:
        """Return the test for a constraint on the set of values; None for an order, which is not exact."""
        violations = self.set_violations(constraint, path, variable, self._fresh(), self._fresh())
        if violations is None:
            return None
        return _all([f"!EXISTS {{ {group} }}" for group in violations])

    def set_violations(
        self, constraint: UniqueLanguage | Pair, path: Path | None, this: str, value: str, other: str
    ) -> list[str] | None:
        """Return patterns that match violations of a set of values; None for an order, which is not exact."""
        if isinstance(constraint, UniqueLanguage):
            assert path is not None
            same = f'LANG({value}) != "" && LCASE(LANG({value})) = LCASE(LANG({other}))'
            again = self.some(this, path, other, f"!sameTerm({value}, {other}) && {same}")
            return [f"{step} FILTER(isLiteral({value}) && {again})" for step in steps(this, path, value)]
        predicate = iri(constraint.predicate)
        is_value = self.leads(this, path, value)
        values = [f"BIND({this} AS {value})"] if path is None else list(steps(this, path, value))
        if constraint.parameter == "disjoint":
            return [f"{step} FILTER EXISTS {{ {this} {predicate} {value} }}" for step in values]
        if constraint.parameter == "equals":
            missing = [f"{step} FILTER NOT EXISTS {{ {this} {predicate} {value} }}" for step in values]
            return [*missing, f"{this} {predicate} {value} FILTER({negated(is_value)})"]
        return None


def _rest(path: Sequence) -> Path:
    """Return a sequence without its first part."""
    return path.parts[1] if len(path.parts) == 2 else Sequence(path.parts[1:])


def ordered(operator: str, one: str, other: str, datatype: str | None = None) -> str:
    """Return a test that is true only for two values that surely are in order.

    ``datatype`` is that of ``other`` if it is known.
    """
    kinds = []
    if datatype is None or datatype in _NUMBERS:
        kinds.append(f"isNumeric({one}) && isNumeric({other}) && {one} {operator} {other}")
    for name in ("string", "date", "dateTime", "gYear", "gYearMonth"):
        if datatype not in (None, XSD + name):
            continue
        same = f"DATATYPE({one}) = {iri(XSD + name)} && DATATYPE({other}) = {iri(XSD + name)}"
        if name.startswith("date"):
            same += f" && REGEX(STR({one}), {_ZONED}) = REGEX(STR({other}), {_ZONED})"
        if name.startswith("gYear"):
            # The reference compares what it has no values for by its text; so years have four digits here.
            same += f" && STRLEN(STR({one})) = STRLEN(STR({other}))"
            kinds.append(f"{same} && STR({one}) {operator} STR({other})")
        else:
            kinds.append(f"{same} && {one} {operator} {other}")
    # Each alternative is guarded, for in SPARQL one that fails can make the whole fail.
    return _any([f"COALESCE({kind}, false)" for kind in kinds])


def _range(operator: str, bound: ox.Literal, variable: str) -> Test:
    """Return the test of a bound; the order is the reference's, so what does not pass is looked at again."""
    return Test(ordered(operator, variable, str(bound), bound.datatype.value), exact=False)


def _node_kind(kind: str, variable: str) -> str:
    tests = {
        "IRI": f"isIRI({variable})",
        "BlankNode": f"isBlank({variable})",
        "Literal": f"isLiteral({variable})",
    }
    return _any([test for name, test in tests.items() if name in kind])


@cache
def _portable(regex: str) -> tuple[bool, bool]:
    """Return whether Python understands a regular expression, and whether a store does in the same way."""
    try:
        re.compile(regex)
    except re.error:
        return False, True
    test = ox.Store().query(f"SELECT (REGEX('', {ox.Literal(regex)}) AS ?works) {{}}")
    assert isinstance(test, ox.QuerySolutions)
    works = next(test)["works"] is not None
    same = _SAME_EVERYWHERE.fullmatch(regex) is not None and _DIFFERS.search(regex) is None
    return True, works and same


def negated(expression: str) -> str:
    """Return the opposite of an expression that is true or false and never fails."""
    if expression in ("true", "false"):
        return "false" if expression == "true" else "true"
    return expression[1:] if expression.startswith("!") else "!" + expression


def _all(parts: list[str]) -> str:
    wanted = [part for part in dict.fromkeys(parts) if part != "true"]
    return "(" + " && ".join(wanted) + ")" if len(wanted) > 1 else (wanted[0] if wanted else "true")


def _any(parts: list[str]) -> str:
    return "(" + " || ".join(parts) + ")" if len(parts) > 1 else (parts[0] if parts else "false")
