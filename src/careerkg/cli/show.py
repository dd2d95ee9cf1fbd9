"""``careerkg show``: one entity, readable."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from careerkg.cli.common import open_graph, print_json, write
from careerkg.model import Entity, Fact
from careerkg.provenance import citation
from careerkg.vocabulary import compact

SUMMARY = "show one entity: what is said of it, by whom, and what refers to it"
EXAMPLE = "careerkg show medical-coder"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument("name", help="CURIE, IRI, slug, code or label")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print it")


def run(arguments: argparse.Namespace) -> int:
    """Print the entity."""
    graph = open_graph(arguments)
    entity = graph.describe(arguments.name)
    if arguments.format == "json":
        print_json(to_dict(entity))
    else:
        write("\n".join(lines(entity, graph.prefixes)))
    return 0


def to_dict(entity: Entity) -> dict[str, object]:
    """Return an entity as JSON writes it."""
    return {
        **entity._asdict(),
        "facts": [fact._asdict() for fact in entity.facts],
        "incoming": [fact._asdict() for fact in entity.incoming],
        "sources": [source._asdict() for source in entity.sources],
    }


def lines(entity: Entity, prefixes: dict[str, str]) -> Iterator[str]:
    """Yield the lines of the readable form, facts with the numbers of their sources."""
    numbers = {source.graph: index for index, source in enumerate(entity.sources, 1)}
    yield f"{entity.label}  ({_article(entity.kind)})"
    yield f"{compact(entity.id, prefixes)}  <{entity.id}>"
    if entity.definition:
        yield entity.definition
    for title, facts in (("", entity.facts), ("Referred to by", entity.incoming)):
        if facts:
            yield ""
            arrow = ""
            if title:
                yield title
                arrow = "← "  # the other end is the subject: it requires this, not this it
            width = min(max(len(fact.property_label) for fact in facts), 28) + len(arrow)
            before = ""
            for fact in facts:
                name = "" if fact.property_label == before else arrow + fact.property_label
                before = fact.property_label
                marks = "".join(f"[{numbers[graph]}]" for graph in fact.evidence)
                yield f"  {name:<{width}}  {_value(fact, prefixes)}{' ' + marks if marks else ''}"
    if entity.sources:
        yield ""
        yield "Sources"
        for source in entity.sources:
            yield f"  [{numbers[source.graph]}] {citation(source)}"


def _article(kind: str) -> str:
    """Return a class name as words."""
    return "".join(
        f" {character.lower()}" if character.isupper() else character for character in kind
    ).strip()


def _value(fact: Fact, prefixes: dict[str, str]) -> str:
    """Return the other end of a fact as a person reads it."""
    if fact.datatype is not None:
        return fact.detail or fact.value_label
    curie = compact(fact.value, prefixes)
    name = fact.value_label if fact.value_label in (curie, "…") else f"{fact.value_label}  {curie}"
    if fact.detail:
        return fact.detail if name == "…" else f"{name}\n{' ' * 32}{fact.detail}"
    return name
