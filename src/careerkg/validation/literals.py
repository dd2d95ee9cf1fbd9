"""Literals as the reference sees them: which are well-formed, and how two of them compare.

A compiled test asks the store only for what it can be sure of; a value that does not pass is looked at here
once more, as pySHACL does: it takes values from rdflib, whose rules differ from SPARQL's at the edges (two
literals that SPARQL cannot compare have an order, a dateTime with a time zone is not comparable to one
without). rdflib is imported only for values that are neither numbers, truth values nor strings.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

import pyoxigraph as ox

from careerkg.store import Term
from careerkg.validation.constraints import Languages, Members, Pattern, Value, ValueTest
from careerkg.validation.names import RDF_LANG_STRING, RDFS, SH, XSD

__all__ = ["INTEGER_BOUNDS", "conforms", "less"]

INTEGER_BOUNDS: dict[str, tuple[int | None, int | None]] = {
    XSD + "integer": (None, None),
    XSD + "nonNegativeInteger": (0, None),
    XSD + "nonPositiveInteger": (None, 0),
    XSD + "positiveInteger": (1, None),
    XSD + "negativeInteger": (None, -1),
    XSD + "long": (None, None),  # rdflib does not check the bounds of xsd:long
    XSD + "int": (-(2**31), 2**31 - 1),
    XSD + "short": (-(2**15), 2**15 - 1),
    XSD + "byte": (-128, 127),
    XSD + "unsignedLong": (0, None),
    XSD + "unsignedInt": (0, 2**32 - 1),
    XSD + "unsignedShort": (0, 2**16 - 1),
    XSD + "unsignedByte": (0, 255),
}
"""The integer types with the least and the greatest value that rdflib takes."""

_FLOATS = frozenset((XSD + "float", XSD + "double"))
_STRINGS = frozenset((XSD + "string", RDF_LANG_STRING))
_TRUTH = frozenset(("true", "false", "1", "0"))


def conforms(test: ValueTest, term: Term, *, folded: bool = False) -> bool:
    """Return whether a value passes a test of the reference.

    ``folded`` says that the store keeps all integer types as xsd:integer, as Oxigraph does: then an integer
    within the bounds of a type passes for one of this type.
    """
    if isinstance(test, Pattern):
        return _matches(test, term)
    if isinstance(test, Languages):
        return isinstance(term, ox.Literal) and _speaks(term.language or "", test.ranges)
    if isinstance(test, Members):
        return term in test.terms
    if test.parameter == "datatype":
        return isinstance(term, ox.Literal) and _has_datatype(term, _iri(test.argument), folded=folded)
    if test.parameter in ("minLength", "maxLength"):
        return _has_length(test, term)
    if test.parameter == "nodeKind":
        kind = {ox.NamedNode: "IRI", ox.BlankNode: "BlankNode"}.get(type(term), "Literal")
        return kind in _iri(test.argument)[len(SH) :]
    return isinstance(term, ox.Literal) and _in_range(test, term)


def _iri(term: Term) -> str:
    assert isinstance(term, ox.NamedNode)
    return term.value


def _text(term: Term) -> str | None:
    """Return the string of an IRI or literal; a blank node has none."""
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else None


def _matches(pattern: Pattern, term: Term) -> bool:
    text = _text(term)
    flags = (re.IGNORECASE if "i" in pattern.flags.lower() else 0) | (
        re.MULTILINE if "m" in pattern.flags.lower() else 0
    )
    return text is not None and re.search(pattern.regex, text, flags) is not None


def _speaks(language: str, ranges: tuple[str, ...]) -> bool:
    """Return whether a language tag, or its first part, is among some, or whether any is allowed (``*``)."""
    tag, allowed = language.lower(), {entry.lower() for entry in ranges}
    return bool(tag) and ("*" in allowed or tag in allowed or tag.partition("-")[0] in allowed)


def _has_length(test: Value, term: Term) -> bool:
    assert isinstance(test.argument, ox.Literal)
    bound, text = int(test.argument.value), _text(term)
    if test.parameter == "minLength":
        return bound == 0 or (text is not None and len(text) >= bound)
    return text is not None and len(text) <= bound


def _has_datatype(literal: ox.Literal, wanted: str, *, folded: bool) -> bool:
    """Return whether a literal has a datatype and is not ill-typed."""
    datatype = literal.datatype.value
    if folded and datatype == XSD + "integer" and wanted in INTEGER_BOUNDS:
        datatype = wanted
    if wanted == RDFS + "Literal":
        return True
    if datatype != wanted:
        return wanted == RDFS + "Datatype" and datatype not in _STRINGS
    if datatype in _STRINGS:
        return True
    if datatype == XSD + "boolean":
        return literal.value in _TRUTH
    if datatype in INTEGER_BOUNDS or datatype in _FLOATS or datatype == XSD + "decimal":
        return _number(literal.value, datatype) is not None
    return _rdflib(literal).ill_typed is not True


def _number(text: str, datatype: str) -> int | float | Decimal | None:
    """Return the number that a text stands for; None if it is none of its type."""
    try:
        if datatype in INTEGER_BOUNDS:
            value = int(text)
            low, high = INTEGER_BOUNDS[datatype]
            return value if (low is None or value >= low) and (high is None or value <= high) else None
        return float(text) if datatype in _FLOATS else Decimal(text)
    except (ValueError, InvalidOperation):
        return None


def _rdflib(term: Term) -> Any:
    """Return the rdflib term."""
    from careerkg.validation.rdflib_terms import quiet, to_rdflib

    with quiet():
        return to_rdflib(term)


def _in_range(test: Value, literal: ox.Literal) -> bool:
    """Return whether a literal is on the right side of a bound (section 4.3)."""
    assert isinstance(test.argument, ox.Literal)
    order = _compare(literal, test.argument)
    if order is None:
        return False
    return {
        "minExclusive": order > 0,
        "minInclusive": order >= 0,
        "maxExclusive": order < 0,
        "maxInclusive": order <= 0,
    }[test.parameter]


def _compare(one: ox.Literal, other: ox.Literal) -> int | None:
    """Return -1, 0 or 1 as a literal is less than, equal to or greater than another; None if incomparable."""
    numbers = [_number(lit.value, lit.datatype.value) if _is_numeric(lit) else None for lit in (one, other)]
    if numbers[0] is not None and numbers[1] is not None:
        try:
            return 0 if numbers[0] == numbers[1] else 1 if numbers[0] > numbers[1] else -1
        except InvalidOperation:  # NaN and a decimal number
            return None
    left, right = _rdflib(one), _rdflib(other)
    if isinstance(left.value, str) != isinstance(right.value, str):
        return None
    try:
        if left.eq(right):
            return 0
        if type(left.value).__name__ in ("datetime", "time"):
            return 0 if left.value == right.value else 1 if left.value > right.value else -1
        return 1 if left > right else -1
    except (TypeError, NotImplementedError):
        return None


def _is_numeric(literal: ox.Literal) -> bool:
    datatype = literal.datatype.value
    return datatype in INTEGER_BOUNDS or datatype in _FLOATS or datatype == XSD + "decimal"


def less(one: Term, other: Term, *, or_equal: bool) -> bool:
    """Return whether a value is less than (or equal to) another, as sh:lessThan asks (section 4.5.3).

    IRIs and strings compare by their text; blank nodes, and values that cannot be compared, are not less.
    """
    if isinstance(one, ox.BlankNode) or isinstance(other, ox.BlankNode):
        return False
    if (
        isinstance(one, ox.Literal)
        and isinstance(other, ox.Literal)
        and _is_numeric(one)
        and _is_numeric(other)
    ):
        left, right = (_number(lit.value, lit.datatype.value) for lit in (one, other))
        if left is not None and right is not None:
            try:
                return (not left > right) and (or_equal or left != right)
            except InvalidOperation:
                return False
    texts = [_comparable_text(term) for term in (one, other)]
    if texts[0] is not None and texts[1] is not None:
        return texts[0] < texts[1] or (or_equal and texts[0] == texts[1])
    if texts[0] is not None or texts[1] is not None:
        return False
    try:
        return bool(_rdflib(one) <= _rdflib(other) if or_equal else _rdflib(one) < _rdflib(other))
    except TypeError:
        return False


def _comparable_text(term: Term) -> str | None:
    """Return the text by which IRIs and strings compare; None for other literals."""
    if isinstance(term, ox.NamedNode):
        return term.value
    assert isinstance(term, ox.Literal)
    if term.datatype.value in _STRINGS:
        return term.value
    value = _rdflib(term).value
    return value if isinstance(value, str) else None
