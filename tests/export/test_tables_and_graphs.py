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
from careerkg.vocabulary import CKG, RDF

RHIT = "https://w3id.org/careerkg/id/credential/rhit"


def test_networkx_has_every_link_and_literal_once(kg: CareerGraph) -> None:
    graph = export.to_networkx(kg.store, terms=True)
    quads = [quad for quad in kg.store.quads(graph=ox.DefaultGraph()) if quad.predicate.value != RDF.type]
    cells = {quad.subject for quad in quads if quad.predicate.value == RDF.first}
    # A list is its members: a link to a cell, or to the empty list, goes, the first of each cell stays.
    links = [
        quad
        for quad in quads
        if not isinstance(quad.object, ox.Literal)
        and quad.predicate.value != RDF.rest
        and quad.object not in cells
        and quad.object != ox.NamedNode(RDF.nil)
    ]
    quads = [quad for quad in quads if isinstance(quad.object, ox.Literal) or quad in links]
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


def test_terms_of_vocabularies_are_left_out(kg: CareerGraph) -> None:
    graph, whole = kg.to_networkx(), kg.to_networkx(terms=True)
    terms = {
        str(row.term)
        for row in kg.query(
            "SELECT ?term { VALUES ?kind { owl:Class owl:ObjectProperty owl:DatatypeProperty owl:Ontology } "
            "?term a ?kind }"
        )
    }
    assert terms <= set(whole)
    referred = {
        str(row.term)
        for row in kg.query(
            "SELECT DISTINCT ?term { ?s ?p ?term FILTER(isIRI(?s) && isIRI(?term) && ?p != rdf:type) "
            "FILTER NOT EXISTS { ?s a ?kind FILTER(STRSTARTS(STR(?kind), STR(owl:))) } }"
        )
    }
    issued_by = f"{CKG}issuedBy"
    assert issued_by in terms & referred
    assert terms & set(graph) == terms & referred
    # One that a claim speaks of is there by what it is called, and leads nowhere.
    assert graph.nodes[issued_by] == {"label": "issued by", "kind": "ObjectProperty"}
    assert graph.out_degree(issued_by) == 0
    assert set(whole) - set(graph) >= terms - referred
    # Of the data nothing is missing.
    data = set(graph) - terms
    assert sorted(whole.out_edges(data, keys=True)) == sorted(graph.out_edges(data, keys=True))
    assert all(graph.nodes[name] == whole.nodes[name] for name in data)


def test_lists_are_their_members() -> None:
    graph = export.to_networkx(loaded("lists.ttl"))
    ex = "http://example.org/"
    assert sorted((s, p, t) for s, t, p in graph.edges(keys=True) if s == f"{ex}x") == [
        (f"{ex}x", f"{ex}inside", f"{ex}a"),
        (f"{ex}x", f"{ex}inside", f"{ex}b"),
        (f"{ex}x", f"{ex}order", f"{ex}a"),
    ]
    assert graph.nodes[f"{ex}x"][f"{ex}order"] == "3\nb"
    assert graph.nodes[f"{ex}x"][f"{ex}inside"] == "deep"
    cells = [name for name in graph if name.startswith("_:")]
    # A circle, and a cell that says more, are no lists: they stay as they are.
    assert sorted(p for s, _, p in graph.edges(keys=True) if s in cells) == ["rdf:rest"] * 3
    assert "http://www.w3.org/1999/02/22-rdf-syntax-ns#nil" in graph


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
