"""Names that people type, found in bounded time.

:func:`careerkg.names.resolve` compares a label with all labels of a store, which takes seconds for millions
of triples; whoever asks a site for a name that is not there must not be able to keep it busy. Here IRIs,
CURIEs and slugs are looked up directly, and codes and labels in the search index.
"""

from __future__ import annotations

from typing import NamedTuple

import pyoxigraph as ox

from careerkg.errors import CareerGraphError
from careerkg.graph import CareerGraph
from careerkg.vocabulary import CONCEPT_KINDS, ENTITY_KINDS, ID, ONTOLOGY, SOURCE, expand, is_iri
from careerkg.web.pages.reading import Reader, node_of

__all__ = ["Found", "find_name"]

_LONGEST = 200
_NEAR = 8


class Found(NamedTuple):
    """The IRI that a name stands for, or else what is near it, the nearest first."""

    iri: str | None
    near: tuple[str, ...]
    several: bool = False
    """Whether the name stands for each of those that are near."""


def find_name(graph: CareerGraph, reader: Reader, name: str, kind: str | None = None) -> Found:
    """Return what a name stands for: CURIE or IRI, slug, code, name; of several only what is of a class."""
    name = name.strip()
    if not name or len(name) > _LONGEST:
        return Found(None, ())
    given = expand(name, graph.prefixes) or (name if is_iri(name) else None)
    if given is not None:
        return Found(given if _exists(reader, given) else None, ())
    slugs = _by_slug(reader, name)
    found = [iri for iri in slugs if kind is None or _is(reader, iri, kind)]
    if len(found) == 1:
        return Found(found[0], ())
    if found or len(slugs) == 1:
        return Found(None, tuple(found), True) if found else Found(slugs[0], ())
    try:
        hits = graph.search(name, kind=kind, limit=20)
    except CareerGraphError:
        hits = []
    exact = [hit.id for hit in hits if hit.matched.casefold() == name.casefold()]
    if len(exact) == 1:
        return Found(exact[0], ())
    return Found(None, tuple(exact or [hit.id for hit in hits])[:_NEAR], bool(exact))


def _by_slug(reader: Reader, name: str) -> list[str]:
    """Return the things whose IRI ends with a name; what people speak of before concepts and sources."""
    slug = name.lower()
    if " " in slug:
        return []
    if "/" in slug:
        return [iri for iri in (f"{ID}{slug}", f"{SOURCE}{slug}") if _exists(reader, iri)]
    for candidates in (
        [f"{ID}{kind}/{slug}" for kind in _THINGS],
        [f"{ID}{kind}/{slug}" for kind in (*_STATEMENTS, *CONCEPT_KINDS)] + [f"{SOURCE}{slug}"],
        [f"{ONTOLOGY}#{name}"],
    ):
        found = [iri for iri in candidates if _exists(reader, iri)]
        if found:
            return found
    return []


_STATEMENTS = (
    "claim",
    "condition",
    "cost",
    "distribution",
    "observation",
    "renewal",
    "requirement",
    "scheme",
    "succession",
    "trend",
)
_THINGS = tuple(kind for kind in ENTITY_KINDS if kind not in _STATEMENTS)


def _exists(reader: Reader, iri: str) -> bool:
    node = node_of(iri)
    return node is not None and reader.known(node)


def _is(reader: Reader, iri: str, kind: str) -> bool:
    return reader.is_a(reader.kind(ox.NamedNode(iri)), kind)
