"""Values that the API returns, each frozen. (Others are with what makes them: hits, routes, reports.)

Named tuples rather than dataclasses: importing ``dataclasses`` costs a command's start 6 ms of its 45.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Entity", "Evidence", "Fact"]


class Evidence(NamedTuple):
    """Who says a fact: a passage, or the source that a bulk-loaded thing comes from.

    ``start`` and ``end`` are offsets in Unicode code points into the source's text, where it is at hand.
    ``rank`` is preferred, normal or deprecated; ``reason`` says why, where a source or we said so.
    """

    graph: str
    source: str | None
    title: str | None
    section: str | None
    start: int | None
    end: int | None
    issued: str | None
    rank: str
    reason: str | None
    publisher: str | None
    url: str | None
    sha256: str | None
    subject: str
    property: str
    value: str


class Fact(NamedTuple):
    """One statement about an entity: the property and the other end, each with a label for people.

    ``value`` is an IRI, ``_:id`` or a literal's text; ``datatype`` and ``language`` are those of a literal.
    ``detail`` says in words what a structured value holds: a condition tree, a cost, a figure.
    ``evidence`` are the passages or sources that say so.
    """

    property: str
    property_label: str
    value: str
    value_label: str
    datatype: str | None = None
    language: str | None = None
    detail: str | None = None
    evidence: tuple[str, ...] = ()


class Entity(NamedTuple):
    """A thing of the graph with all that is said of it, and what refers to it."""

    id: str
    label: str
    kind: str
    definition: str | None
    facts: tuple[Fact, ...]
    incoming: tuple[Fact, ...]
    sources: tuple[Evidence, ...]
