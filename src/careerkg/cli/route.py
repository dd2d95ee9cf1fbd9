"""``careerkg route``: how a goal is attained."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from careerkg.cli.common import open_graph, print_json, write
from careerkg.cli.planning import add_condition_options, add_from, day_count, holding, item, options, seconds
from careerkg.graph import CareerGraph

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
    if arguments.batch is not None:
        return _batch(graph, arguments)
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
        written = {
            "text": routes.to_text,
            "markdown": routes.to_markdown,
            "mermaid": routes.to_mermaid,
            "dot": routes.to_dot,
            "svg": routes.to_svg,
            "ttl": routes.to_turtle,
        }
        write(written[arguments.format]())
    return 0 if routes else 1


def _batch(graph: CareerGraph, arguments: argparse.Namespace) -> int:
    """Print one row of CSV for each row of the batch file; a bar on the terminal says how far it is."""
    import csv

    from careerkg.routes import routes_many

    always = holding(graph, arguments)
    holders, holdings = _holders(graph, arguments.batch)
    rows = routes_many(
        graph.store,
        item(graph, arguments.goal),
        ([*always, *some] for some in holdings),
        objective=arguments.objective,
        options=options(graph, arguments),
    )
    bar = sys.stderr if sys.stderr.isatty() and not sys.stdout.isatty() else None
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("holder", "status", "minDays", "cost", "steps"))
    for number, (holder, row) in enumerate(zip(holders, rows, strict=True), 1):
        cells = ("" if value is None else value for value in (row.min_days, row.cost, row.steps))
        writer.writerow((holder, row.status, *cells))
        if bar is not None and (number % 1000 == 0 or number == len(holders)):
            done = 30 * number // len(holders)
            end = "\n" if number == len(holders) else ""
            bar.write(f"\r[{'#' * done}{'.' * (30 - done)}] {number}/{len(holders)}{end}")
            bar.flush()
    return 0


def _holders(graph: CareerGraph, path: Path) -> tuple[list[str], list[list[str]]]:
    """Return the holders of a batch file and what each holds. Raises DataError with file and line."""
    import csv

    from careerkg.errors import DataError, NameResolutionError

    holders: list[str] = []
    holdings: list[list[str]] = []
    known: dict[str, str] = {}
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        if not {"holder", "holding"} <= set(reader.fieldnames or ()):
            raise DataError(f"{path}:1: the columns holder and holding are expected")
        try:
            for row in reader:
                names = [name.strip() for name in (row["holding"] or "").split(";") if name.strip()]
                for name in names:
                    if name not in known:
                        known[name] = item(graph, name)
                holders.append(row["holder"] or "")
                holdings.append([known[name] for name in names])
        except NameResolutionError as error:
            raise DataError(f"{path}:{reader.line_num}: {error}") from None
        except (csv.Error, UnicodeDecodeError) as error:
            raise DataError(f"{path}:{reader.line_num + 1}: not CSV in UTF-8: {error}") from None
    return holders, holdings
