"""``careerkg serve``: the graph on the web."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from careerkg.cli.common import write
from careerkg.errors import ServiceError

SUMMARY = "serve the graph over HTTP: a SPARQL endpoint, linked-data pages, the route finder"
EXAMPLE = """careerkg serve
  careerkg serve --store kg/ --port 8080 --base-url https://careers.example.org
  CAREERKG_UPDATE_TOKEN=… careerkg serve --store kg/"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port",
        type=_port,
        default=8000,
        help="port to listen on; 0 takes a free one (default: %(default)s)",
    )
    parser.add_argument(
        "--base-url", metavar="URL", help="the address by which clients know the site, behind a proxy"
    )
    parser.add_argument(
        "--deadline",
        type=_positive,
        default=30.0,
        metavar="SECONDS",
        help="stop a query after this time (default: 30)",
    )
    parser.add_argument(
        "--row-cap",
        type=_count,
        default=100_000,
        metavar="N",
        help="rows or triples of an answer at most (default: %(default)s)",
    )
    parser.add_argument(
        "--concurrency",
        type=_count,
        default=68,
        metavar="N",
        help="queries that run or wait at a time; one more gets 429 (default: %(default)s)",
    )
    parser.add_argument(
        "--workers",
        type=_count,
        default=4,
        metavar="N",
        help="processes that answer queries: so many run at a time (default: %(default)s)",
    )
    parser.add_argument(
        "--update-token-file",
        type=Path,
        metavar="FILE",
        help="allow updates of the --store to who sends the token in this file "
        "(default: $CAREERKG_UPDATE_TOKEN; without a token nothing can be changed)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    from careerkg.web.server import bind, serve

    token = _token(arguments.update_token_file)
    if token is not None and (arguments.store is None or arguments.data):
        raise ServiceError("updates need a --store of their own, without --data")
    listening = bind(arguments.host, arguments.port)
    host = f"[{arguments.host}]" if ":" in arguments.host else arguments.host
    address = f"http://{host}:{listening.getsockname()[1]}"
    base_url = (arguments.base_url or address).rstrip("/")

    def ready() -> None:
        write(f"careerkg answers at {address}/ (SPARQL: {address}/sparql); Ctrl-C ends it\n")
        sys.stdout.flush()

    try:
        from careerkg.bounded import Source
        from careerkg.web.settings import Settings

        settings = Settings(
            source=Source.of(arguments.store, arguments.data),
            base_url=base_url,
            deadline=arguments.deadline,
            row_cap=arguments.row_cap,
            workers=min(arguments.workers, arguments.concurrency),
            waiting=max(arguments.concurrency - arguments.workers, 0),
            update_token=token,
        )
        serve(settings, listening, ready)
    finally:
        listening.close()
    return 0


def _token(path: Path | None) -> str | None:
    """Return the token for updates, if there is one. Raises ServiceError for a file that has none."""
    if path is None:
        return os.environ.get("CAREERKG_UPDATE_TOKEN") or None
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ServiceError(f"cannot read the token: {path}: {error}") from error
    if not token:
        raise ServiceError(f"there is no token in {path}")
    return token


def _port(text: str) -> int:
    """Return a port. Raises ArgumentTypeError."""
    if not text.isascii() or not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 0 to 65535")
    return int(text)


def _positive(text: str) -> float:
    """Return a number of seconds above zero. Raises ArgumentTypeError."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e7:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return seconds


def _count(text: str) -> int:
    """Return a whole number above zero. Raises ArgumentTypeError."""
    if not text.isascii() or not text.isdecimal() or not 0 < int(text) < 10**9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)
