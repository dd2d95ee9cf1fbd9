"""Export and reading back: nothing is lost in any RDF format, by the engine, rdflib, PyLD and the store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from cases import ALL_FORMATS, DATA, TRIPLE_FORMATS, canonical, exported, loaded, of_store, parsed, round_trip
from hypothesis import given, settings
from hypothesis import strategies as st

from careerkg import CareerGraph, export
from careerkg.errors import DataError, FormatError
from careerkg.store import EmbeddedStore
from careerkg.vocabulary import CKG, PREFIXES, RDF, RDFS, XSD

FILES = ("values.ttl", "blank.ttl", "passages.trig")
RDFLIB = {"ttl": "turtle", "nt": "nt", "rdf": "xml", "jsonld": "json-ld"}


@pytest.mark.parametrize("format_", ALL_FORMATS)
@pytest.mark.parametrize("name", FILES)
def test_reading_back_gives_the_same_graph(name: str, format_: str) -> None:
    store = loaded(name)
    if name == "values.ttl" and format_ == "rdf":
        store.inner.update("DELETE WHERE { ?s <http://example.org/own> ?o }")
    round_trip(store, format_)


@pytest.mark.parametrize("format_", ALL_FORMATS)
def test_the_bundled_graph_comes_back(format_: str) -> None:
    store = CareerGraph().store
    assert isinstance(store, EmbeddedStore)
    round_trip(store, format_)


@pytest.mark.parametrize("name", FILES)
def test_json_ld_with_provenance_holds_every_graph(name: str) -> None:
    store = loaded(name)
    document = exported(store, "jsonld", provenance=True)
    assert parsed(document, "jsonld") == of_store(store, named=True)


@pytest.mark.filterwarnings("ignore:.*ConjunctiveGraph:DeprecationWarning")
@pytest.mark.parametrize("format_", TRIPLE_FORMATS)
def test_rdflib_reads_the_same_triples(format_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)
    store = CareerGraph().store
    read = rdflib.Graph().parse(data=b"".join(export.serialize(store, format_)), format=RDFLIB[format_])
    back = read.serialize(format="nt").encode()
    assert canonical(ox.parse(input=back, format=ox.RdfFormat.N_TRIPLES)) == canonical(
        store.quads(graph=ox.DefaultGraph())
    )


@pytest.mark.filterwarnings("ignore:.*ConjunctiveGraph:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:.*Dataset:DeprecationWarning")
@pytest.mark.parametrize("format_", ["trig", "nq"])
def test_rdflib_reads_the_same_dataset(format_: str) -> None:
    store = loaded("passages.trig")
    dataset = rdflib.Dataset()
    dataset.parse(data=exported(store, format_), format={"trig": "trig", "nq": "nquads"}[format_])
    back = dataset.serialize(format="nquads").encode()
    assert canonical(ox.parse(input=back, format=ox.RdfFormat.N_QUADS)) == of_store(store, named=True)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("provenance", [False, True])
def test_a_json_ld_library_reads_the_same_dataset(name: str, provenance: bool) -> None:
    from pyld import jsonld

    store = loaded(name)
    # PyLD brings doubles into their canonical form, texts included; the engine's parser leaves them.
    double = f"FILTER(datatype(?o) = <{XSD.double}>)"
    store.inner.update(f"DELETE {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o {double} }}")
    document = json.loads(exported(store, "jsonld", provenance=provenance))
    quads = jsonld.to_rdf(document, {"format": "application/n-quads", "documentLoader": offline})
    assert parsed(quads.encode(), "nq") == of_store(store, named=provenance)


def offline(url: str, _: Any) -> Any:
    raise AssertionError(f"{url} is fetched")


@pytest.mark.parametrize("format_", ALL_FORMATS)
def test_a_store_loads_what_was_exported(format_: str, tmp_path: Path) -> None:
    store = loaded("passages.trig")
    path = tmp_path / f"graph.{format_}"
    export.write(store, path)
    again = EmbeddedStore.in_memory([path])
    named = format_ in ("trig", "nq")
    assert of_store(again, named=named) == of_store(store, named=named)


def test_triple_terms_are_written_where_the_syntax_has_them() -> None:
    node, property_ = ox.NamedNode("http://example.org/a"), ox.NamedNode("http://example.org/says")
    inner = ox.Triple(ox.BlankNode("b"), property_, ox.Literal('" , " )>> <<( . '))
    outer = ox.Triple(node, property_, ox.Triple(node, property_, inner))
    triples = [ox.Triple(node, property_, inner), outer, ox.Triple(node, property_, ox.BlankNode("b"))]
    for format_ in ("ttl", "nt", "trig", "nq"):
        data = export.rdf_bytes(triples, format_, prefixes={"ex": "http://example.org/"})
        assert len(list(ox.parse(input=data, format=export_format(format_)))) == 3, format_
        assert data == export.rdf_bytes(reversed(triples), format_, prefixes={"ex": "http://example.org/"})
    for format_ in ("rdf", "jsonld"):
        with pytest.raises(DataError, match="triple terms"):
            export.rdf_bytes(triples, format_)


def export_format(name: str) -> ox.RdfFormat:
    from careerkg.store import RDF_FORMATS

    return RDF_FORMATS[name]


@pytest.mark.parametrize(
    ("predicate", "text", "problem"),
    [
        ("http://example.org/1", "x", "does not end in an XML name"),
        ("http://example.org/p", "\x01", r"character U\+0001"),
    ],
)
def test_rdf_xml_says_what_it_cannot_express(predicate: str, text: str, problem: str) -> None:
    triple = ox.Triple(ox.NamedNode("http://example.org/a"), ox.NamedNode(predicate), ox.Literal(text))
    with pytest.raises(DataError, match=problem):
        export.rdf_bytes([triple], "rdf")
    assert parsed(export.rdf_bytes([triple], "ttl"), "ttl") == {str(ox.Quad(*triple))}


def test_constructed_triples_come_once_and_in_order() -> None:
    triple = ox.Triple(ox.NamedNode(CKG.Item), ox.NamedNode(RDFS.label), ox.Literal("item", language="en"))
    for format_ in ALL_FORMATS:
        data = export.rdf_bytes([triple, triple], format_)
        assert len(list(ox.parse(input=data, format=export_format(format_)))) == 1
    assert export.rdf_bytes([], "ttl") == b""
    assert json.loads(export.rdf_bytes([], "jsonld"))["@graph"] == []
    with pytest.raises(FormatError):
        export.rdf_bytes([triple], "graphml")


NAMES = st.sampled_from(
    [
        CKG.requires,
        CKG.Item,
        RDF.type,
        RDF.first,
        RDF.rest,
        RDF.nil,
        RDFS.label,
        "https://w3id.org/careerkg/id/unit/x",
        "https://w3id.org/careerkg/id/unit//x",
        "https://w3id.org/careerkg/id//x",
        "https://w3id.org/careerkg/id/",
        "http://example.org/a-b",
        "http://example.org/a",
        "http://example.org/a.b.",
        "http://example.org/%41'(,);~é",
        "http://example.org/a:b",
        "ckg:scheme",
        "owl:a/b",
        "urn:x:y",
        "ex:y",
    ]
)
IRIS = NAMES.map(lambda iri: ox.NamedNode(str(iri)))
PREDICATES = st.one_of(
    IRIS, st.sampled_from([CKG.amount, CKG.validFrom, CKG.complete]).map(lambda iri: ox.NamedNode(str(iri)))
)
BLANKS = st.integers(0, 4).map(lambda number: ox.BlankNode(f"n{number}"))
TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=12),
    st.sampled_from(
        ['" , "', "> <a>", " ;\n\t", " .\n", "_:b", "<<( ", " {\n", "0", "-5", "5.0", "true", "1e3"]
    ),
)
DATATYPES = st.sampled_from(
    [XSD.integer, XSD.decimal, XSD.boolean, XSD.double, XSD.date, XSD.string, "http://example.org/d"]
)
LITERALS = st.one_of(
    st.builds(ox.Literal, TEXTS),
    st.builds(
        lambda text, tag: ox.Literal(text, language=tag), TEXTS, st.sampled_from(["en", "de", "en-us"])
    ),
    st.builds(lambda text, iri: ox.Literal(text, datatype=ox.NamedNode(str(iri))), TEXTS, DATATYPES),
)
TRIPLES = st.builds(ox.Triple, st.one_of(IRIS, BLANKS), PREDICATES, st.one_of(IRIS, BLANKS, BLANKS, LITERALS))
GRAPHS = st.sampled_from([ox.DefaultGraph(), ox.NamedNode("http://example.org/a"), ox.BlankNode("n0")])
OWN_PREFIXES = {**PREFIXES, "ex": "http://example.org/", "half": "http://example.org/a", "": "urn:x:"}


@settings(max_examples=150, deadline=None)
@given(st.lists(TRIPLES, max_size=14), st.sampled_from(["ttl", "nt", "jsonld"]))
def test_any_triples_come_back(triples: list[ox.Triple], format_: str) -> None:
    data = export.rdf_bytes(triples, format_, prefixes=OWN_PREFIXES)
    assert parsed(data, format_) == canonical(ox.Quad(*triple) for triple in triples)
    assert data == export.rdf_bytes(triples[::-1], format_, prefixes=OWN_PREFIXES)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(TRIPLES, GRAPHS), max_size=10), st.sampled_from(["trig", "nq", "jsonld"]))
def test_any_dataset_comes_back(statements: list[tuple[ox.Triple, Any]], format_: str) -> None:
    store = EmbeddedStore(ox.Store())
    store.inner.extend(ox.Quad(t.subject, t.predicate, t.object, graph) for t, graph in statements)
    options = {"provenance": True} if format_ == "jsonld" else {}
    data = exported(store, format_, prefixes=OWN_PREFIXES, **options)
    assert parsed(data, format_) == of_store(store, named=True)


def test_data_of_the_tests_say_what_they_show() -> None:
    for path in {*DATA.iterdir()} - {DATA / "expected.jsonld"}:  # JSON has no comments
        assert path.read_text(encoding="utf-8").startswith("# "), path
