"""``careerkg why``: who says so."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping

from careerkg.cli.common import open_graph, print_json, write
from careerkg.entities import duration_words, phrase
from careerkg.graph import CareerGraph
from careerkg.model import Evidence
from careerkg.names import labels
from careerkg.provenance import citation
from careerkg.vocabulary import compact, is_iri

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
        write("\n".join(_lines(graph, evidence)))
    else:
        write("no passage and no source says so")
    return 0 if evidence else 1


def _lines(graph: CareerGraph, evidence: list[Evidence]) -> Iterator[str]:
    """Yield the readable form: each statement once, with who makes it."""
    names = labels(
        graph.store,
        {iri for one in evidence for iri in (one.subject, one.property, one.value) if is_iri(iri)},
    )
    before = None
    for one in evidence:
        statement = (one.subject, one.property, one.value)
        if statement != before:
            words = [names.get(iri) or compact(iri, graph.prefixes) for iri in statement[:2]]
            yield f"{words[0]}, {words[1]}: {_value(graph, one.value, names)}"
            before = statement
        yield f"  {citation(one)}"
        if one.rank != "normal" or one.reason:
            yield f"    {one.rank}{': ' + one.reason if one.reason else ''}"
        if one.url:
            yield f"    {one.url}"


def _value(graph: CareerGraph, value: str, names: Mapping[str, str]) -> str:
    """Return the other end of a statement as a person reads it; structured values in words."""
    import pyoxigraph as ox

    if value.startswith("_:"):
        return phrase(graph.store, ox.BlankNode(value[2:])) or "…"
    if not is_iri(value):
        return duration_words(value)
    name = names.get(value) or compact(value, graph.prefixes)
    detail = phrase(graph.store, ox.NamedNode(value))
    return f"{name} ({detail})" if detail else name
