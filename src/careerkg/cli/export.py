"""``careerkg export``: the graph as files."""

from __future__ import annotations

import argparse
from pathlib import Path

from careerkg.cli.common import binary_output, open_graph

SUMMARY = "write the graph as RDF, JSON-LD, GraphML or tables"
EXAMPLE = """careerkg export him.ttl him.jsonld
  careerkg export him.jsonld --provenance
  careerkg export entities.jsonld --frame
  careerkg export occupations.jsonld --frame Occupation
  careerkg export --format nq | gzip > him.nq.gz"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    from careerkg.export import EVERYTHING, FORMATS

    parser.add_argument(
        "outputs",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="where to write it, whole or not at all; the ending says the format; "
        "- or none is standard output, as Turtle if no format is named; "
        "NAME.csv makes NAME-nodes.csv and NAME-edges.csv",
    )
    names = ", ".join(f"{name} ({format_.title})" for name, format_ in FORMATS.items())
    parser.add_argument("--format", metavar="FORMAT", help=f"{names} (default: by the file's ending)")
    parser.add_argument(
        "--provenance", action="store_true", help="with JSON-LD: also what each passage of a source says"
    )
    parser.add_argument(
        "--terms",
        action="store_true",
        help="with GraphML and tables: also the classes and properties of vocabularies",
    )
    parser.add_argument(
        "--frame",
        nargs="?",
        const=EVERYTHING,
        metavar="CLASS",
        help="with JSON-LD: one tree for each entity, or for each of a class (Occupation), "
        "or by a file with a JSON-LD frame; name the output before it",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the graph to each file, or to standard output."""
    from careerkg.export import serialize

    graph = open_graph(arguments)
    options = {"provenance": arguments.provenance, "frame": arguments.frame, "terms": arguments.terms}
    for path in arguments.outputs or [Path("-")]:
        if str(path) != "-":
            graph.export(path, arguments.format, **options)
            continue
        format_ = arguments.format or ("jsonld" if arguments.frame or arguments.provenance else "ttl")
        pieces = serialize(graph.store, format_, prefixes=graph.prefixes, **options)
        with binary_output(None) as stream:
            stream.writelines(pieces)
    return 0
