"""What a graph holds, in numbers: triples, passages, entities by class, properties, and its sources."""

from __future__ import annotations

from typing import NamedTuple

import pyoxigraph as ox

from careerkg.store import Store
from careerkg.vocabulary import CKG, DCTERMS, OWL, RDF, SKOS, VOID, compact, local_name

__all__ = ["SourceSummary", "Stats", "stats"]

_NOT_ENTITIES = (
    OWL.Class,
    OWL.ObjectProperty,
    OWL.DatatypeProperty,
    OWL.AnnotationProperty,
    OWL.FunctionalProperty,
    OWL.AllDisjointClasses,
    OWL.Ontology,
    SKOS.ConceptScheme,
)


class SourceSummary(NamedTuple):
    """A source with what the graph has from it.

    ``facts`` are the triples of its passages; ``triples`` those of an imported release, as its VoID counts
    them; ``part_of`` is the release that a table belongs to.
    """

    id: str
    title: str
    publisher: str | None
    issued: str | None
    kind: str | None
    licence: str | None
    attribution: str | None
    passages: int
    facts: int
    triples: int | None = None
    part_of: str | None = None


class Stats(NamedTuple):
    """Counts of a graph: triples of the default graph, passages, entities by class, sources."""

    triples: int
    passages: int
    entities: dict[str, int]
    properties: dict[str, int]
    sources: tuple[SourceSummary, ...]


def stats(store: Store) -> Stats:
    """Return the counts of a graph. A source's facts are the triples of its passages, each once a passage."""
    return Stats(
        triples=len(store),
        passages=_number(store, f"SELECT (COUNT(DISTINCT ?p) AS ?n) WHERE {{ ?p a <{CKG.Passage}> }}"),
        entities=_counts(
            store,
            "SELECT ?key (COUNT(DISTINCT ?s) AS ?n) WHERE { ?s a ?key "
            f"FILTER(?key NOT IN ({', '.join(f'<{iri}>' for iri in _NOT_ENTITIES)})) }} GROUP BY ?key",
        ),
        properties=_counts(store, "SELECT ?key (COUNT(*) AS ?n) WHERE { ?s ?key ?o } GROUP BY ?key"),
        sources=tuple(_sources(store)),
    )


def _sources(store: Store) -> list[SourceSummary]:
    """Return each source with what it is and what the graph has from it, by IRI."""
    passages = _grouped(
        store,
        "SELECT ?key (COUNT(DISTINCT ?p) AS ?n) "
        f"WHERE {{ ?p a <{CKG.Passage}> ; <{DCTERMS.isPartOf}> ?key }} GROUP BY ?key",
    )
    facts = _grouped(
        store,
        "SELECT ?key (COUNT(*) AS ?n) "
        f"WHERE {{ ?p <{DCTERMS.isPartOf}> ?key GRAPH ?p {{ ?s ?q ?o }} }} GROUP BY ?key",
    )
    found = []
    quads = list(store.quads(None, ox.NamedNode(RDF.type), ox.NamedNode(CKG.Source), ox.DefaultGraph()))
    store.prefetch(quad.subject for quad in quads)
    for quad in quads:
        if not isinstance(quad.subject, ox.NamedNode):
            continue
        source = quad.subject

        def one(property_: str, node: ox.NamedNode = source) -> str | None:
            quads = store.quads(node, ox.NamedNode(property_), None, ox.DefaultGraph())
            return min((getattr(each.object, "value", "") for each in quads), default=None)

        kind, triples = one(CKG.sourceKind), one(f"{VOID}triples")
        found.append(
            SourceSummary(
                id=source.value,
                title=one(DCTERMS.title) or compact(source.value),
                publisher=one(DCTERMS.publisher),
                issued=one(DCTERMS.issued),
                kind=None if kind is None else local_name(kind),
                licence=one(DCTERMS.license),
                attribution=one(DCTERMS.rights),
                passages=passages.get(source.value, 0),
                facts=facts.get(source.value, 0),
                triples=None if triples is None else int(triples),
                part_of=one(DCTERMS.isPartOf),
            )
        )
    return sorted(found)


def _number(store: Store, sparql: str) -> int:
    """Return the one number that a query gives."""
    result = store.query(sparql)
    assert isinstance(result, ox.QuerySolutions)
    return int(next(result)["n"].value)


def _counts(store: Store, sparql: str) -> dict[str, int]:
    """Return counts by CURIE, the largest first."""
    counts = _grouped(store, sparql)
    return {
        compact(key): number for key, number in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    }


def _grouped(store: Store, sparql: str) -> dict[str, int]:
    """Return the counts that a query gives by IRI."""
    result = store.query(sparql)
    assert isinstance(result, ox.QuerySolutions)
    return {row["key"].value: int(row["n"].value) for row in result if isinstance(row["key"], ox.NamedNode)}
