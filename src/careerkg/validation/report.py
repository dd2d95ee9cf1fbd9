"""The validation report: what was found, in a fixed order, with totals that stay exact."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from careerkg.store import Term
from careerkg.validation.names import INFO, SEVERITIES, VIOLATION, WARNING, XSD
from careerkg.validation.paths import Path, Predicate
from careerkg.validation.triples import as_text

if TYPE_CHECKING:
    import rdflib

__all__ = ["Counts", "Report", "Result", "Total", "make_report"]

_GRAVITY = {VIOLATION: 0, WARNING: 1, INFO: 2}


@dataclass(frozen=True)
class Result:
    """One validation result (SHACL section 3.6.2)."""

    focus: Term
    path: Path | None
    value: Term | None
    component: str
    shape: Term
    severity: str
    messages: tuple[ox.Literal, ...] = ()
    source_constraint: Term | None = None

    @property
    def message(self) -> str:
        """The message to show: in English or without a language if there is one, else the first."""
        best = [m for m in self.messages if m.language is None or m.language.partition("-")[0] == "en"]
        return (best or list(self.messages) or [ox.Literal("")])[0].value

    def path_text(self) -> str | None:
        """Return the path: the IRI of a predicate path, else SPARQL's path syntax; None on node shapes."""
        if self.path is None:
            return None
        return self.path.iri if isinstance(self.path, Predicate) else str(self.path)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON values: IRIs as they are, blank nodes ``_:id``, literals by their text.

        A literal that is no plain string has its ``datatype`` or ``language`` beside it.
        """
        record: dict[str, Any] = {
            "focus": as_text(self.focus),
            "path": self.path_text(),
            "value": None if self.value is None else as_text(self.value),
            "component": self.component,
            "shape": as_text(self.shape),
            "severity": self.severity,
            "message": self.message,
        }
        if isinstance(self.value, ox.Literal):
            if self.value.language:
                record["language"] = self.value.language
            elif self.value.datatype.value != XSD + "string":
                record["datatype"] = self.value.datatype.value
        return record

    def sort_key(self) -> tuple[Any, ...]:
        """Return what results are ordered by: severity, shape, component, focus, path, value.

        Blank nodes come last, and their names, which change with every loading, decide only at the end.
        """
        terms = (self.shape, self.focus, self.value)
        shape, focus, value = (
            "~" if isinstance(t, ox.BlankNode) else str(t or "").strip("<>") for t in terms
        )
        return (
            _GRAVITY.get(self.severity, 3),
            self.severity,
            shape,
            self.component,
            focus,
            self.path_text() or "",
            value,
            self.message,
            *(str(term) for term in terms),
        )


@dataclass(frozen=True)
class Counts:
    """How many results there are of each severity; ``other`` are severities that SHACL does not name."""

    violation: int = 0
    warning: int = 0
    info: int = 0
    other: int = 0

    def __int__(self) -> int:
        return self.violation + self.warning + self.info + self.other

    def to_dict(self) -> dict[str, int]:
        """Return the counts by severity; ``other`` only if there are any."""
        counts = {"violation": self.violation, "warning": self.warning, "info": self.info}
        return {**counts, "other": self.other} if self.other else counts


@dataclass(frozen=True)
class Total:
    """How often one constraint of one shape was violated, whether or not all of it is listed."""

    shape: Term
    component: str
    severity: str
    count: int


@dataclass(frozen=True)
class Report:
    """A validation report (SHACL section 3.6.1).

    ``conforms`` is false if there is any result, of whatever severity, as SHACL says. ``results`` may be
    limited to a number per shape; ``counts`` and ``totals`` never are. ``delegated`` names the shapes, and
    what in them, that the reference validator decided because they do not compile to SPARQL.
    """

    results: tuple[Result, ...] = ()
    counts: Counts = Counts()
    totals: tuple[Total, ...] = ()
    delegated: tuple[str, ...] = ()

    @property
    def conforms(self) -> bool:
        """Whether there is no result at all."""
        return int(self.counts) == 0

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON values: ``conforms``, ``counts``, ``results``, ``delegated``."""
        return {
            "conforms": self.conforms,
            "counts": self.counts.to_dict(),
            "results": [result.to_dict() for result in self.results],
            "delegated": list(self.delegated),
        }

    def to_json(self) -> str:
        """Return :meth:`to_dict` as JSON text."""
        import json

        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n"

    def to_table(self, examples: int = 3, shorten: Callable[[str], str] | None = None) -> str:
        """Return a text for people: each shape with its count, what to do, and its first examples."""
        from careerkg.validation.writers import table

        return table(self, examples, shorten)

    def to_turtle(self) -> str:
        """Return the W3C validation report in Turtle."""
        from careerkg.validation.writers import serialize

        return serialize(self, ox.RdfFormat.TURTLE)

    def to_jsonld(self) -> str:
        """Return the W3C validation report in JSON-LD."""
        from careerkg.validation.writers import serialize

        return serialize(self, ox.RdfFormat.JSON_LD)

    def to_graph(self) -> rdflib.Graph:
        """Return the W3C validation report as an rdflib graph."""
        from careerkg.validation.writers import graph

        return graph(self)

    def to_github(self) -> str:
        """Return one GitHub workflow command (``::error …``, ``::warning …``, ``::notice …``) per result."""
        from careerkg.validation.writers import github

        return github(self)

    def to_junit(self) -> str:
        """Return a JUnit report in XML: a test case per shape and constraint that has results."""
        from careerkg.validation.writers import junit

        return junit(self)


def make_report(
    results: Iterable[Result], *, limit_per_shape: int | None = None, delegated: Iterable[str] = ()
) -> Report:
    """Return the report of some results: ordered, counted, and at most ``limit_per_shape`` of each shape."""
    ordered = sorted(results, key=Result.sort_key)
    per_constraint: dict[tuple[Term, str, str], int] = {}
    per_shape: dict[Term, int] = {}
    numbers = {VIOLATION: 0, WARNING: 0, INFO: 0}
    listed: list[Result] = []
    for result in ordered:
        key = (result.shape, result.component, result.severity)
        per_constraint[key] = per_constraint.get(key, 0) + 1
        numbers[result.severity] = numbers.get(result.severity, 0) + 1
        per_shape[result.shape] = per_shape.get(result.shape, 0) + 1
        if limit_per_shape is None or per_shape[result.shape] <= limit_per_shape:
            listed.append(result)
    named = {name: numbers.pop(iri) for name, iri in SEVERITIES.items()}
    return Report(
        results=tuple(listed),
        counts=Counts(**named, other=sum(numbers.values())),
        totals=tuple(Total(*key, count) for key, count in per_constraint.items()),
        delegated=tuple(sorted(set(delegated))),
    )
