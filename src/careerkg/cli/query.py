"""``careerkg query``: SPARQL."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from careerkg.cli.common import binary_output, open_graph, print_table, write
from careerkg.errors import FormatError, StoreError, UnknownName
from careerkg.graph import CareerGraph, example_queries
from careerkg.results import ROW_FORMATS, QueryResult
from careerkg.store import RDF_FORMATS
from careerkg.vocabulary import compact

SUMMARY = "run a SPARQL 1.1 query"
EXAMPLE = """careerkg query 'SELECT ?task { role:medical-coder ckg:hasTask/rdfs:label ?task }'
  careerkg query -f question.rq --format csv
  careerkg query --example 08-issuers"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("sparql", nargs="?", help="the query; - reads it from standard input")
    which.add_argument("-f", "--file", type=Path, help="read the query from a file")
    which.add_argument("--example", metavar="NAME", help="run an example query")
    which.add_argument("--examples", action="store_true", help="list the example queries")
    parser.add_argument(
        "--format",
        metavar="FORMAT",
        help="table, csv, tsv, json or xml for SELECT and ASK; ttl, nt, rdf, jsonld, trig or nq for "
        "CONSTRUCT and DESCRIBE, for which json is JSON-LD and xml RDF/XML (default: a table on a terminal "
        "and CSV elsewhere; ttl for graphs)",
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write to a file instead")


def run(arguments: argparse.Namespace) -> int:
    """Run the query and print its result."""
    if arguments.examples:
        print_table(("example", "question"), [(name, question) for name, question, _ in example_queries()])
        return 0
    sparql = _text(arguments)
    graph = open_graph(arguments)
    result = graph.query(sparql)
    format_ = arguments.format or _usual_format(result, arguments.output)
    if result.type != "CONSTRUCT":
        if format_ == "table":
            _print_table(result, graph)
            return 0
        if format_ not in ROW_FORMATS:
            raise FormatError(format_, [*sorted(ROW_FORMATS), "table"])
    content = result.serialize(format_)
    with binary_output(arguments.output) as stream:
        stream.write(content)
    return 0


def _text(arguments: argparse.Namespace) -> str:
    """Return the text of the query. Raises UnknownName for an unknown example, or StoreError."""
    if arguments.example is not None:
        examples = {name: text for name, _, text in example_queries()}
        given_name = arguments.example.removeprefix("q")
        wanted = [
            name
            for name in examples
            if given_name in (name, name.partition("-")[2]) or given_name.zfill(2) == name.partition("-")[0]
        ]
        if not wanted:
            from difflib import get_close_matches

            raise UnknownName(arguments.example, get_close_matches(arguments.example, examples, 3, 0))
        return examples[wanted[0]]
    if arguments.file is not None:
        try:
            return Path(arguments.file).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
            raise StoreError(f"cannot read {arguments.file}: {reason}", arguments.file) from error
    return sys.stdin.read() if arguments.sparql == "-" else str(arguments.sparql)


def _usual_format(result: QueryResult, output: Path | None) -> str:
    """Return the format that fits the form of a result and where it goes."""
    if output is not None and output.suffix.lstrip(".").lower() in {**ROW_FORMATS, **RDF_FORMATS}:
        return output.suffix.lstrip(".").lower()
    if result.type == "CONSTRUCT":
        return "ttl"
    return "table" if output is None and sys.stdout.isatty() else "csv"


def _print_table(result: QueryResult, graph: CareerGraph) -> None:
    """Print rows as a table with CURIEs and plain texts."""
    if result.type == "ASK":
        write("yes" if result else "no")
        return
    rows = [
        ["" if term is None else _cell(term, graph.prefixes) for term in row]
        for row in result.raw  # type: ignore[union-attr]
    ]
    print_table(result.columns, rows)


def _cell(term: object, prefixes: dict[str, str]) -> str:
    """Return a term as a table shows it."""
    value = getattr(term, "value", None)
    return (
        str(term)
        if value is None
        else compact(value, prefixes)
        if type(term).__name__ == "NamedNode"
        else value
    )
