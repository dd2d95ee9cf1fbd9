"""``careerkg stats``: what the graph holds, and from whom."""

from __future__ import annotations

import argparse
from collections import Counter

from careerkg.cli.common import open_graph, print_json, print_table, write
from careerkg.statistics import Stats
from careerkg.vocabulary import compact

SUMMARY = "count triples, passages and entities, and list the sources with licences"
EXAMPLE = "careerkg stats --format json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print it")


def run(arguments: argparse.Namespace) -> int:
    """Print the counts."""
    stats = open_graph(arguments).stats()
    if arguments.format == "json":
        print_json({**stats._asdict(), "sources": [source._asdict() for source in stats.sources]})
        return 0
    _print(stats)
    return 0


def _print(stats: Stats) -> None:
    """Print the counts as tables."""
    write(f"{stats.triples:,} triples, {stats.passages:,} passages, {len(stats.sources):,} sources\n")
    print_table(("class", "things"), [(name, f"{count:,}") for name, count in stats.entities.items()])
    if stats.sources:
        write("\n")
        tables = Counter(source.part_of for source in stats.sources if source.part_of)
        print_table(
            ("source", "title", "issued", "kind", "triples", "tables", "passages", "facts", "licence"),
            [
                (
                    compact(source.id),
                    source.title,
                    source.issued or "",
                    source.kind or "",
                    "" if source.triples is None else f"{source.triples:,}",
                    f"{tables[source.id]:,}" if tables[source.id] else "",
                    f"{source.passages:,}",
                    f"{source.facts:,}",
                    source.licence or "",
                )
                for source in stats.sources
                if source.part_of is None
            ],
        )
        for text in sorted({source.attribution for source in stats.sources if source.attribution}):
            write(f"\n{text}")
