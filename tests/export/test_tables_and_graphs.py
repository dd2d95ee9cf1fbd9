"""The graph for networkx, GraphML and tables: the same things and links in each."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import networkx
import pyoxigraph as ox
import pytest
from cases import exported, loaded

from careerkg import CareerGraph, export
from careerkg.errors import DataError, FormatError
from careerkg.store import EmbeddedStore
from careerkg.vocabulary import RDF

RHIT = "https://w3id.org/careerkg/id/credential/rhit"


def test_networkx_has_every_link_and_literal_once(kg: CareerGraph) -> None:
    graph = export.to_networkx(kg.store)
    quads = [quad for quad in kg.store.quads(graph=ox.DefaultGraph()) if quad.predicate.value != RDF.type]
    links = [quad for quad in quads if not isinstance(quad.object, ox.Literal)]
    assert graph.number_of_edges() == len(links)
    texts = sum(
        text.count("\n") + 1
        for _, attributes in graph.nodes(data=True)
        for name, text in attributes.items()
        if ":" in name
    )
    assert texts == len(quads) - len(links) + sum(
        quad.object.value.count("\n") for quad in quads if isinstance(quad.object, ox.Literal)
    )
    node = graph.nodes[RHIT]
    assert (node["label"], node["kind"]) == ("Registered Health Information Technician", "Certification")
    assert node["ckg:abbreviation"] == "RHIT"
    issuer = "https://w3id.org/careerkg/id/organization/ahima"
    assert graph.edges[RHIT, issuer, "ckg:issuedBy"] == {"property": "ckg:issuedBy"}
    assert list(graph) == sorted(graph)


def test_english_labels_come_before_others() -> None:
    graph = export.to_networkx(loaded("values.ttl"))
    assert graph.nodes[RHIT]["label"] == "English"
    assert graph.nodes[RHIT]["kind"] == "Certification,Thing"


def test_graphml_is_read_back_by_networkx(kg: CareerGraph) -> None:
    graph = export.to_networkx(kg.store)
    read = networkx.parse_graphml(
        b"".join(export.serialize(kg.store, "graphml")).decode(), force_multigraph=True
    )
    assert dict(read.nodes(data=True)) == dict(graph.nodes(data=True))
    assert sorted((s, t, d["property"]) for s, t, d in read.edges(data=True)) == sorted(
        graph.edges(keys=True)
    )
    numbers = [key for _, _, key in read.edges(keys=True)]
    assert len(set(numbers)) == len(numbers)


def test_graphml_says_what_it_cannot_express() -> None:
    store = EmbeddedStore(ox.Store())
    store.inner.add(ox.Quad(ox.NamedNode("urn:a:b"), ox.NamedNode("urn:a:p"), ox.Literal("\x02")))
    with pytest.raises(DataError, match=r"GraphML cannot express the character U\+0002"):
        exported(store, "graphml")


def test_tables_hold_the_same_as_the_graph(kg: CareerGraph, tmp_path: Path) -> None:
    graph = export.to_networkx(kg.store)
    paths = export.write(kg.store, tmp_path / "him.csv")
    assert [path.name for path in paths] == ["him-nodes.csv", "him-edges.csv"]
    assert sorted(tmp_path.iterdir()) == sorted(paths)
    nodes = list(csv.DictReader(io.StringIO(paths[0].read_bytes().decode(), newline="")))
    assert [{name: text for name, text in row.items() if text} for row in nodes] == [
        {"id": node, **{name: text for name, text in attributes.items() if text}}
        for node, attributes in graph.nodes(data=True)
    ]
    edges = list(csv.DictReader(io.StringIO(paths[1].read_bytes().decode(), newline="")))
    assert sorted(tuple(row.values()) for row in edges) == sorted(
        (s, p, t) for s, t, p in graph.edges(keys=True)
    )


def test_tables_need_files() -> None:
    with pytest.raises(FormatError, match="two files"):
        exported(loaded("values.ttl"), "csv")
