"""Triples on their way to a server: N-Triples in pieces of bounded size, and whole graphs over HTTP.

Uses the SPARQL 1.1 Graph Store HTTP Protocol; where a server has none, updates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from urllib.parse import urlencode

import pyoxigraph as ox

from careerkg.errors import StoreError, UpdateRefused
from careerkg.remote.connection import Connection
from careerkg.remote.dialects import Dialect, with_seconds
from careerkg.remote.terms import GENID
from careerkg.vocabulary import XSD

__all__ = ["PIECE", "GraphWriter", "pieces"]

PIECE = 50_000
"""Triples in one request."""

_N_TRIPLES = {"Content-Type": "application/n-triples"}
_BLANK_SUBJECT = re.compile(rb"^_:(\S+) ", re.MULTILINE)
_BLANK_OBJECT = re.compile(rb"> _:(\S+) \.$", re.MULTILINE)
_DURATION = re.compile(rb'"([^"\\]*)"\^\^<' + re.escape(str(XSD.duration).encode()) + rb">")


def pieces(quads: Iterable[ox.Quad], dialect: Dialect, size: int = PIECE) -> Iterator[tuple[int, bytes]]:
    """Yield the triples of quads as N-Triples, so many at a time, with their number.

    Blank nodes get their IRIs, and values the spelling that the server keeps.
    """
    source = iter(quads)
    while chunk := [quad.triple for quad in islice(source, size)]:
        data = ox.serialize(chunk, format=ox.RdfFormat.N_TRIPLES)
        assert data is not None
        yield len(chunk), _for_server(data, dialect)


def _for_server(data: bytes, dialect: Dialect) -> bytes:
    """Return N-Triples as a server is told them."""
    if b"_:" in data:
        genid = GENID.encode()
        data = _BLANK_SUBJECT.sub(rb"<" + genid + rb"\1> ", data)
        data = _BLANK_OBJECT.sub(rb"> <" + genid + rb"\1> .", data)
    if dialect.spells_durations:
        data = _DURATION.sub(
            lambda found: f'"{with_seconds(found[1].decode())}"^^<{XSD.duration}>'.encode(),
            data,
        )
    return data


class GraphWriter:
    """Writes graphs of a server; a graph is the IRI of its name, None for the default graph."""

    def __init__(self, connection: Connection, update: str | None, graph_store: str | None) -> None:
        if update is None and graph_store is None:
            raise UpdateRefused(
                "it is not known where this server takes changes: give its Graph Store or update address"
            )
        self._connection = connection
        self._update = update
        self._graph_store = graph_store

    def put(self, graph: str | None, data: bytes) -> None:
        """Replace a graph, in one request. Raises StoreError."""
        if self._graph_store is not None:
            self._send("PUT", graph, data)
        else:
            self._run(f"DROP SILENT {_named(graph)} ; {_insertion(graph, data)}")

    def add(self, graph: str | None, data: bytes) -> None:
        """Add triples to a graph. Raises StoreError."""
        if self._graph_store is not None:
            self._send("POST", graph, data)
        else:
            self._run(_insertion(graph, data))

    def remove(self, graph: str | None) -> None:
        """Remove a graph, if it is there. Raises StoreError."""
        if self._graph_store is not None:
            self._connection.request("DELETE", self._address(graph), allowed=(404,)).finish()
        else:
            self._run(f"DROP SILENT {_named(graph)}")

    def move(self, graph: str, target: str | None) -> None:
        """Put a graph in the place of another, by one update. Raises StoreError."""
        self._run(f"MOVE GRAPH <{graph}> TO {_named(target)}")

    @property
    def can_move(self) -> bool:
        """Whether :meth:`move` can be tried."""
        return self._update is not None

    def _send(self, method: str, graph: str | None, data: bytes) -> None:
        self._connection.request(method, self._address(graph), body=data, headers=_N_TRIPLES).finish()

    def _address(self, graph: str | None) -> str:
        """Return where a graph is (Graph Store Protocol, section 4.2)."""
        assert self._graph_store is not None
        separator = "&" if "?" in self._graph_store else "?"
        return f"{self._graph_store}{separator}{'default' if graph is None else urlencode({'graph': graph})}"

    def _run(self, sparql: str) -> None:
        if self._update is None:
            raise StoreError("it is not known where this server takes updates: give its update address")
        self._connection.update(self._update, sparql)


def _named(graph: str | None) -> str:
    """Return a graph as updates of whole graphs name it."""
    return "DEFAULT" if graph is None else f"GRAPH <{graph}>"


def _insertion(graph: str | None, data: bytes) -> str:
    """Return the update that adds triples."""
    triples = data.decode()
    return (
        f"INSERT DATA {{ {triples} }}"
        if graph is None
        else f"INSERT DATA {{ GRAPH <{graph}> {{ {triples} }} }}"
    )
