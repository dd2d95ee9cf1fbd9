"""The server: tools, resources and prompts over one graph, by standard input and output or by HTTP."""

from __future__ import annotations

import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_address

from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings

from careerkg.errors import ServiceError
from careerkg.mcp.resources import add_prompts, add_resources
from careerkg.mcp.served import Served
from careerkg.mcp.tools import Tools

__all__ = ["HTTP_PATH", "build_server", "serve_http", "serve_stdio"]

HTTP_PATH = "/mcp"

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")

_INSTRUCTIONS = """\
A career knowledge graph: what occupations do, need, pay and lead to, and who says so.
Start with search to find the name of a thing, then describe, route, missing or why; use sparql for counts,
comparisons and lists, after examples or the resource careerkg://ontology.
Every fact has evidence: numbers of the entries of `sources`. Cite them, with their dates.
Unknown is never zero: say "at least" or "not recorded". What is ranked deprecated is not to be answered with.
When `complete` is false, `cut` says what was left out: do not take the answer for all there is."""


def build_server(served: Served) -> MCPServer:
    """Return a server over a graph; its queries run for as long as the server does."""
    from importlib.metadata import version

    @asynccontextmanager
    async def lifespan(server: MCPServer) -> AsyncIterator[None]:
        del server
        async with served.running():
            yield

    server = MCPServer(
        "careerkg",
        title="Career knowledge graph",
        instructions=_INSTRUCTIONS,
        version=version("careerkg"),
        tools=Tools(served).all(),
        lifespan=lifespan,
        log_level="WARNING",
        subscriptions=False,
    )
    add_resources(server, served)
    add_prompts(server, served)
    return server


def serve_stdio(server: MCPServer) -> None:
    """Serve one client by standard input and output until it ends its side; nothing else is written there."""
    server.run("stdio")


def serve_http(
    server: MCPServer,
    host: str = "127.0.0.1",
    port: int = 8001,
    *,
    allowed_hosts: Sequence[str] = (),
    started: Callable[[str], object] | None = None,
) -> None:
    """Serve by streamable HTTP at ``/mcp`` until interrupted; ``started`` is called with the URL.

    A request whose ``Host`` is not this machine by a local name, ``host`` or one of ``allowed_hosts`` is
    refused with 421, one whose ``Origin`` is another with 403: a page from elsewhere that has its name
    point to this machine (DNS rebinding) gets nothing. Raises ServiceError if the address cannot be had.
    """
    import uvicorn

    listening = _listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    bound = listening.getsockname()[1]
    app = server.streamable_http_app(
        streamable_http_path=HTTP_PATH,
        transport_security=security(host, allowed_hosts),
    )
    config = uvicorn.Config(app, log_level="warning", lifespan="on", timeout_graceful_shutdown=2)

    class Server(uvicorn.Server):
        """Says when it listens."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            """Start, and tell the URL."""
            await super().startup(sockets)
            if self.started and started is not None:
                started(f"http://{shown}:{bound}{HTTP_PATH}")

    try:
        with suppress(KeyboardInterrupt):  # the server has ended as it should, and passes the signal on
            Server(config).run([listening])
    finally:
        listening.close()


def security(host: str, allowed_hosts: Sequence[str] = ()) -> TransportSecuritySettings:
    """Return which values of ``Host`` and ``Origin`` are accepted; see :func:`serve_http`."""
    names = dict.fromkeys((*_LOOPBACK, *(_in_header(name) for name in (host, *allowed_hosts))))
    for wildcard in ("0.0.0.0", "[::]", "*"):
        names.pop(wildcard, None)
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=[form for name in names for form in (name, f"{name}:*")],
        allowed_origins=[
            f"{scheme}://{form}"
            for name in names
            for scheme in ("http", "https")
            for form in (name, f"{name}:*")
        ],
    )


def _in_header(host: str) -> str:
    """Return a host as a header has it: an IPv6 address in brackets."""
    try:
        return f"[{host}]" if ip_address(host).version == 6 else host
    except ValueError:
        return host.lower()


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens. Raises ServiceError if the address is in use, not ours or unknown."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        found = socket.socket(family, socket.SOCK_STREAM)
        try:
            if sys.platform != "win32":
                found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind(address)
            found.listen(128)
        except BaseException:
            found.close()
            raise
    except (OSError, OverflowError) as error:
        reason = (error.strerror or str(error)).lower() if isinstance(error, OSError) else "no such port"
        raise ServiceError(f"cannot listen on {host}:{port}: {reason}", f"{host}:{port}") from error
    return found
