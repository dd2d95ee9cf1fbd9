"""The shapes that look at named graphs: each is of a passage that is described."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from careerkg import CareerGraph, resources
from careerkg.store import EmbeddedStore
from careerkg.validation import Report, load_shapes, validate
from careerkg.vocabulary import CKG, SHAPE

FIXTURES = Path(__file__).parent / "shapes" / "dataset"
EX = "http://example.org/"


def report_of(store: EmbeddedStore) -> Report:
    return validate(store, load_shapes(resources.dataset_shapes_files()))


def test_the_fixture_that_fits_conforms() -> None:
    assert report_of(EmbeddedStore.in_memory([FIXTURES / "NamedGraph.pass.trig"])).conforms


def test_a_graph_that_no_passage_describes_is_told_once() -> None:
    report = report_of(EmbeddedStore.in_memory([FIXTURES / "NamedGraph-sparql.fail.trig"]))
    results = report.to_dict()["results"]
    assert [(one["shape"], one["focus"], one["value"]) for one in results] == [
        (f"{SHAPE}NamedGraph", f"{CKG}Passage", f"{EX}{name}") for name in ("page", "two")
    ]
    assert report.counts.violation == 2
    assert report.delegated == ()
    assert f"The named graph {EX}two is of no passage" in results[1]["message"]


def test_it_is_among_the_shapes_that_come_with_the_package(kg: CareerGraph) -> None:
    path = FIXTURES / "NamedGraph-sparql.fail.trig"
    for report in (kg.validate(path), CareerGraph.from_files(path).validate()):
        results = report.to_dict()["results"]
        found = {one["value"] for one in results if one["shape"] == f"{SHAPE}NamedGraph"}
        assert found == {f"{EX}page", f"{EX}two"}
    assert kg.validate(FIXTURES / "NamedGraph.pass.trig", shape=["shape:NamedGraph"]).conforms


@pytest.mark.parametrize(
    ("graph", "merged", "conforms"),
    [
        (f"{EX}told", True, False),
        ("https://w3id.org/careerkg/graph/merge", True, True),  # where a store elsewhere keeps the merge
        ("urn:x-server:settings", False, True),  # what a server keeps for itself
    ],
)
def test_graphs_that_are_not_of_the_data_are_let_be(graph: str, merged: bool, conforms: bool) -> None:
    store = ox.Store()
    triple = (ox.NamedNode(f"{EX}s"), ox.NamedNode(f"{EX}p"), ox.Literal("o"))
    store.add(ox.Quad(*triple, ox.NamedNode(graph)))
    if merged:
        store.add(ox.Quad(*triple))
    assert report_of(EmbeddedStore(store)).conforms == conforms


def test_data_without_named_graphs_conform() -> None:
    assert report_of(EmbeddedStore.in_memory([FIXTURES.parent / "route-vocabulary.ttl"])).conforms
