"""The parameters of a shape, read as constraints; what is ill-formed is refused (SHACL, section 4)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pyoxigraph as ox

from careerkg.store import Term
from careerkg.validation.constraints import (
    Closed,
    Constraint,
    Count,
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
from careerkg.validation.names import SH, XSD
from careerkg.validation.queries import check_prebinding, prefixed, syntax_problem
from careerkg.validation.triples import TripleIndex, as_text

__all__ = ["INTEGER_TYPES", "read_constraints"]

INTEGER_TYPES = frozenset(
    XSD + name
    for name in (
        *("integer", "nonNegativeInteger", "nonPositiveInteger", "positiveInteger", "negativeInteger"),
        *("long", "int", "short", "byte", "unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte"),
    )
)

_RANGES = ("minExclusive", "minInclusive", "maxExclusive", "maxInclusive")
_PAIRS = ("equals", "disjoint", "lessThan", "lessThanOrEquals")
_ONLY_ON_PROPERTIES = ("minCount", "maxCount", "uniqueLang", "lessThan", "lessThanOrEquals")
_AT_MOST_ONE = (
    *("datatype", "nodeKind", "minCount", "maxCount", "minLength", "maxLength", "languageIn", "uniqueLang"),
    *("in", "closed", "ignoredProperties", "qualifiedMinCount", "qualifiedMaxCount"),
)
_NODE_KINDS = ("IRI", "BlankNode", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral")
_OTHERS = frozenset(
    (
        *("path", "severity", "message", "deactivated", "name", "description", "order", "group"),
        *("defaultValue", "targetClass", "targetNode", "targetObjectsOf", "targetSubjectsOf", "target"),
        *("class", "pattern", "flags", "hasValue", "property", "node", "not", "and", "or", "xone", "sparql"),
        *("qualifiedValueShape", "qualifiedValueShapesDisjoint", "expression", "js", "rule", "values"),
        *("declare", "prefixes", "entailment", "shapesGraph", "suggestedShapesGraph", "codeIdentifier"),
        *("optional", "nodeKind", "labelTemplate", "parameter", "validator", "nodeValidator"),
        *("propertyValidator", "select", "ask", "construct", "update", "detail", "viewer", "editor"),
    )
)
_KNOWN = _OTHERS | frozenset((*_RANGES, *_PAIRS, *_AT_MOST_ONE))


def read_constraints(graph: TripleIndex, node: Term, *, is_property: bool) -> Iterator[Constraint]:
    """Yield the constraints of a shape. Raises ShapesError for an unknown or ill-formed parameter."""
    given: dict[str, list[Term]] = {}
    for predicate in graph.predicates(node):
        if predicate.startswith(SH):
            given[predicate[len(SH) :]] = sorted(graph.objects(node, predicate), key=str)
    for name, values in given.items():
        _check_parameter(graph, node, name, values, is_property=is_property)
    for name in ("class", "datatype", "nodeKind", *_RANGES, "minLength", "maxLength"):
        for value in given.get(name, ()):
            yield Value(name, _argument(graph, node, name, value))
    yield from _strings(graph, node, given)
    for name in ("minCount", "maxCount"):
        for value in given.get(name, ()):
            yield Count(name, _natural(graph, node, name, value))
    for value in given.get("in", ()):
        yield Members(tuple(graph.items(value)))
    for value in given.get("hasValue", ()):
        yield HasValue(value)
    for name in _PAIRS:
        for value in given.get(name, ()):
            yield Pair(name, _iri(graph, node, name, value))
    yield from _shape_based(graph, node, given, is_property=is_property)
    if "closed" in given and _truth(graph, node, "closed", given["closed"][0]):
        yield Closed(_allowed(graph, given))
    for value in given.get("sparql", ()):
        yield from _query(graph, node, value, is_property=is_property)
    if "js" in given:
        raise graph.error(node, "has sh:js, but constraints in JavaScript are not run here")
    if "expression" in given:
        yield Foreign("sh:expression")


def _check_parameter(
    graph: TripleIndex, node: Term, name: str, values: list[Term], *, is_property: bool
) -> None:
    """Raise ShapesError for a parameter that SHACL does not know, or does not allow here or so often."""
    if name not in _KNOWN:
        from difflib import get_close_matches

        near = get_close_matches(name, _KNOWN, 1)
        raise graph.error(
            node, f"has the unknown parameter sh:{name}" + (f"; did you mean sh:{near[0]}?" if near else "")
        )
    if name in _AT_MOST_ONE and len(values) > 1:
        raise graph.error(node, f"has more than one sh:{name}")
    if name in _ONLY_ON_PROPERTIES and not is_property:
        raise graph.error(node, f"has sh:{name}, but no sh:path: it is for property shapes")


def _argument(graph: TripleIndex, node: Term, name: str, value: Term) -> Term:
    """Return the argument of a demand on values, checked. Raises ShapesError."""
    if name in ("class", "datatype"):
        _iri(graph, node, name, value)
    elif name == "nodeKind":
        if _iri(graph, node, name, value) not in {SH + kind for kind in _NODE_KINDS}:
            raise graph.error(
                node, f"has {as_text(value)} as sh:nodeKind; it is one of {', '.join(_NODE_KINDS)}"
            )
    elif name in _RANGES:
        if not isinstance(value, ox.Literal):
            raise graph.error(node, f"has {as_text(value)} as sh:{name}, where a literal is expected")
    else:
        _natural(graph, node, name, value)
    return value


def _strings(graph: TripleIndex, node: Term, given: dict[str, list[Term]]) -> Iterator[Constraint]:
    """Yield the constraints on strings and their languages (section 4.4)."""
    flags = as_text(given["flags"][0]) if "flags" in given else ""
    for value in given.get("pattern", ()):
        if not isinstance(value, ox.Literal):
            raise graph.error(node, f"has {as_text(value)} as sh:pattern, where a text is expected")
        pattern = Pattern(value.value, flags)
        if problem := _regex_problem(pattern):
            raise graph.error(node, f"has a broken regular expression, {value.value!r}: {problem}")
        yield pattern
    for value in given.get("languageIn", ()):
        members = graph.items(value)
        if any(not isinstance(member, ox.Literal) for member in members):
            raise graph.error(node, "has a member of sh:languageIn that is no text")
        yield Languages(tuple(as_text(member) for member in members))
    for value in given.get("uniqueLang", ()):
        if _truth(graph, node, "uniqueLang", value):
            yield UniqueLanguage()


def _regex_problem(pattern: Pattern) -> str | None:
    """Return what is wrong with a regular expression if neither Python nor SPARQL understands it."""
    try:
        re.compile(pattern.regex)
    except re.error as error:
        test = ox.Store().query(f"SELECT (REGEX('', {ox.Literal(pattern.regex)}) AS ?works) {{}}")
        assert isinstance(test, ox.QuerySolutions)
        if next(test)["works"] is None:
            return str(error)
    return None


def _shape_based(
    graph: TripleIndex, node: Term, given: dict[str, list[Term]], *, is_property: bool
) -> Iterator[Constraint]:
    """Yield the constraints that refer to other shapes (sections 4.6 and 4.7)."""
    for name in ("node", "property", "not"):
        for value in given.get(name, ()):
            has_path = bool(graph.objects(value, SH + "path"))
            if name == "property" and not has_path:
                raise graph.error(node, f"has as sh:property {as_text(value)}, which has no sh:path")
            if name == "node" and has_path:
                raise graph.error(node, f"has as sh:node {as_text(value)}, which is a property shape")
            yield ShapeBased(name, (value,))
    for name in ("and", "or", "xone"):
        for value in given.get(name, ()):
            yield ShapeBased(name, tuple(graph.items(value)))
    shapes = given.get("qualifiedValueShape", ())
    if not shapes or not is_property:
        # On a node shape, where it has no meaning, SHACL says that it is ignored.
        return
    bounds = {
        name: _natural(graph, node, name, given[name][0])
        for name in ("qualifiedMinCount", "qualifiedMaxCount")
        if name in given
    }
    if not bounds:
        raise graph.error(
            node, "has sh:qualifiedValueShape without sh:qualifiedMinCount or sh:qualifiedMaxCount"
        )
    disjoint = any(
        _truth(graph, node, "qualifiedValueShapesDisjoint", value)
        for value in given.get("qualifiedValueShapesDisjoint", ())
    )
    for shape in shapes:
        siblings = (
            {
                sibling
                for parent in graph.subjects(SH + "property", node)
                for brother in graph.objects(parent, SH + "property")
                for sibling in graph.objects(brother, SH + "qualifiedValueShape")
                if sibling != shape
            }
            if disjoint
            else set()
        )
        yield Qualified(
            shape,
            bounds.get("qualifiedMinCount"),
            bounds.get("qualifiedMaxCount"),
            tuple(sorted(siblings, key=str)),
        )


def _allowed(graph: TripleIndex, given: dict[str, list[Term]]) -> tuple[str, ...]:
    """Return the properties that a closed shape allows: those of its property shapes, and the ignored."""
    allowed = {as_text(member) for head in given.get("ignoredProperties", ()) for member in graph.items(head)}
    for shape in given.get("property", ()):
        allowed.update(p.value for p in graph.objects(shape, SH + "path") if isinstance(p, ox.NamedNode))
    return tuple(sorted(allowed))


def _query(graph: TripleIndex, node: Term, value: Term, *, is_property: bool) -> Iterator[Constraint]:
    """Yield a SPARQL-based constraint. Raises ShapesError for a query that is broken or not allowed."""
    texts = graph.objects(value, SH + "select")
    if len(texts) != 1 or not isinstance(texts[0], ox.Literal):
        raise graph.error(node, "has an sh:sparql without one sh:select")
    if any(as_text(flag) in ("true", "1") for flag in graph.objects(value, SH + "deactivated")):
        return
    text = texts[0].value
    if problem := check_prebinding(text, frozenset({"this"})):
        raise graph.error(node, f"has an sh:select that SHACL does not allow: {problem}")
    if re.search(r"[?$]shapesGraph\b", text):
        raise graph.error(node, "uses $shapesGraph, which validators need not offer")
    if not is_property and re.search(r"\$PATH\b", text):
        raise graph.error(node, "uses $PATH in an sh:select, but has no sh:path")
    text = prefixed(graph, value, text)
    if problem := syntax_problem(text, frozenset({"this"})):
        raise graph.error(node, f"has an sh:select with {problem}")
    messages = [m for m in graph.objects(value, SH + "message") if isinstance(m, ox.Literal)]
    yield Query(value, text, tuple(sorted(messages, key=str)))


def _iri(graph: TripleIndex, node: Term, name: str, value: Term) -> str:
    if not isinstance(value, ox.NamedNode):
        raise graph.error(node, f"has {as_text(value)!r} as sh:{name}, where an IRI is expected")
    return value.value


def _natural(graph: TripleIndex, node: Term, name: str, value: Term) -> int:
    if isinstance(value, ox.Literal) and value.datatype.value in INTEGER_TYPES:
        try:
            number = int(value.value)
        except ValueError:
            number = -1
        if number >= 0:
            return number
    raise graph.error(
        node, f"has {as_text(value)!r} as sh:{name}, where a whole number from 0 on is expected"
    )


def _truth(graph: TripleIndex, node: Term, name: str, value: Term) -> bool:
    """Return whether a value is ``true``: SHACL does not take "1" for it. Raises ShapesError."""
    if isinstance(value, ox.Literal) and value.value in ("true", "1", "false", "0"):
        return value.value == "true"
    raise graph.error(node, f"has {as_text(value)!r} as sh:{name}, where true or false is expected")
