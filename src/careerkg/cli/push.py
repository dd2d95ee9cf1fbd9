"""``careerkg push``: fill a store elsewhere."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from time import monotonic

from careerkg.cli.common import is_url, open_graph, print_json, write
from careerkg.errors import StoreError

SUMMARY = "make a store elsewhere hold this graph, over HTTP; goes on where an interrupted push stopped"
EXAMPLE = """careerkg push --store kg/ --to http://localhost:7878
  careerkg push --store kg/ --to https://example.org/sparql --graph-store https://example.org/data"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add where to, and how."""
    parser.add_argument("--to", required=True, metavar="URL", help="the server, or its SPARQL endpoint")
    parser.add_argument(
        "--graph-store", metavar="URL", help="where it takes whole graphs (Graph Store Protocol), if unusual"
    )
    parser.add_argument("--update", metavar="URL", help="where it takes updates, if unusual")
    parser.add_argument(
        "--default-graph",
        metavar="IRI",
        help="the graph for the merge of everything (default: the server's default graph, or one of ours)",
    )
    parser.add_argument(
        "--piece", type=int, default=50_000, metavar="N", help="triples in one request (default: 50000)"
    )
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="how to print what was done"
    )


def run(arguments: argparse.Namespace) -> int:
    """Push and say what was done."""
    from careerkg.remote import connect, push

    if not is_url(arguments.to):
        raise StoreError(f"--to {arguments.to}: an address is expected, such as http://localhost:7878")
    graph = open_graph(arguments)
    remote = connect(
        arguments.to,
        graph_store=arguments.graph_store,
        update=arguments.update,
        default_graph=arguments.default_graph,
    )
    pushed = push(graph.store, remote, piece=arguments.piece, progress=_bar())
    if arguments.format == "json":
        print_json(pushed.to_dict())
        return 0
    where = "the default graph" if pushed.default_graph is None else f"<{pushed.default_graph}>"
    write(f"{pushed.triples:,} triples in {where} and {pushed.graphs:,} passages are at {pushed.to}")
    already = pushed.total - pushed.sent
    if already:
        write(f"{already:,} of them were there from a push that was interrupted")
    if pushed.removed:
        write(f"{pushed.removed:,} passages that are gone here were removed there")
    return 0


def _bar() -> Callable[[int, int], None] | None:
    """Return what draws a bar on a terminal; nothing where standard error is none."""
    if not sys.stderr.isatty():
        return None
    start = monotonic()

    def draw(done: int, total: int) -> None:
        share = done / total if total else 1.0
        rate = done / max(monotonic() - start, 0.001)
        bar = ("█" * round(share * 30)).ljust(30, "░")
        sys.stderr.write(f"\r\x1b[K{bar} {share:4.0%}  {done:,} of {total:,} triples, {rate:,.0f}/s")
        if done >= total:
            sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()

    return draw
