"""Names that people type, found in bounded time, and what is near a name that is not there."""

from __future__ import annotations

from typing import NamedTuple

from careerkg.errors import AmbiguousName, CareerGraphError, UnknownName
from careerkg.graph import CareerGraph
from careerkg.vocabulary import CKG, ITEM_CLASSES, expand, is_iri

__all__ = ["Found", "find_name"]

_LONGEST = 200
_NEAR = 8


class Found(NamedTuple):
    """The IRI that a name stands for, or else what is near it, the nearest first."""

    iri: str | None
    near: tuple[str, ...] = ()
    several: bool = False
    """Whether the name stands for each of those that are near."""


def find_name(graph: CareerGraph, name: str, kind: str | None = None) -> Found:
    """Return what a name stands for, as ``graph.resolve`` says; of several things, that of a class."""
    name = name.strip()
    if not name or len(name) > _LONGEST:
        return Found(None)
    # With the index at hand a large graph finds names there; whoever asks for one that is not there must not
    # be able to keep the site busy.
    graph.search("", limit=1)
    among = () if kind is None else ITEM_CLASSES if kind == "Item" else (f"{CKG}{kind}",)
    try:
        return Found(graph.resolve(name, among=among))
    except AmbiguousName as error:
        return Found(None, _iris(graph, error.candidates)[:_NEAR], True)
    except UnknownName as error:
        suggested = _iris(graph, error.suggestions)
    except CareerGraphError:
        suggested = ()
    if is_iri(name) or expand(name, graph.prefixes):
        return Found(None)
    try:
        hits = tuple(hit.id for hit in graph.search(name, kind=kind, limit=_NEAR))
    except CareerGraphError:
        hits = ()
    return Found(None, tuple(dict.fromkeys((*hits, *suggested)))[:_NEAR])


def _iris(graph: CareerGraph, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(expand(name, graph.prefixes) or name for name in names)
