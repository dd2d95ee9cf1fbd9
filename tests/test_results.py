"""careerkg.results: what a query gives back behaves like rdflib's results, and is written in W3C formats."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from decimal import Decimal

import pyoxigraph as ox
import pytest
import rdflib

from careerkg import CareerGraph
from careerkg.errors import DataError, FormatError, QueryError, QuerySyntaxError, UpdateRefused
from careerkg.results import to_rdflib
from careerkg.store import EmbeddedStore
from careerkg.vocabulary import ID, XSD

SELECT = """
SELECT ?name ?hours WHERE {
  ?course a ckg:Course ; rdfs:label ?name OPTIONAL { ?course ckg:creditHours ?hours }
} ORDER BY ?name
"""


def rows_of_rdflib(kg: CareerGraph, sparql: str) -> list[tuple[object, ...]]:
    """Return the rows that rdflib's own engine finds on the same triples: the oracle."""
    graph = rdflib.Graph()
    for quad in kg.store.quads(None, None, None, ox.DefaultGraph()):
        assert not isinstance(quad.object, ox.Triple)
        graph.add((to_rdflib(quad.subject), to_rdflib(quad.predicate), to_rdflib(quad.object)))
    for prefix, namespace in kg.prefixes.items():
        graph.bind(prefix, namespace)
    return [tuple(row) for row in graph.query(sparql)]  # type: ignore[arg-type]


def test_rows_are_those_of_rdflib(kg: CareerGraph) -> None:
    result = kg.query(SELECT)
    assert [tuple(row) for row in result] == rows_of_rdflib(kg, SELECT)
    assert result.vars == [rdflib.Variable("name"), rdflib.Variable("hours")]


def test_row_is_read_by_name_by_position_and_as_dictionary(kg: CareerGraph) -> None:
    (row,) = kg.query(
        "SELECT ?c ?n ?no { ?c ckg:questionCount ?n OPTIONAL { ?no a ?c } FILTER(?c = assessment:rhit-exam) }"
    )
    assert row.n == row["n"] == row[1] == rdflib.Literal("150", datatype=rdflib.URIRef(XSD.integer))
    assert row.n.toPython() == 150
    assert row.no is None
    assert set(row.asdict()) == {"c", "n"}


def test_result_can_be_read_again_and_has_a_length(kg: CareerGraph) -> None:
    result = kg.query(SELECT)
    first = list(result)
    assert list(result) == first
    assert len(result) == len(first) == len(result.bindings) > 1
    assert result


def test_ask_is_true_or_false(kg: CareerGraph) -> None:
    assert kg.query("ASK { credential:rhit ckg:issuedBy organization:ahima }")
    assert not kg.query("ASK { credential:rhit ckg:issuedBy organization:ncra }")
    assert kg.query("ASK {}").askAnswer is True
    assert list(kg.query("ASK {}")) == [True]


def test_construct_gives_an_rdflib_graph(kg: CareerGraph) -> None:
    graph = kg.query("CONSTRUCT WHERE { credential:rhit ckg:issuedBy ?who }").graph
    assert graph is not None
    assert set(graph) == {
        (
            rdflib.URIRef(f"{ID}credential/rhit"),
            rdflib.URIRef("https://w3id.org/careerkg/ontology#issuedBy"),
            rdflib.URIRef(f"{ID}organization/ahima"),
        )
    }


def test_bindings_fix_variables(kg: CareerGraph) -> None:
    credential = rdflib.URIRef(f"{ID}credential/ctr")
    (row,) = kg.query("SELECT ?c ?short { ?c ckg:abbreviation ?short }", c=credential)
    assert str(row.short) == "CTR"


def test_binding_of_what_is_not_selected_is_an_error(kg: CareerGraph) -> None:
    with pytest.raises(QueryError, match="SELECT"):
        kg.query("SELECT ?short { ?c ckg:abbreviation ?short }", c="CTR")


def test_dataframe_has_python_values(kg: CareerGraph) -> None:
    pandas = pytest.importorskip("pandas")
    frame = kg.query(SELECT).to_dataframe()
    assert list(frame.columns) == ["name", "hours"]
    by_name = dict(zip(frame["name"], frame["hours"], strict=True))
    assert by_name["60 college credits"] == Decimal(60)
    assert pandas.isna(by_name["Anatomy"])
    with pytest.raises(TypeError, match="SELECT"):
        kg.query("ASK {}").to_dataframe()


def test_formats_of_rows_agree(kg: CareerGraph) -> None:
    wanted = [row.asdict() for row in kg.query(SELECT)]
    names = [str(row["name"]) for row in wanted]
    parsed = json.loads(kg.query(SELECT).serialize("json"))
    assert parsed["head"] == {"vars": ["name", "hours"]}
    assert [binding["name"]["value"] for binding in parsed["results"]["bindings"]] == names
    table = list(csv.reader(io.StringIO(kg.query(SELECT).serialize("csv").decode())))
    assert table[0] == ["name", "hours"]
    assert [row[0] for row in table[1:]] == names
    assert len(kg.query(SELECT).serialize("tsv").splitlines()) == len(names) + 1
    root = ET.fromstring(kg.query(SELECT).serialize("xml"))
    assert len(list(root.iter("{http://www.w3.org/2005/sparql-results#}result"))) == len(names)


def test_xml_keeps_every_character_or_says_which_it_cannot() -> None:
    graph = CareerGraph.from_files()
    text = "a\r\nb\tc<&>\u0085\u2028\U0001f600"
    graph.update(f"INSERT DATA {{ <urn:x:a> <urn:x:b> {ox.Literal(text)} }}")
    root = ET.fromstring(graph.query("SELECT ?o { ?s ?p ?o }").serialize("xml"))
    (found,) = root.iter("{http://www.w3.org/2005/sparql-results#}literal")
    assert found.text == text
    for bad in ("\0", "\x1f", "\ufffe"):
        asked = graph.query("SELECT (?text AS ?o) { VALUES ?text { " + str(ox.Literal(bad)) + " } }")
        with pytest.raises(DataError, match=rf"U\+{ord(bad):04X}; use json"):
            asked.serialize("xml")


def test_formats_of_ask(kg: CareerGraph) -> None:
    assert json.loads(kg.query("ASK {}").serialize("json"))["boolean"] is True
    assert kg.query("ASK { FILTER(false) }").serialize("csv") == b"false\n"
    assert b"<boolean>true</boolean>" in kg.query("ASK {}").serialize("xml")


@pytest.mark.parametrize("format_", ["ttl", "nt", "rdf", "jsonld", "trig", "nq"])
def test_formats_of_graphs_are_read_back_the_same(format_: str, kg: CareerGraph) -> None:
    text = "CONSTRUCT { ?s ?p ?o } WHERE { ?s a ckg:Course ; ?p ?o }"
    written = kg.query(text).serialize(format_)
    from careerkg.store import RDF_FORMATS

    read = {str(quad.triple) for quad in ox.parse(input=written, format=RDF_FORMATS[format_])}
    raw = kg.query(text).raw
    assert isinstance(raw, ox.QueryTriples)
    assert read == {str(triple) for triple in raw}


def test_format_that_does_not_fit_is_refused(kg: CareerGraph) -> None:
    with pytest.raises(FormatError, match="csv, json, tsv, xml"):
        kg.query(SELECT).serialize("ttl")
    with pytest.raises(FormatError):
        kg.query("CONSTRUCT WHERE { ?s ?p ?o }").serialize("csv")


def test_result_that_was_read_is_not_written_empty(kg: CareerGraph) -> None:
    result = kg.query(SELECT)
    list(result)
    with pytest.raises(ValueError, match="already read"):
        result.serialize("csv")


def test_syntax_error_tells_line_and_column(kg: CareerGraph) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        kg.query("SELECT ?s\nWHERE { ?s ckg:issuedBy }")
    assert (caught.value.line, caught.value.column) == (2, 25)


def test_prefix_may_stand_right_behind_a_dot(kg: CareerGraph) -> None:
    query = "SELECT ?o { credential:rhit a ?t.credential:rhit ckg:issuedBy ?o }"
    assert {str(row.o) for row in kg.query(query)} == {f"{ID}organization/ahima"}


def test_unknown_prefix_is_named(kg: CareerGraph) -> None:
    with pytest.raises(QuerySyntaxError, match="unknown prefix foo:"):
        kg.query("SELECT ?s { ?s foo:bar ?o }")


@pytest.mark.parametrize(
    "update",
    [
        "INSERT DATA { <urn:a:b> <urn:a:b> 1 }",
        "# SELECT\nPREFIX x: <urn:x:>\nDELETE WHERE { ?s ?p ?o }",
        "DROP ALL",
        "LOAD <http://example.org/x>",
    ],
)
def test_update_is_refused(update: str, kg: CareerGraph) -> None:
    before = len(kg)
    with pytest.raises(UpdateRefused):
        kg.query(update)
    with pytest.raises(UpdateRefused):
        kg.update(update)
    assert len(kg) == before


@pytest.mark.parametrize(
    ("update", "place"),
    [
        ("INSERT DATA { <urn:a:b> <urn:a:b> ", "line 1, column 35: the query ends too early"),
        ("INSERT DATA { foo:a <urn:a:b> 1 }", "unknown prefix foo:"),
        ("DELETE WHERE { ?s ?p }", "line 1, column 22"),
    ],
)
def test_malformed_update_is_told_by_its_place(update: str, place: str) -> None:
    with pytest.raises(QuerySyntaxError, match=place):
        EmbeddedStore.in_memory().update(update)


def test_quoted_triple_has_no_rdflib_term() -> None:
    node = ox.NamedNode("urn:a:b")
    with pytest.raises(TypeError):
        to_rdflib(ox.Triple(node, node, node))


def test_short_form_reads_nothing(kg: CareerGraph) -> None:
    result = kg.query("SELECT ?a ?b { VALUES (?a ?b) { (1 2) (3 4) } }")
    assert repr(result) == "<QueryResult SELECT ?a ?b: rows not read yet>"
    assert len(result.serialize("json")) > 0
    result = kg.query("SELECT ?a { VALUES ?a { 1 2 } }")
    assert len(result) == 2
    assert repr(result) == "<QueryResult SELECT ?a: 2 rows>"
    assert repr(kg.query("ASK {}")) == "<QueryResult ASK: true>"
    assert repr(kg.query("DESCRIBE credential:rhit")) == "<QueryResult CONSTRUCT: triples not read yet>"


def test_table_for_notebooks_is_escaped_and_short(kg: CareerGraph) -> None:
    table = kg.query(
        """SELECT ?a ?b ?none { VALUES (?a ?b) { (credential:rhit "<script>alert('x') & \\"y\\"</script>"@en)
        (<http://example.org/?a=1&b='2'> "") } }"""
    )._repr_html_()
    root = ET.fromstring(f"<div>{table}</div>")
    assert [cell.text for cell in root.iter("th")] == ["a", "b", "none"]
    cells = [cell.text for cell in root.iter("td")]
    text = "<script>alert('x') & \"y\"</script>"
    assert cells == ["credential:rhit", text, None, "http://example.org/?a=1&b='2'", None, None]
    assert kg.query("ASK {}")._repr_html_() == "<p>yes</p>"
    graph = ET.fromstring(f"<div>{kg.query('CONSTRUCT WHERE { credential:rhit a ?o }')._repr_html_()}</div>")
    assert [cell.text for cell in graph.iter("td")] == ["credential:rhit", "rdf:type", "ckg:Certification"]


def test_table_for_notebooks_reads_no_more_than_it_shows(kg: CareerGraph) -> None:
    result = kg.query("SELECT ?s ?p ?o { ?s ?p ?o }")
    table = result._repr_html_()
    assert table.count("<tr>") == 51
    assert "the first 50; there are more" in table
    assert "not read yet" in repr(result)
    assert result._repr_html_() == table
    # What was shown is still there, and comes first.
    assert len(result) == len(kg)
    assert result._repr_html_() == table
    with pytest.raises(ValueError, match="already read"):
        result.serialize("json")


def test_graphs_as_json_and_xml_are_those_of_rdf(kg: CareerGraph) -> None:
    query = "CONSTRUCT WHERE { credential:rhit ckg:abbreviation ?o }"
    assert kg.query(query).serialize("json") == kg.query(query).serialize("jsonld")
    assert kg.query(query).serialize("xml") == kg.query(query).serialize("rdf")
    with pytest.raises(FormatError, match=r"the result is a graph.*'csv'; use one of: jsonld, nq, nt"):
        kg.query(query).serialize("csv")
