"""Finding a store elsewhere: its endpoints, what kind of server it is, and where its merge is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TypedDict, Unpack

from careerkg.errors import QueryError, StoreError
from careerkg.remote.answers import Reader
from careerkg.remote.connection import Access, Connection, Stream, without_credentials
from careerkg.remote.dialects import MERGE, dialect_of, endpoints
from careerkg.remote.remote_store import Evaluation, RemoteStore

__all__ = ["ConnectOptions", "connect"]


class ConnectOptions(TypedDict, total=False):
    """How a store elsewhere is reached.

    ``update`` and ``graph_store`` are the addresses for updates and whole graphs, where they are not the
    usual ones. ``default_graph`` is the IRI of the graph with the merge of everything: by default
    ``CAREERKG_DEFAULT_GRAPH``, then :data:`MERGE` where there is a graph of this name, or else the server's
    own default graph.
    ``user`` and ``password``, or ``token``, are by default those of the URL, then ``CAREERKG_USER``,
    ``CAREERKG_PASSWORD`` and ``CAREERKG_TOKEN``. ``timeout`` is in seconds, for connecting and for each
    silence; ``retries`` count for refused connections, broken answers and the codes 429, 502, 503, 504.
    ``evaluation`` says where queries run that are more than joins and counts: at the server, or here, on the
    triples that their patterns match; by default here for servers that are known to answer some wrongly.
    """

    update: str
    graph_store: str
    default_graph: str
    user: str
    password: str
    token: str
    timeout: float
    retries: int
    headers: Mapping[str, str]
    evaluation: Evaluation


def connect(url: str, **options: Unpack[ConnectOptions]) -> RemoteStore:
    """Return the store behind a SPARQL endpoint, which is asked at once whether it is one.

    ``url`` may also be that of the server, whose usual endpoints are then tried. Raises StoreError if nobody
    answers there, or not SPARQL.
    """
    update, graph_store = options.pop("update", None), options.pop("graph_store", None)
    default_graph = options.pop("default_graph", None) or os.environ.get("CAREERKG_DEFAULT_GRAPH")
    evaluation = options.pop("evaluation", None)
    connection = Connection(Access.of(url, Access(**options)))  # type: ignore[misc]
    address, stream = _found(connection, without_credentials(url))
    dialect = dialect_of(stream.response.headers)
    reader = Reader(dialect)
    reader.boolean(stream)
    guessed_update, guessed_graphs = endpoints(address, dialect)
    if default_graph is None and (
        dialect.named_beside_default  # its default graph is a view of all its graphs
        or reader.boolean(connection.query(address, f"ASK {{ GRAPH <{MERGE}> {{ ?s ?p ?o }} }}"))
    ):
        default_graph = MERGE
    return RemoteStore(
        address,
        connection,
        dialect,
        update=update or guessed_update,
        graph_store=graph_store or guessed_graphs,
        default_graph=default_graph or None,
        evaluation=evaluation or ("server" if dialect.trusted else "here"),
    )


def _found(connection: Connection, url: str) -> tuple[str, Stream]:
    """Return the query endpoint at or below a URL, with its answer to a first question."""
    question = "ASK {}"
    base = url.rstrip("/")
    first: StoreError | QueryError | None = None
    tried = [url, *(base + ending for ending in ("/query", "/sparql") if not base.endswith(ending))]
    for address in tried:
        try:
            stream = connection.query(address, question)
        except (StoreError, QueryError) as error:
            # Only what is not there is looked for elsewhere; what is there but refuses is told.
            if not any(f"{address}: {code}:" in str(error) for code in (404, 405, 410)):
                raise first or error from None
            first = first or error
            continue
        if stream.type.startswith("application/"):
            return address, stream
        first = first or StoreError(
            f"{address} is no SPARQL endpoint: it answers with "
            f"{'a web page' if 'html' in stream.type else stream.type or 'something without a type'}"
        )
        stream.close()
    assert first is not None
    raise first
