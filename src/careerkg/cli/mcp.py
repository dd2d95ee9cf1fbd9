"""``careerkg mcp``: the graph for assistants."""

from __future__ import annotations

import argparse
import sys

from careerkg.cli.planning import seconds
from careerkg.errors import ServiceError

SUMMARY = "serve the graph to assistants by the Model Context Protocol"
EXAMPLE = """careerkg mcp
  careerkg mcp --store kg/
  careerkg mcp --http --port 8001"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument(
        "--http",
        action="store_true",
        help="serve by streamable HTTP at /mcp instead of by standard input and output",
    )
    parser.add_argument("--host", default="127.0.0.1", help="with --http: the address (default: 127.0.0.1)")
    parser.add_argument(
        "--port",
        type=_port,
        default=8001,
        metavar="N",
        help="with --http: the port; 0: a free one (default: 8001)",
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="with --http: also answer requests to this host name, such as that of a proxy; may repeat",
    )
    parser.add_argument(
        "--deadline",
        type=seconds,
        default=10.0,
        metavar="TIME",
        help="stop a SPARQL query after 2s, 500ms (default: 10s)",
    )


def _port(text: str) -> int:
    """Return a port number."""
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to 65535")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Serve until the client ends (standard input and output) or until interrupted (HTTP)."""
    try:
        from careerkg.mcp import Served, build_server, serve_http, serve_stdio
    except ImportError as error:
        if (error.name or "").partition(".")[0] == "careerkg":
            raise
        raise ServiceError(
            f"assistants need the extra mcp ({error.name} is missing): pip install 'careerkg[mcp]'"
        ) from error
    import logging

    # Warnings of the SDK go to standard error, a line each.
    logging.basicConfig(level=logging.WARNING, format="careerkg mcp: %(message)s", stream=sys.stderr)
    from careerkg.bounded import Source

    served = Served(Source.of(arguments.store, arguments.data), deadline=arguments.deadline)
    server = build_server(served)
    if arguments.http:
        serve_http(
            server,
            arguments.host,
            arguments.port,
            allowed_hosts=arguments.allow_host,
            started=lambda url: sys.stderr.write(f"careerkg mcp: {url}\n"),
        )
    else:
        if sys.stdin.isatty():
            sys.stderr.write("careerkg mcp: waiting for an assistant on standard input; Ctrl-C ends it\n")
        serve_stdio(server)
    return 0
