"""The constraints of SHACL as values: what a shape demands, read but not yet compiled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import pyoxigraph as ox

from careerkg.store import Term
from careerkg.validation.names import COMPONENTS, SH

__all__ = [
    "Closed",
    "Constraint",
    "Count",
    "Custom",
    "Foreign",
    "HasValue",
    "Languages",
    "Members",
    "Pair",
    "Pattern",
    "Qualified",
    "Query",
    "ShapeBased",
    "UniqueLanguage",
    "Value",
    "ValueTest",
    "on_each_value",
]


@dataclass(frozen=True)
class Value:
    """A demand on each value by one argument.

    ``parameter`` is one of class, datatype, nodeKind (section 4.1), minExclusive, minInclusive,
    maxExclusive, maxInclusive (4.3), minLength, maxLength (4.4).
    """

    parameter: str
    argument: Term

    @property
    def component(self) -> str:
        """The IRI of the constraint component."""
        return COMPONENTS[self.parameter]


@dataclass(frozen=True)
class Pattern:
    """sh:pattern with sh:flags (section 4.4.3)."""

    regex: str
    flags: str = ""
    component: str = COMPONENTS["pattern"]


@dataclass(frozen=True)
class Languages:
    """sh:languageIn (section 4.4.4)."""

    ranges: tuple[str, ...]
    component: str = COMPONENTS["languageIn"]


@dataclass(frozen=True)
class Members:
    """sh:in (section 4.8.3)."""

    terms: tuple[Term, ...]
    component: str = COMPONENTS["in"]


ValueTest: TypeAlias = Value | Pattern | Languages | Members


@dataclass(frozen=True)
class Count:
    """sh:minCount or sh:maxCount (section 4.2)."""

    parameter: str
    number: int

    @property
    def component(self) -> str:
        """The IRI of the constraint component."""
        return COMPONENTS[self.parameter]


@dataclass(frozen=True)
class HasValue:
    """sh:hasValue (section 4.8.2)."""

    term: Term
    component: str = COMPONENTS["hasValue"]


@dataclass(frozen=True)
class UniqueLanguage:
    """sh:uniqueLang true (section 4.4.5)."""

    component: str = COMPONENTS["uniqueLang"]


@dataclass(frozen=True)
class Pair:
    """sh:equals, sh:disjoint, sh:lessThan or sh:lessThanOrEquals (section 4.5)."""

    parameter: str
    predicate: str

    @property
    def component(self) -> str:
        """The IRI of the constraint component."""
        return COMPONENTS[self.parameter]


@dataclass(frozen=True)
class Closed:
    """sh:closed true (section 4.8.1); ``allowed`` are the properties that are declared or ignored."""

    allowed: tuple[str, ...]
    component: str = COMPONENTS["closed"]


@dataclass(frozen=True)
class ShapeBased:
    """sh:node, sh:property, sh:not, sh:and, sh:or or sh:xone (sections 4.6 and 4.7), by the shapes' nodes."""

    parameter: str
    shapes: tuple[Term, ...]

    @property
    def component(self) -> str:
        """The IRI of the constraint component."""
        return COMPONENTS[self.parameter]


@dataclass(frozen=True)
class Qualified:
    """sh:qualifiedValueShape (section 4.7.3); values that conform to a sibling do not count."""

    shape: Term
    minimum: int | None
    maximum: int | None
    siblings: tuple[Term, ...] = ()
    component: str = SH + "QualifiedMinCountConstraintComponent"

    @property
    def shapes(self) -> tuple[Term, ...]:
        """The shape and its siblings, by their nodes."""
        return (self.shape, *self.siblings)


@dataclass(frozen=True)
class Query:
    """sh:sparql (section 5): a SELECT query whose solutions are violations."""

    node: Term
    text: str
    messages: tuple[ox.Literal, ...] = ()
    component: str = COMPONENTS["sparql"]


@dataclass(frozen=True)
class Custom:
    """A SPARQL-based constraint component (section 6) with its parameters bound.

    ``kind`` is ``ask`` (each value must make the query true) or ``select`` (solutions are violations).
    """

    component: str
    kind: str
    text: str
    parameters: tuple[tuple[str, Term], ...]
    messages: tuple[ox.Literal, ...] = ()


@dataclass(frozen=True)
class Foreign:
    """What is not SHACL Core or SPARQL: node expressions and JavaScript; left to the reference validator."""

    parameter: str
    component: str = ""


Constraint: TypeAlias = (
    ValueTest
    | Count
    | HasValue
    | UniqueLanguage
    | Pair
    | Closed
    | ShapeBased
    | Qualified
    | Query
    | Custom
    | Foreign
)


def on_each_value(constraint: Constraint) -> bool:
    """Return whether a constraint is a test of each value for itself."""
    if isinstance(constraint, ShapeBased):
        return constraint.parameter != "property"
    return isinstance(constraint, Value | Pattern | Languages | Members)
