"""``careerkg check-plan``: whether a plan is one."""

from __future__ import annotations

import argparse
from pathlib import Path

from careerkg.cli.common import open_graph, print_json, write
from careerkg.cli.planning import add_condition_options, conditions, day_count

SUMMARY = "check a plan against the graph, independently of what found it"
EXAMPLE = """careerkg route rhit --format json > plan.json
  careerkg check-plan plan.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument(
        "file", type=Path, help="what `careerkg route --format json` printed; - for standard input"
    )
    parser.add_argument("--max-cost", type=float, metavar="AMOUNT", help="known costs up to this much")
    parser.add_argument("--max-time", type=day_count, metavar="DAYS", help="known time up to so many days")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print it")
    add_condition_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print what is wrong with the plan; exit code 1 if anything is. The day is the document's own."""
    document = _document(arguments.file)
    problems = open_graph(arguments).check_plan(document, **conditions(arguments))
    if arguments.format == "json":
        print_json({"valid": not problems, "problems": problems})
    else:
        write("\n".join(problems) if problems else "valid")
    return 1 if problems else 0


def _document(path: Path) -> dict[str, object]:
    """Return the JSON object in a file. Raises RouteError if there is none."""
    import json
    import sys

    from careerkg.errors import RouteError

    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise RouteError(f"{path}:{error.lineno}:{error.colno}: not JSON: {error.msg}") from None
    except UnicodeDecodeError:
        raise RouteError(f"{path}: not a text in UTF-8") from None
    if not isinstance(value, dict):
        raise RouteError(f"{path}: not the JSON of a route: an object is expected")
    return value
