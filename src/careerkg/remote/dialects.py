"""What servers do in their own way, found out by running them, and where their endpoints are.

A server is known by the headers of its answers. One that is not known is taken to follow the standards, with
the merge in a graph of its own wherever there is one (:data:`MERGE`), because what a query's default graph
is without ``default-graph-uri`` differs from store to store.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import pyoxigraph as ox

from careerkg.vocabulary import XSD

__all__ = ["MERGE", "Dialect", "cut_to", "dialect_of", "endpoints", "with_seconds"]

MERGE = "https://w3id.org/careerkg/graph/merge"
"""The named graph with the merge of everything, in stores whose default graph is not one of its own."""


@dataclass(frozen=True)
class Dialect:
    """A kind of server."""

    name: str
    endpoints: Mapping[str, tuple[str | None, str | None]]
    """By the end of a query endpoint: those for updates and for whole graphs."""
    own_default_graph: bool = False
    """Whether the default graph is a graph of its own, neither a view of the named ones nor absent."""
    named_beside_default: bool = False
    """Whether ``GRAPH`` reaches named graphs when ``default-graph-uri`` is given; the standard says no."""
    system_graphs: tuple[str, ...] = ()
    """Graphs of the server itself, which are no data."""
    spells_durations: bool = False
    """Whether durations survive only with a seconds part."""
    node_prefix: str | None = None
    """What addresses of blank nodes begin with, where they have some."""
    trusted: bool = True
    """Whether it answers every query as SPARQL 1.1 says."""
    canonical: bool = False
    """Whether values come back as Oxigraph keeps them."""

    def written(self, term: ox.NamedNode | ox.Literal | ox.Triple) -> str:
        """Return a term as the server has to be told it."""
        if self.spells_durations and isinstance(term, ox.Literal) and term.datatype.value == XSD.duration:
            return str(ox.Literal(with_seconds(term.value), datatype=term.datatype))
        return str(term)

    def read(self, literal: ox.Literal) -> ox.Literal:
        """Return a literal of an answer as it was meant."""
        if self.spells_durations and literal.datatype.value == XSD.duration:
            return ox.Literal(_duration(literal.value), datatype=literal.datatype)
        return literal


def with_seconds(duration: str) -> str:
    """Return a duration of the same length, written so that Virtuoso does not make another of it.

    It keeps dates with an explicit zero of seconds as they are, and counts time in seconds, whose fraction
    has to be explicit, too: it reads PT5S as 5.5 seconds.

    >>> with_seconds("P6M"), with_seconds("P1DT2H"), with_seconds("PT5S"), with_seconds("soon")
    ('P6MT0S', 'P1DT2H', 'PT5.0S', 'soon')
    """
    if not re.fullmatch(r"-?P[\dYMDTHS.]+", duration):
        return duration
    if "T" not in duration:
        return f"{duration}T0S"
    return re.sub(r"(?<=\d)S$", ".0S", duration) if re.search(r"[A-Z]\d+S$", duration) else duration


def _duration(value: str) -> str:
    """Return a duration that Virtuoso has made a number: of months, or with a point or above, of seconds.

    >>> _duration("6"), _duration("864000.0"), _duration("P6MT0S")
    ('P6M', 'PT864000S', 'P6MT0S')
    """
    if re.fullmatch(r"-?\d+", value):
        return re.sub(r"^(-?)(\d+)$", r"\1P\2M", value)
    if re.fullmatch(r"-?\d+\.\d+(?:e[+-]?\d+)?", value):
        seconds = float(value)
        return f"{'-' if seconds < 0 else ''}PT{abs(seconds):.6f}".rstrip("0").rstrip(".") + "S"
    return value


OXIGRAPH = Dialect(
    "Oxigraph", own_default_graph=True, canonical=True, endpoints={"/query": ("/update", "/store")}
)
VIRTUOSO = Dialect(
    "Virtuoso",
    named_beside_default=True,
    system_graphs=(
        "http://www.openlinksw.com/schemas/virtrdf#",
        "http://www.w3.org/ns/ldp#",
        "http://localuriqaserver/sparql",
        "http://www.w3.org/2002/07/owl#",
        "urn:core:services:sparql",
        "urn:activitystreams-owl:map",
        "urn:virtuoso:val:scheme",
    ),
    spells_durations=True,
    trusted=False,
    node_prefix="nodeID://",
    endpoints={
        "/sparql": ("/sparql-auth", "/sparql-graph-crud-auth"),
        "/sparql-auth": ("/sparql-auth", "/sparql-graph-crud-auth"),
    },
)
FUSEKI = Dialect(
    "Fuseki",
    own_default_graph=True,
    endpoints={"/sparql": ("/update", "/data"), "/query": ("/update", "/data")},
)
CAREERKG = Dialect(
    "careerkg serve",
    own_default_graph=True,
    canonical=True,
    endpoints={"/sparql": ("/update", None)},
)
OTHER = Dialect(
    "SPARQL 1.1",
    endpoints={
        "/query": ("/update", "/data"),
        "/sparql": ("/sparql", "/data"),
    },
)

_BY_HEADER = {"oxigraph": OXIGRAPH, "virtuoso": VIRTUOSO, "fuseki": FUSEKI}


def dialect_of(headers: Mapping[str, str]) -> Dialect:
    """Return the kind of server that the headers of an answer tell of."""
    if "Careerkg-Complete" in headers:
        return CAREERKG
    server = headers.get("Server", "").lower()
    return next((known for name, known in _BY_HEADER.items() if name in server), OTHER)


def cut_to(headers: Mapping[str, str]) -> int | None:
    """Return the number of rows that a server has cut its answer to, None if it is whole.

    Virtuoso says so, and ``careerkg serve``; with others there is no knowing.
    """
    limit = headers.get("X-SPARQL-MaxRows")
    if headers.get("Careerkg-Complete") == "false":
        limit = headers.get("Careerkg-Rows")
    return int(limit) if limit is not None and limit.isdecimal() else None


def endpoints(url: str, dialect: Dialect) -> tuple[str | None, str | None]:
    """Return where a server takes updates and whole graphs, by where it takes queries; None: not known."""
    split = urlsplit(url)
    for ending, (update, graphs) in dialect.endpoints.items():
        if split.path.rstrip("/").endswith(ending):
            base = split.path.rstrip("/").removesuffix(ending)
            return (
                None if update is None else urlunsplit(split._replace(path=base + update, query="")),
                None if graphs is None else urlunsplit(split._replace(path=base + graphs, query="")),
            )
    if re.search(r"/repositories/[^/]+/?$", split.path):  # RDF4J and GraphDB
        base = split.path.rstrip("/")
        return (
            urlunsplit(split._replace(path=f"{base}/statements", query="")),
            urlunsplit(split._replace(path=f"{base}/rdf-graphs/service", query="")),
        )
    return None, None
