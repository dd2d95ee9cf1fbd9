"""``careerkg unlocks``: what one thing more opens."""

from __future__ import annotations

import argparse

from careerkg.cli.common import open_graph, print_json, print_table, write
from careerkg.cli.planning import add_condition_options, add_from, conditions

SUMMARY = "list what an item newly opens through recorded conditions, in one step or more"
EXAMPLE = "careerkg unlocks him-associate --hops 2"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument("item", help="what would be had: CURIE, IRI, slug, code or label")
    add_from(parser)
    parser.add_argument("--hops", type=int, metavar="N", help="how far to look (default: to the end)")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print it")
    add_condition_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the items; exit code 1 if there are none."""
    from careerkg.names import labels
    from careerkg.vocabulary import compact

    graph = open_graph(arguments)
    found = graph.unlocks(
        arguments.item, hops=arguments.hops, holding=arguments.holding, **conditions(arguments)
    )
    if arguments.format == "json":
        print_json([one.to_dict() for one in found])
    elif found:
        names = labels(graph.store, [one.id for one in found])
        rows = [(str(one.hops), names.get(one.id, ""), compact(one.id, graph.prefixes)) for one in found]
        print_table(("hops", "item", "name"), rows)
    else:
        write("it opens nothing by itself")
    return 0 if found else 1
