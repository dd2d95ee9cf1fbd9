"""``careerkg search``: full text, ranked."""

from __future__ import annotations

import argparse
import sys

from careerkg.cli.common import open_graph, print_json, print_table
from careerkg.vocabulary import compact

SUMMARY = "find things by words in their names, codes and definitions"
EXAMPLE = 'careerkg search "cancer data"'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument("words", nargs="+", help="what to look for")
    parser.add_argument(
        "--kind", metavar="CLASS", help="only things of this class, such as Credential or Task"
    )
    parser.add_argument(
        "--limit", type=_positive, default=20, metavar="N", help="at most N results (default: 20)"
    )
    parser.add_argument("--format", choices=("table", "json"), default="table", help="how to print them")


def _positive(text: str) -> int:
    """Return a whole number from 1 on."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Print what was found, the best first; exit code 1 if nothing was."""
    graph = open_graph(arguments)
    hits = graph.search(" ".join(arguments.words), kind=arguments.kind, limit=arguments.limit)
    if arguments.format == "json":
        print_json([hit._asdict() for hit in hits])
    elif not hits:
        sys.stderr.write("nothing found\n")
    else:
        print_table(
            ("name", "kind", "label"),
            [(compact(hit.id, graph.prefixes), hit.kind, hit.label) for hit in hits],
        )
    return 0 if hits else 1
