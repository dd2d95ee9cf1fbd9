"""``careerkg route``: how a goal is attained."""

from __future__ import annotations

import argparse
from pathlib import Path

from careerkg.cli.common import open_graph, print_json, write
from careerkg.cli.planning import add_condition_options, add_from, day_count, holding, item, options, seconds

SUMMARY = "find the best ways to a goal, with time, cost and sources"
EXAMPLE = """careerkg route cancer-registrar --from high-school-diploma
  careerkg route rhit --objective cost --alternatives 3 --format json"""

FORMATS = ("text", "json", "markdown", "mermaid", "dot", "svg", "ttl")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument("goal", help="what to attain: CURIE, IRI, slug, code or label")
    add_from(parser)
    parser.add_argument(
        "--objective", choices=("time", "cost", "steps"), default="time", help="what is best (default: time)"
    )
    group = parser.add_argument_group("which plans")
    group.add_argument("--alternatives", type=int, default=1, metavar="K", help="the K best plans")
    group.add_argument(
        "--pareto", action="store_true", help="every plan that none beats in both time and cost"
    )
    group.add_argument("--max-cost", type=float, metavar="AMOUNT", help="known costs up to this much")
    group.add_argument(
        "--max-time", type=day_count, metavar="DAYS", help="known time up to so many days, or P18M"
    )
    group.add_argument(
        "--deadline", type=seconds, metavar="TIME", help="stop after 2s, 500ms; the best so far"
    )
    group.add_argument(
        "--batch",
        type=Path,
        metavar="FILE",
        help="CSV with holder,holding (items separated by ;): one row of CSV for each holder",
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help="how to print it (default: text)")
    add_condition_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the plans; exit code 1 if the goal cannot be attained."""
    from careerkg.routes import find_routes

    graph = open_graph(arguments)
    routes = find_routes(
        graph.store,
        item(graph, arguments.goal),
        holding(graph, arguments),
        objective=arguments.objective,
        alternatives=arguments.alternatives,
        pareto=arguments.pareto,
        options=options(graph, arguments),
        deadline=arguments.deadline,
    )
    if arguments.format == "json":
        print_json(routes.to_dict())
    else:
        write(routes.to_text())
    return 0 if routes else 1
