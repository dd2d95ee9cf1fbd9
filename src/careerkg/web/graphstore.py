"""Reads of the SPARQL 1.1 Graph Store HTTP Protocol at ``/graph-store``: ``?graph=IRI`` and ``?default``.

A named graph, which is what one passage says, comes from the pool. The default graph, the merge of
everything, may be large and comes from its dump. Nothing is written here.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import FileResponse, Response, StreamingResponse

from careerkg.vocabulary import is_iri
from careerkg.web.bodies import header
from careerkg.web.formats import choose
from careerkg.web.negotiation import best_match
from careerkg.web.replies import PREFLIGHT_HEADERS, Problem
from careerkg.web.requests import parameters_by_name, read_parameters

if TYPE_CHECKING:
    from starlette.requests import Request

    from careerkg.web.dumps import Dumps
    from careerkg.web.site import Site

__all__ = ["GraphStore"]

_METHODS = "GET, HEAD, OPTIONS"


class GraphStore:
    """The graph store of a site, to be read."""

    def __init__(self, site: Site, dumps: Dumps) -> None:
        self.site, self.dumps = site, dumps

    async def respond(self, request: Request) -> Response:
        """Answer a request. Raises Problem: 400, 404, 405, 406, or 503 for what is too large."""
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"allow": _METHODS, **dict(PREFLIGHT_HEADERS)})
        if request.method not in ("GET", "HEAD"):
            raise Problem(
                405, "the graph store can be read, not written, here", headers=[("allow", _METHODS)]
            )
        accept = header(request.scope, b"accept")
        parameters = parameters_by_name(read_parameters(request.scope["query_string"]))
        names = parameters.get("graph", [])
        wanted = [*parameters.get("format", []), *parameters.get("output", [])]
        chosen = choose(accept, wanted[0] if wanted else None)
        format_, media_type = chosen.formats.graph, chosen.graph_type
        if format_ is None or media_type is None:
            raise Problem(406, "a graph comes as Turtle, N-Triples, JSON-LD, RDF/XML, TriG or N-Quads")
        if ("default" in parameters) == bool(names) or len(names) > 1:
            raise Problem(400, "say either ?default or ?graph=IRI, once")
        if not names:
            return await self._default(request, format_, media_type)
        iri = names[0]
        if not is_iri(iri):
            raise Problem(400, f"?graph must be an absolute IRI, not {iri!r}")
        answer = await self.site.pool.aquery(
            "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", format=chosen.formats, default_graphs=[iri]
        )
        if answer.rows == 0:
            raise Problem(404, f"there is no graph <{iri}>")
        if not answer.complete:
            raise Problem(
                503, f"that graph has more than {self.site.settings.row_cap:,} triples: take a dump"
            )
        return Response(answer.body, media_type=media_type, headers={"vary": "Accept"})

    async def _default(self, request: Request, format_: str, media_type: str) -> Response:
        """Return the default graph in a format, compressed as it lies on disk if the client can read that."""
        # Formats that can hold passages have them in their dumps; the default graph is the triples alone.
        name = {"trig": "ttl", "nq": "nt"}.get(format_, format_)
        path = await self.dumps.path(name)
        headers = {"vary": "Accept, Accept-Encoding", "cache-control": "no-cache"}
        if _takes_gzip(header(request.scope, b"accept-encoding")):
            return FileResponse(path, media_type=media_type, headers={**headers, "content-encoding": "gzip"})
        return StreamingResponse(_unpacked(path), media_type=media_type, headers=headers)


def _takes_gzip(accept_encoding: str | None) -> bool:
    """Tell whether a client takes gzip (RFC 9110, section 12.5.3)."""
    if not accept_encoding:
        return False
    ranges = ",".join(f"coding/{piece.strip()}" for piece in accept_encoding.split(","))
    return best_match(ranges, ("coding/gzip",)) is not None


def _unpacked(path: Path) -> Iterator[bytes]:
    """Yield the content of a gzipped file in pieces."""
    with gzip.open(path, "rb") as stream:
        while piece := stream.read(1 << 18):
            yield piece
