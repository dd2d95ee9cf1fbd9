"""``careerkg why``: who says so."""

from __future__ import annotations

import argparse

from careerkg.cli.common import open_graph, print_json, write
from careerkg.model import Evidence
from careerkg.names import labels
from careerkg.provenance import citation
from careerkg.vocabulary import compact

SUMMARY = "say who states a fact: source, section, offsets, date, rank"
EXAMPLE = "careerkg why credential/rhit ckg:issuedBy"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument("subject", help="CURIE, IRI, slug, code or label")
    parser.add_argument(
        "property", nargs="?", help="CURIE, IRI, or the name of a ckg: term; all if not given"
    )
    parser.add_argument(
        "value", nargs="?", help="the other end, a name or the text of a literal; all if not given"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print it")


def run(arguments: argparse.Namespace) -> int:
    """Print the evidence, the newest source first; exit code 1 if there is none."""
    graph = open_graph(arguments)
    evidence = graph.why(arguments.subject, arguments.property, arguments.value)
    if arguments.format == "json":
        print_json([one._asdict() for one in evidence])
    elif evidence:
        iris = {iri for one in evidence for iri in (one.subject, one.property, one.value)}
        names = labels(graph.store, iris)
        write("\n".join(_lines(evidence, names, graph.prefixes)))
    else:
        write("no passage and no source says so")
    return 0 if evidence else 1


def _lines(evidence: list[Evidence], names: dict[str, str], prefixes: dict[str, str]) -> list[str]:
    """Return the readable form: each statement once, with who makes it."""
    lines: list[str] = []
    before = None
    for one in evidence:
        statement = (one.subject, one.property, one.value)
        if statement != before:
            words = [names.get(iri) or compact(iri, prefixes) for iri in statement]
            lines.append(f"{words[0]}, {words[1]}: {words[2]}")
            before = statement
        lines.append(f"  {citation(one)}")
        if one.rank != "normal" or one.reason:
            lines.append(f"    {one.rank}{': ' + one.reason if one.reason else ''}")
        if one.url:
            lines.append(f"    {one.url}")
    return lines
