"""SPARQL through the API: its overhead over plain Oxigraph, and its speed against rdflib's own engine.

The large graph is synthetic, in our vocabulary: occupations with tasks, skills and figures, 10^6 triples.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyoxigraph as ox
import rdflib
from common import Row, alternating, best_of

from careerkg import CareerGraph
from careerkg.results import to_rdflib
from careerkg.store import EmbeddedStore, RawResult
from careerkg.vocabulary import CKG, ID, RDF, RDFS

OCCUPATIONS = 20_000
SKILLS = 500

# Which occupations with high pay share three skills or more with one, and how many: five joins, grouped.
JOIN = f"""
SELECT ?other ?label ?shared WHERE {{
  {{ SELECT ?other (COUNT(DISTINCT ?skill) AS ?shared) WHERE {{
      <{ID}occupation/o7> <{CKG.needsSkill}> ?skill .
      ?other <{CKG.needsSkill}> ?skill .
      ?figure <{CKG.about}> ?other ; <{CKG.value}> ?pay .
      FILTER(?pay > 99000)
  }} GROUP BY ?other HAVING(COUNT(DISTINCT ?skill) >= 3) }}
  ?other <{RDFS.label}> ?label
}}"""

BUNDLED = """
PREFIX ckg: <https://w3id.org/careerkg/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?work ?task ?label WHERE { ?work ckg:hasTask ?task . ?task rdfs:label ?label . ?work rdfs:label ?name }
"""


def triples() -> Iterator[ox.Triple]:
    """Yield about 10^6 triples: 20,000 occupations with 49 skills and a figure each."""
    type_, label, needs, about, value = (
        ox.NamedNode(iri) for iri in (RDF.type, RDFS.label, CKG.needsSkill, CKG.about, CKG.value)
    )
    occupation, observation = ox.NamedNode(CKG.Occupation), ox.NamedNode(CKG.EarningsObservation)
    skills = [ox.NamedNode(f"{ID}skill/s{n}") for n in range(SKILLS)]
    for n in range(OCCUPATIONS):
        node, figure = ox.NamedNode(f"{ID}occupation/o{n}"), ox.NamedNode(f"{ID}observation/o{n}")
        yield ox.Triple(node, type_, occupation)
        yield ox.Triple(node, label, ox.Literal(f"Occupation {n}", language="en"))
        yield ox.Triple(figure, type_, observation)
        yield ox.Triple(figure, about, node)
        yield ox.Triple(figure, value, ox.Literal(20_000 + (n * 7919) % 80_000))
        for k in range(49):
            yield ox.Triple(node, needs, skills[(n * 31 + k * k) % SKILLS])


def count(result: RawResult) -> int:
    """Return the number of native rows."""
    assert isinstance(result, ox.QuerySolutions)
    return sum(1 for _ in result)


def rows() -> Iterator[Row]:
    """Yield the measurements."""
    bundled = CareerGraph()
    assert isinstance(bundled.store, EmbeddedStore)
    inner = bundled.store.inner

    def through_the_api() -> int:
        return count(bundled.query(BUNDLED).raw)

    def plain() -> int:
        return count(inner.query(BUNDLED))

    assert through_the_api() == plain() > 0
    ours, theirs = alternating(300, through_the_api, plain)
    yield Row("query, bundled graph, native rows", ours, "pyoxigraph", theirs, "<= 1.1")

    big = CareerGraph(EmbeddedStore(ox.Store()))
    assert isinstance(big.store, EmbeddedStore)
    big.store.inner.bulk_extend(ox.Quad(*triple) for triple in triples())
    memory = rdflib.Graph()
    for s, p, o in triples():
        memory.add((to_rdflib(s), to_rdflib(p), to_rdflib(o)))
    ours, found = best_of(5, lambda: count(big.query(JOIN).raw))
    theirs, expected = best_of(2, lambda: list(memory.query(JOIN)))
    assert sorted(map(str, big.query(JOIN))) == sorted(map(str, expected))
    assert found == len(expected) > 0
    yield Row(f"multi-join query, {len(big):,} triples", ours, "rdflib in memory", theirs, ">= 20 x")
