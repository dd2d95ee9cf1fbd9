"""``careerkg missing``: what is still to be brought."""

from __future__ import annotations

import argparse

from careerkg.cli.common import open_graph, print_json, write
from careerkg.cli.planning import add_condition_options, add_from, conditions, seconds

SUMMARY = "list the smallest sets of things still to be brought so that a goal can be attained"
EXAMPLE = "careerkg missing cancer-registrar --from high-school-diploma"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument("goal", help="what to attain: CURIE, IRI, slug, code or label")
    add_from(parser)
    parser.add_argument("--limit", type=int, default=100, metavar="N", help="at most N sets (default: 100)")
    parser.add_argument(
        "--deadline", type=seconds, default=10.0, metavar="TIME", help="stop after 2s, 500ms (default: 10s)"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print it")
    add_condition_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the sets; exit code 1 if nothing that could be brought opens the goal."""
    found = open_graph(arguments).missing(
        arguments.goal,
        arguments.holding,
        limit=arguments.limit,
        deadline=arguments.deadline,
        **conditions(arguments),
    )
    if arguments.format == "json":
        print_json(found.to_dict())
    else:
        write(found.to_text())
    return 0 if found.sets else 1
