"""The formats of the endpoint: what ``Accept`` and ``format`` choose, for rows and for graphs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from careerkg.bounded import GRAPH_TYPES, ROW_TYPES, Formats
from careerkg.web.negotiation import best_match
from careerkg.web.replies import Problem

__all__ = ["GRAPH_MEDIA_TYPES", "ROW_MEDIA_TYPES", "Chosen", "choose"]

ROW_MEDIA_TYPES: Mapping[str, str] = {
    "application/sparql-results+json": "json",
    "application/json": "json",
    "application/sparql-results+xml": "xml",
    "application/xml": "xml",
    "text/xml": "xml",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
}
"""Media types for rows, the best first: where a client likes several equally, it gets the first of them."""

GRAPH_MEDIA_TYPES: Mapping[str, str] = {
    "text/turtle": "ttl",
    "application/ld+json": "jsonld",
    "application/n-triples": "nt",
    "application/rdf+xml": "rdf",
    "application/trig": "trig",
    "application/n-quads": "nq",
    "application/x-turtle": "ttl",
    "application/turtle": "ttl",
    "application/json": "jsonld",
    "application/xml": "rdf",
    "text/xml": "rdf",
    "text/plain": "nt",
}
"""Media types for graphs, the best first."""

_NAMES: Mapping[str, tuple[str | None, str | None]] = {
    "json": ("json", "jsonld"),
    "xml": ("xml", "rdf"),
    "csv": ("csv", None),
    "tsv": ("tsv", None),
    "ttl": (None, "ttl"),
    "turtle": (None, "ttl"),
    "n3": (None, "ttl"),
    "nt": (None, "nt"),
    "ntriples": (None, "nt"),
    "n-triples": (None, "nt"),
    "nq": (None, "nq"),
    "nquads": (None, "nq"),
    "n-quads": (None, "nq"),
    "trig": (None, "trig"),
    "rdf": (None, "rdf"),
    "rdfxml": (None, "rdf"),
    "rdf+xml": (None, "rdf"),
    "rdf/xml": (None, "rdf"),
    "jsonld": (None, "jsonld"),
    "json-ld": (None, "jsonld"),
}
"""What clients write as ``format``."""


class Chosen(NamedTuple):
    """The formats for a request, and the media types that answers in them are called."""

    formats: Formats
    rows_type: str | None
    graph_type: str | None


@lru_cache(maxsize=1024)
def choose(accept: str | None, name: str | None = None) -> Chosen:
    """Return the formats that an ``Accept`` header and the parameter ``format`` ask for.

    ``format`` is taken leniently: it wins where it says something, and an unknown one is ignored.
    Raises Problem (406) if nothing that is offered is acceptable.
    """
    rows_type, graph_type = best_match(accept, _ROWS), best_match(accept, _GRAPHS)
    rows, graph = _NAMES.get((name or "").strip().lower(), (None, None))
    if name and "/" in name:
        media_type = name.partition(";")[0].strip().lower().replace(" ", "+")  # a plus, decoded
        rows, graph = ROW_MEDIA_TYPES.get(media_type), GRAPH_MEDIA_TYPES.get(media_type)
    if rows is not None:
        rows_type = ROW_TYPES[rows].partition(";")[0]
    if graph is not None:
        graph_type = GRAPH_TYPES[graph].partition(";")[0]
    if rows_type is None and graph_type is None:
        raise Problem(406, f"none of the formats that are acceptable is offered; there are: {_OFFERED}")
    return Chosen(
        Formats(
            None if rows_type is None else ROW_MEDIA_TYPES[rows_type],
            None if graph_type is None else GRAPH_MEDIA_TYPES[graph_type],
        ),
        _typed(rows_type),
        _typed(graph_type),
    )


_ROWS, _GRAPHS = tuple(ROW_MEDIA_TYPES), tuple(GRAPH_MEDIA_TYPES)
_OFFERED = ", ".join(
    content_type.partition(";")[0] for content_type in (*ROW_TYPES.values(), *GRAPH_TYPES.values())
)


def _typed(media_type: str | None) -> str | None:
    """Return a media type with its charset where it is a text."""
    if media_type is not None and (media_type.startswith("text/") or media_type == "application/trig"):
        return f"{media_type}; charset=utf-8"
    return media_type
