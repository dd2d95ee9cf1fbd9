"""``careerkg validate``: SHACL validation of the graph, or of a person's own files together with it."""

from __future__ import annotations

import argparse
from pathlib import Path

from careerkg.cli.common import open_graph, print_json, write

SUMMARY = "check the graph, or your own files together with it, against SHACL shapes"
EXAMPLE = """careerkg validate mine.ttl
  careerkg validate --shapes shapes.ttl --data data.ttl --format junit > report.xml"""

FORMATS = ("table", "json", "turtle", "jsonld", "github", "junit")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add files, shapes, and what to check and how to show it."""
    parser.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="RDF files to check together with the graph; only what they speak of is reported",
    )
    parser.add_argument(
        "--shapes",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="use the SHACL shapes of these files instead of those that come with careerkg",
    )
    parser.add_argument("--format", choices=FORMATS, default="table", help="default: table")
    parser.add_argument("--focus", action="append", metavar="NAME", help="check only this node; may repeat")
    parser.add_argument(
        "--shape", action="append", metavar="NAME", help="show only results of this shape; may repeat"
    )
    parser.add_argument(
        "--severity",
        choices=("violation", "warning", "info"),
        default="info",
        help="the least grave severity that counts (default: info, as SHACL says)",
    )
    parser.add_argument(
        "--limit-per-shape",
        type=_natural,
        metavar="N",
        help="list at most N results of each shape; the counts stay exact",
    )


def _natural(text: str) -> int:
    """Return a whole number that is not negative."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 on")
    return int(text)


def _sorted_out(files: list[Path], shapes: list[Path]) -> tuple[list[Path], list[Path]]:
    """Return the files to check and those with shapes, whichever stand first on the command line.

    ``--shapes s.ttl mine.ttl`` would take mine.ttl for shapes and check nothing: a file that says nothing in
    SHACL is one to check, if another is there that does.
    """
    if len(shapes) < 2:
        return files, shapes
    from careerkg.validation import speaks_of_shapes

    silent = [path for path in shapes if not speaks_of_shapes(path)]
    if len(silent) == len(shapes):
        return files, shapes
    return [*files, *silent], [path for path in shapes if path not in silent]


def run(arguments: argparse.Namespace) -> int:
    """Validate and print the report; 0 if everything conforms, 1 if not."""
    from careerkg.vocabulary import compact

    files, shapes = _sorted_out(arguments.files, arguments.shapes or [])
    graph = open_graph(arguments)
    report = graph.validate(
        *files,
        shapes=shapes,
        focus=arguments.focus,
        shape=arguments.shape,
        severity=arguments.severity,
        limit_per_shape=arguments.limit_per_shape,
    )
    if arguments.format == "json":
        print_json(report.to_dict())
    elif arguments.format == "table":
        write(report.to_table(shorten=lambda iri: compact(iri, graph.prefixes)))
    else:
        write(getattr(report, f"to_{arguments.format}")())
    return 0 if report.conforms else 1
