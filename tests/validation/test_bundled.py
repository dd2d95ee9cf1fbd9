"""The bundled graph and the bundled shapes: they conform, and faults are found just as pySHACL finds them."""

from __future__ import annotations

from random import Random

import pyoxigraph as ox
from reports import expected, keys, store_of

from careerkg import CareerGraph, resources
from careerkg.store import EmbeddedStore
from careerkg.validation import load_shapes, validate
from careerkg.validation.shapes import trusted_shapes


def test_the_bundled_graph_conforms(kg: CareerGraph) -> None:
    report = kg.validate()
    assert report.results == ()
    assert report.conforms
    assert report.delegated == ()


def test_the_bundled_shapes_are_well_formed() -> None:
    shapes = load_shapes(resources.shapes_files())
    assert len(shapes.by_node) > 100
    assert any(True for _ in shapes.targeted)


def test_faults_are_found_as_the_reference_finds_them() -> None:
    """One triple in thirty of two files is left out, and every other of these gets the object of another."""
    random = Random(7)
    files = [path for path in resources.data_files() if "dental" in path.name or "statistics" in path.name]
    graph = EmbeddedStore.in_memory([*resources.ontology_files(), *files])
    triples = sorted((quad.triple for quad in graph.quads(graph=ox.DefaultGraph())), key=str)
    facts = [
        triple
        for triple in triples
        if isinstance(triple.subject, ox.NamedNode) and "/careerkg/id/" in triple.subject.value
    ]
    wrong = random.sample(facts, len(facts) // 30)
    faulty = [triple for triple in triples if triple not in set(wrong)]
    faulty += (ox.Triple(t.subject, t.predicate, random.choice(facts).object) for t in wrong[::2])
    store, shapes = store_of(faulty), trusted_shapes(resources.shapes_files())
    found = keys(validate(store, shapes).results)
    assert found == expected(store, shapes)
    assert sum(found.values()) > 40
