"""VoID: what a release, and the store as a whole, holds, counted while it is written.

https://www.w3.org/TR/void/. Partitions have IRIs below their release instead of blank nodes, so that two
imports of the same files give the same triples.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from careerkg.importers.log import Tally
from careerkg.importers.release import Release
from careerkg.importers.triples import TYPE, date, integer, iri, literal, text, year_month
from careerkg.vocabulary import CKG, DCTERMS, ONTOLOGY, RDF, SOURCE, VOID, XSD, compact, mint, slugify

__all__ = ["STORE", "Counts", "count_release", "describe_release", "describe_store"]

STORE = f"{SOURCE}store"
"""The IRI of the store as a whole, a void:Dataset."""

_LINE = re.compile(rb"^\S+ <([^>]*)> (?:<([^>]*)>)?", re.MULTILINE)


class Counts:
    """How often each property, and each class as a value of rdf:type, stands in N-Quads text."""

    def __init__(self) -> None:
        self.triples = 0
        self.properties: Counter[str] = Counter()
        self.classes: Counter[str] = Counter()

    def add(self, lines: bytes) -> None:
        """Count whole lines."""
        type_ = RDF.type.encode()
        found = _LINE.findall(lines)
        self.triples += len(found)
        properties = Counter(predicate for predicate, _ in found)
        for predicate, number in properties.items():
            self.properties[predicate.decode()] += number
        for kind, number in Counter(value for predicate, value in found if predicate == type_).items():
            self.classes[kind.decode()] += number


def describe_release(release: Release, tables: Iterable[Tally], sums: dict[str, str]) -> Iterator[str]:
    """Yield the triples that describe a release and its tables as sources, line by line.

    ``sums`` gives the SHA-256 of a table's file by its place, where a table lies in one file.
    """
    yield from _source(release, release.iri, release.title)
    if release.url:
        yield f"<{release.iri}> <{CKG.url}> {literal(release.url, XSD.anyURI)} .\n"
    files: dict[str, list[str]] = {}
    for tally in tables:
        if tally.read:
            files.setdefault(tally.name, []).append(tally.file)
    for name, places in files.items():
        node = release.table(name)
        yield from _source(release, node, f"{release.title}: {name}")
        yield f"<{node}> <{DCTERMS.isPartOf}> <{release.iri}> .\n"
        if len(places) == 1 and places[0] in sums:
            yield f"<{node}> <{CKG.sha256}> {literal(sums[places[0]])} .\n"


def count_release(release: Release, counts: Counts) -> Iterator[str]:
    """Yield the VoID of a release, line by line."""
    node = f"<{release.iri}>"
    yield f"{node} {TYPE} <{VOID}Dataset> .\n"
    yield f"{node} <{VOID}triples> {integer(str(counts.triples))} .\n"
    yield f"{node} <{VOID}properties> {integer(str(len(counts.properties)))} .\n"
    yield f"{node} <{VOID}classes> {integer(str(len(counts.classes)))} .\n"
    for kind, numbers, partition, key, count in (
        ("class", counts.classes, "classPartition", "class", "entities"),
        ("property", counts.properties, "propertyPartition", "property", "triples"),
    ):
        for name, number in sorted(numbers.items()):
            part = f"<{release.iri}/void/{kind}/{slugify(compact(name)) or 'x'}>"
            yield f"{node} <{VOID}{partition}> {part} .\n"
            yield f"{part} <{VOID}{key}> {iri(name)} .\n"
            yield f"{part} <{VOID}{count}> {integer(str(number))} .\n"


def describe_store(triples: int, releases: Sequence[str]) -> Iterator[str]:
    """Yield the VoID of the store as a whole: its triples without these, and the releases in it by IRI."""
    node = f"<{STORE}>"
    yield f"{node} {TYPE} <{VOID}Dataset> .\n"
    yield f"{node} <{DCTERMS.title}> {text('All that is in this store', 'en')} .\n"
    yield f"{node} <{VOID}triples> {integer(str(triples))} .\n"
    yield f"{node} <{VOID}vocabulary> <{ONTOLOGY}> .\n"
    for release in releases:
        yield f"{node} <{VOID}subset> {iri(release)} .\n"


def _source(release: Release, node: str, title: str) -> Iterator[str]:
    """Yield what a release and each of its tables have in common."""
    yield f"<{node}> {TYPE} <{CKG.Source}> .\n"
    yield f"<{node}> <{DCTERMS.title}> {text(title, 'en')} .\n"
    yield f"<{node}> <{DCTERMS.publisher}> {literal(release.publisher)} .\n"
    if release.licence:
        yield f"<{node}> <{DCTERMS.license}> {iri(release.licence)} .\n"
    yield f"<{node}> <{CKG.sourceKind}> <{mint('source-kind', release.kind)}> .\n"
    if release.issued:
        yield f"<{node}> <{DCTERMS.issued}> {_issued(release.issued)} .\n"
    if release.attribution:
        yield f"<{node}> <{DCTERMS.rights}> {text(release.attribution, 'en')} .\n"


def _issued(value: str) -> str:
    """Return a day, month or year as N-Triples text."""
    if len(value) == 4:
        return literal(value, XSD.gYear)
    return year_month(value) if len(value) == 7 else date(value)
