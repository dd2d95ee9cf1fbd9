"""``careerkg lint``: what is wrong or doubtful with the conditions."""

from __future__ import annotations

import argparse

from careerkg.cli.common import open_graph, print_json, write
from careerkg.cli.planning import day

SUMMARY = "look for cycles, contradictions, unreachable items and outdated demands in the conditions"
EXAMPLE = "careerkg lint --data my.ttl"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument(
        "--as-of", type=day, metavar="DATE", help="names and rules of this day (default: today)"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print it")


def run(arguments: argparse.Namespace) -> int:
    """Print the findings; exit code 1 if one is an error."""
    from careerkg.vocabulary import compact

    graph = open_graph(arguments)
    found = graph.lint(arguments.as_of)
    if arguments.format == "json":
        print_json([one.to_dict() for one in found])
    elif found:
        write(
            "\n".join(
                f"{one.severity}: {one.kind}: {compact(one.node, graph.prefixes)}: {one.message}"
                for one in found
            )
        )
    else:
        write("nothing to complain about")
    return 1 if any(one.severity == "error" for one in found) else 0
