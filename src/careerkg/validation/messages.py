"""Messages for shapes that have none of their own: what was expected, in one line."""

from __future__ import annotations

import re
from collections.abc import Mapping

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
    Qualified,
    ShapeBased,
    Value,
)
from careerkg.validation.names import short
from careerkg.validation.triples import as_text

__all__ = ["default_message", "filled"]

_SENTENCES = {
    "class": "is not an instance of {}",
    "datatype": "is not a literal with datatype {}",
    "nodeKind": "is not of node kind {}",
    "minExclusive": "is not greater than {}",
    "minInclusive": "is less than {}",
    "maxExclusive": "is not less than {}",
    "maxInclusive": "is greater than {}",
    "minLength": "is shorter than {} characters",
    "maxLength": "is longer than {} characters",
    "equals": "is not the same as of {}",
    "disjoint": "is also a value of {}",
    "lessThan": "is not less than the value of {}",
    "lessThanOrEquals": "is greater than the value of {}",
    "node": "does not conform to {}",
    "not": "conforms to {}, which it must not",
    "and": "does not conform to each of: {}",
    "or": "does not conform to any of: {}",
    "xone": "does not conform to exactly one of: {}",
    "minCount": "has fewer than {} values",
    "maxCount": "has more than {} values",
}


def default_message(constraint: Constraint) -> ox.Literal:
    """Return the message for a constraint of a shape that has no sh:message."""
    if isinstance(constraint, Value):
        argument = as_text(constraint.argument)
        text = _SENTENCES[constraint.parameter].format(
            short(argument) if isinstance(constraint.argument, ox.NamedNode) else argument
        )
    elif isinstance(constraint, Count):
        text = _SENTENCES[constraint.parameter].format(constraint.number)
    elif isinstance(constraint, Pair):
        text = _SENTENCES[constraint.parameter].format(short(constraint.predicate))
    elif isinstance(constraint, ShapeBased):
        text = _SENTENCES[constraint.parameter].format(", ".join(_name(shape) for shape in constraint.shapes))
    elif isinstance(constraint, Pattern):
        text = f"does not match the pattern {constraint.regex!r}"
    elif isinstance(constraint, Languages):
        text = f"is not in one of the languages {', '.join(constraint.ranges)}"
    elif isinstance(constraint, Members):
        text = f"is none of {', '.join(as_text(term) for term in constraint.terms[:10])}"
        text += ", …" if len(constraint.terms) > 10 else ""
    elif isinstance(constraint, HasValue):
        text = f"lacks the value {as_text(constraint.term)}"
    elif isinstance(constraint, Qualified):
        low = "any number" if constraint.minimum is None else f"at least {constraint.minimum}"
        high = "" if constraint.maximum is None else f" and at most {constraint.maximum}"
        text = f"has not {low}{high} of values that conform to {_name(constraint.shape)}"
    else:
        text = {
            "Closed": "has a property that the closed shape does not allow",
            "UniqueLanguage": "has two values in the same language",
        }.get(type(constraint).__name__, "violates the constraint")
    return ox.Literal(text[0].upper() + text[1:])


def _name(shape: Term) -> str:
    return short(shape.value) if isinstance(shape, ox.NamedNode) else "an unnamed shape"


def filled(message: ox.Literal, values: Mapping[str, Term]) -> ox.Literal:
    """Return a message with ``{?name}`` and ``{$name}`` replaced by values (SHACL section 5.3.2)."""

    def value(match: re.Match[str]) -> str:
        found = values.get(match[1])
        return match[0] if found is None else as_text(found)

    text = re.sub(r"\{[?$](\w+)\}", value, message.value)
    if message.language:
        return ox.Literal(text, language=message.language)
    return ox.Literal(text, datatype=message.datatype)
