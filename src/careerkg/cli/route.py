"""``careerkg route``: how a goal is attained."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from careerkg.cli.common import open_graph, print_json, write
from careerkg.cli.planning import add_condition_options, add_from, conditions, day_count, seconds
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
    parser.add_argument("--format", choices=FORMATS, help="how to print it (default: text)")
    add_condition_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the plans; exit code 1 if the goal cannot be attained."""
    if arguments.batch is not None:
        return _batch(arguments)
    routes = open_graph(arguments).routes(
        arguments.goal,
        arguments.holding,
        objective=arguments.objective,
        alternatives=arguments.alternatives,
        pareto=arguments.pareto,
        deadline=arguments.deadline,
        **conditions(arguments),
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
        write(written[arguments.format or "text"]())
    return 0 if routes else 1


def _batch(arguments: argparse.Namespace) -> int:
    """Print one row of CSV for each row of the batch file; a bar on the terminal says how far it is.

    Nothing is printed before all is known. Raises RouteError for options that a batch has not.
    """
    import csv

    from careerkg.errors import RouteError

    given = {
        "--alternatives": arguments.alternatives != 1,
        "--deadline": arguments.deadline is not None,
        "--format": arguments.format is not None,
        "--pareto": arguments.pareto,
    }
    unfit = [option for option, flag in given.items() if flag]
    if unfit:
        raise RouteError(
            f"--batch prints the best plan of each holder in numbers, as CSV: not with {' or '.join(unfit)}"
        )
    graph = open_graph(arguments)
    goal = graph.item(arguments.goal)
    always = [graph.item(name) for name in arguments.holding]
    holders, holdings = _holders(graph, arguments.batch)
    found = graph.routes_many(
        goal,
        ([*always, *some] for some in holdings),
        objective=arguments.objective,
        **conditions(arguments),
    )
    bar = sys.stderr if sys.stderr.isatty() else None
    rows = []
    for number, (holder, row) in enumerate(zip(holders, found, strict=True), 1):
        cells = ("" if value is None else value for value in (row.min_days, row.cost, row.steps))
        rows.append((holder, row.status, *cells))
        if bar is not None and (number % 1000 == 0 or number == len(holders)):
            done = 30 * number // len(holders)
            end = "\n" if number == len(holders) else ""
            bar.write(f"\r[{'#' * done}{'.' * (30 - done)}] {number}/{len(holders)}{end}")
            bar.flush()
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("holder", "status", "minDays", "cost", "steps"))
    writer.writerows(rows)
    return 0


def _holders(graph: CareerGraph, path: Path) -> tuple[list[str], list[list[str]]]:
    """Return the holders of a batch file and what each holds. Raises DataError with file and line."""
    import csv

    from careerkg.errors import DataError, NameResolutionError, RouteError

    holders: list[str] = []
    holdings: list[list[str]] = []
    known: dict[str, str] = {}
    line = 1
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, strict=True)
        try:
            columns = [name.strip() for name in next(reader, [])]
            if columns.count("holder") != 1 or columns.count("holding") != 1:
                raise DataError(f"{path}:1: the columns holder and holding are expected, once each")
            who, what = columns.index("holder"), columns.index("holding")
            for row in reader:
                line = reader.line_num
                if not row:
                    continue
                if len(row) != len(columns):
                    raise DataError(
                        f"{path}:{line}: {len(row)} cells under {len(columns)} columns; "
                        "what is held is separated by ;"
                    )
                holder = row[who].strip()
                if not holder:
                    raise DataError(f"{path}:{line}: the name of the holder is missing")
                names = [name.strip() for name in row[what].split(";") if name.strip()]
                for name in names:
                    if name not in known:
                        known[name] = graph.item(name)
                holders.append(holder)
                holdings.append([known[name] for name in names])
        except (NameResolutionError, RouteError) as error:
            raise DataError(f"{path}:{line}: {error}") from None
        except csv.Error as error:
            raise DataError(f"{path}:{reader.line_num}: not CSV: {error}") from None
        except UnicodeDecodeError as error:  # in a line that the reader has not got
            raise DataError(f"{path}:{reader.line_num + 1}: not UTF-8: {error}") from None
    return holders, holdings
