"""The formats of an answer: one family for rows (SELECT, ASK), one for graphs (CONSTRUCT, DESCRIBE)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from careerkg.errors import FormatError

__all__ = ["GRAPH_TYPES", "ROW_TYPES", "Formats", "formats_of"]

ROW_TYPES: Mapping[str, str] = {
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
    "csv": "text/csv; charset=utf-8",
    "tsv": "text/tab-separated-values; charset=utf-8",
}
"""Media types of rows by short name."""

GRAPH_TYPES: Mapping[str, str] = {
    "ttl": "text/turtle; charset=utf-8",
    "nt": "application/n-triples",
    "trig": "application/trig; charset=utf-8",
    "nq": "application/n-quads",
    "rdf": "application/rdf+xml",
    "jsonld": "application/ld+json",
}
"""Media types of graphs by short name."""


class Formats(NamedTuple):
    """What an answer may be written in: which of the two counts depends on the form of the query.

    None says that this form of answer is not acceptable.
    """

    rows: str | None = "json"
    graph: str | None = "ttl"


def formats_of(name: str | Formats | None) -> Formats:
    """Return the formats that a short name, or nothing, stands for. Raises FormatError if it is unknown."""
    if name is None:
        return Formats()
    if isinstance(name, Formats):
        return name
    if name in ROW_TYPES:
        return Formats(name, None)
    if name in GRAPH_TYPES:
        return Formats(None, name)
    raise FormatError(name, [*ROW_TYPES, *GRAPH_TYPES])
