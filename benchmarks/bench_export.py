"""Export as Turtle and JSON-LD, against rdflib's serializers on the same triples in memory.

The graph is synthetic and in the form of an import: occupations with code, definition, titles, tasks,
skills, wage figures and their source, some with costs in blank nodes. rdflib has the same prefixes bound and,
for JSON-LD, the same context. Ours goes to a file by way of the atomic writer; rdflib's into memory.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pyoxigraph as ox
import rdflib
from common import Row, best_of

from careerkg.export import write
from careerkg.resources import context_file
from careerkg.results import to_rdflib
from careerkg.store import EmbeddedStore
from careerkg.vocabulary import CKG, DCTERMS, ID, PREFIXES, RDF, RDFS, SKOS, SOURCE, XSD

OCCUPATIONS = 4_500
"""Occupations of the graph, with about 45 triples each."""

WORDS = tuple(
    "review patient records for completeness and accuracy protect the security of health "  # noqa: SIM905
    "information assign clinical codes for reimbursement and data analysis keep a registry".split()
)


def triples(occupations: int = OCCUPATIONS) -> Iterator[ox.Triple]:
    """Yield the graph."""

    def name(iri: str) -> ox.NamedNode:
        return ox.NamedNode(iri)

    def text(seed: int, length: int) -> ox.Literal:
        return ox.Literal(
            " ".join(WORDS[(seed * 7 + k * k) % len(WORDS)] for k in range(length)), language="en"
        )

    a, label = name(RDF.type), name(RDFS.label)
    source = name(f"{SOURCE}release-1")
    integer, decimal = name(XSD.integer), name(XSD.decimal)
    for n in range(occupations):
        work = name(f"{ID}occupation/o{n}")
        yield ox.Triple(work, a, name(CKG.Occupation))
        yield ox.Triple(work, label, text(n, 3))
        yield ox.Triple(work, name(SKOS.definition), text(n, 25))
        yield ox.Triple(work, name(SKOS.notation), ox.Literal(f"{n // 1000:02}-{n % 10000:04}.00"))
        yield ox.Triple(work, name(DCTERMS.source), source)
        for k in range(4):
            yield ox.Triple(work, name(SKOS.altLabel), text(n + k, 2 + k))
        for k in range(5):
            task = name(f"{ID}task/o{n}-{k}")
            yield ox.Triple(work, name(CKG.hasTask), task)
            yield ox.Triple(task, a, name(CKG.Task))
            yield ox.Triple(task, label, text(n * 5 + k, 12))
            yield ox.Triple(task, name(DCTERMS.source), source)
        for k in range(8):
            yield ox.Triple(work, name(CKG.needsSkill), name(f"{ID}skill/s{(n * 31 + k * k) % 400}"))
        figure = name(f"{ID}observation/o{n}-median")
        yield ox.Triple(figure, a, name(CKG.EarningsObservation))
        yield ox.Triple(figure, label, text(n, 4))
        yield ox.Triple(figure, name(CKG.about), work)
        yield ox.Triple(figure, name(CKG.statistic), name(f"{ID}statistic/median"))
        yield ox.Triple(
            figure, name(CKG.value), ox.Literal(str(20_000 + n * 7919 % 80_000), datatype=integer)
        )
        yield ox.Triple(figure, name(CKG.unit), name(f"{ID}unit/us-dollars"))
        yield ox.Triple(figure, name(DCTERMS.source), source)
        if n % 20 == 0:
            cost = ox.BlankNode()
            yield ox.Triple(work, name(CKG.estimatedCost), cost)
            yield ox.Triple(cost, a, name(CKG.Cost))
            yield ox.Triple(cost, name(CKG.amount), ox.Literal(f"{n}.00", datatype=decimal))
            yield ox.Triple(cost, name(CKG.currency), ox.Literal("USD"))


def rows() -> Iterator[Row]:
    """Yield the measurements."""
    store = EmbeddedStore(ox.Store())
    memory = rdflib.Graph()
    for prefix, namespace in PREFIXES.items():
        memory.bind(prefix, namespace)
    for triple in triples():
        store.inner.add(ox.Quad(*triple))
        memory.add((to_rdflib(triple.subject), to_rdflib(triple.predicate), to_rdflib(triple.object)))
    size = len(store)
    context = json.loads(context_file().read_text(encoding="utf-8"))["@context"]
    with tempfile.TemporaryDirectory() as folder:
        for ending, title, peer, options, goal in (
            ("ttl", "Turtle", "turtle", {}, ">= 15"),
            ("jsonld", "JSON-LD, compact", "json-ld", {"context": context}, ">= 1"),
            ("nt", "N-Triples, sorted", "nt", {}, ">= 1"),
            ("rdf", "RDF/XML", "xml", {}, ">= 1"),
        ):
            ours, _ = best_of(7, partial(write, store, Path(folder) / f"graph.{ending}"))
            theirs, _ = best_of(3, partial(memory.serialize, format=peer, **options))
            yield Row(f"export {title}, {size:,} triples", ours, f"rdflib {peer}", theirs, goal)
