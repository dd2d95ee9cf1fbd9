"""``careerkg reach``: everything that can be attained."""

from __future__ import annotations

import argparse

from careerkg.cli.common import open_graph, print_json, print_table
from careerkg.cli.planning import add_condition_options, add_from, conditions, day_count

SUMMARY = "list everything that can be attained, soonest first, with the least time it takes"
EXAMPLE = "careerkg reach --from rhit --max-time P1Y"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    add_from(parser)
    parser.add_argument(
        "--max-time", type=day_count, metavar="DAYS", help="only within so many days, or P18M"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print it")
    add_condition_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the items; exit code 1 if there are none."""
    from careerkg.names import labels
    from careerkg.routes.formats.text import day_text
    from careerkg.vocabulary import compact

    graph = open_graph(arguments)
    found = graph.reachable(arguments.holding, **conditions(arguments))
    if arguments.format == "json":
        print_json([one.to_dict() for one in found])
    else:
        names = labels(graph.store, [one.id for one in found])
        rows = [
            (day_text(one.min_days), names.get(one.id, ""), compact(one.id, graph.prefixes)) for one in found
        ]
        print_table(("at least", "item", "name"), rows)
    return 0 if found else 1
