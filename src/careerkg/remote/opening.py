"""Finding a store elsewhere: its endpoints, what kind of server it is, and where its merge is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TypedDict, Unpack

from careerkg.errors import QueryError, StoreError
from careerkg.remote.answers import Reader, no_endpoint
from careerkg.remote.connection import Access, Connection, NoEndpoint, Stream, without_credentials
from careerkg.remote.dialects import MERGE, dialect_of, endpoints
from careerkg.remote.remote_store import Evaluation, RemoteStore

__all__ = ["ConnectOptions", "connect"]


class AccessOptions(TypedDict, total=False):
    """The fields of :class:`Access`."""

    user: str
    password: str
    token: str
    timeout: float
    retries: int
    headers: Mapping[str, str]


class ConnectOptions(AccessOptions, total=False):
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
    evaluation: Evaluation


def connect(
    url: str,
    *,
    update: str | None = None,
    graph_store: str | None = None,
    default_graph: str | None = None,
    evaluation: Evaluation | None = None,
    **access: Unpack[AccessOptions],
) -> RemoteStore:
    """Return the store behind a SPARQL endpoint, which is asked at once whether it is one.

    ``url`` may also be that of the server, whose usual endpoints are then tried; for the options see
    :class:`ConnectOptions`. Raises StoreError if nobody
    answers there, or not SPARQL.
    """
    default_graph = default_graph or os.environ.get("CAREERKG_DEFAULT_GRAPH")
    connection = Connection(Access.of(url, Access(**access)))
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
    base = url.rstrip("/")
    first: NoEndpoint | None = None
    tried = [url, *(base + ending for ending in ("/query", "/sparql") if not base.endswith(ending))]
    for address in tried:
        try:
            stream = connection.query(address, "ASK {}")
            if stream.type.startswith("application/"):
                return address, stream
            raise no_endpoint(stream)
        except NoEndpoint as error:
            first = first or error
        except (StoreError, QueryError) as error:
            # What is there but refuses is told, and not looked for elsewhere.
            raise first or error from None
    assert first is not None
    raise first
