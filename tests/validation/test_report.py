"""Reports: JSON, RDF, text, GitHub commands, JUnit; order, counts and limits; what is checked."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.compare import isomorphic
from reports import keys, shapes_from, store_from

from careerkg.errors import ShapesError
from careerkg.store import EmbeddedStore
from careerkg.validation import Report, Shapes, load_shapes, store_terms, validate
from careerkg.validation.names import SH
from careerkg.validation.rdflib_terms import to_graph
from careerkg.validation.reference import results_of_graph

HERE = Path(__file__).parent
EX = "http://example.org/"


@pytest.fixture(scope="module")
def store() -> EmbeddedStore:
    return EmbeddedStore.in_memory([HERE / "people.ttl"])


@pytest.fixture(scope="module")
def shapes() -> Shapes:
    return load_shapes([HERE / "people-shapes.ttl"])


@pytest.fixture(scope="module")
def report(store: EmbeddedStore, shapes: Shapes) -> Report:
    return validate(store, shapes)


def test_counts_and_conformance(report: Report) -> None:
    assert report.counts.to_dict() == {"violation": 3, "warning": 2, "info": 1}
    assert not report.conforms
    assert report.delegated == ()


def test_json(report: Report) -> None:
    document = json.loads(report.to_json())
    assert list(document) == ["conforms", "counts", "results", "delegated"]
    assert document["conforms"] is False
    first = document["results"][0]
    assert first == {
        "focus": EX + "bob",
        "path": EX + "age",
        "value": "old",
        "component": SH + "DatatypeConstraintComponent",
        "shape": EX + "Person-age",
        "severity": SH + "Violation",
        "message": "The age is a whole number, as in ex:age 41.",
    }
    by_shape = {result["shape"]: result for result in document["results"]}
    assert by_shape[EX + "Person-mother"]["path"] == f"(<{EX}parent>/^<{EX}wife>)"
    assert by_shape[EX + "Person-mother"]["value"].startswith("_:")
    assert by_shape[EX + "Person-nick"]["language"] == "en"
    assert by_shape[EX + "Person-nick"]["value"] == "Bobby the magnificent"
    assert by_shape[EX + "Person-height"]["datatype"] == "http://www.w3.org/2001/XMLSchema#decimal"


def test_rdf_forms_say_the_same(report: Report) -> None:
    graph = report.to_graph()
    turtle = rdflib.Graph().parse(data=report.to_turtle(), format="turtle")
    quads = ox.parse(report.to_jsonld().encode(), format=ox.RdfFormat.JSON_LD)
    json_ld = to_graph(quad.triple for quad in quads)
    assert isomorphic(graph, turtle)
    assert isomorphic(graph, json_ld)
    assert keys(results_of_graph(graph)) == keys(report.results)
    conforms = list(graph.objects(None, rdflib.URIRef(SH + "conforms")))
    assert conforms == [rdflib.Literal(False)]


def test_table(report: Report) -> None:
    text = report.to_table(shorten=lambda iri: iri.replace(EX, "ex:"))
    assert text.startswith("Does not conform: 3 violations, 2 warnings, 1 note.\n")
    assert "Violation × 1  ex:Person-age  [Datatype]\n  The age is a whole number" in text
    assert "  - ex:bob  ex:age  'old'" in text
    assert text.index("Violation") < text.index("Warning") < text.index("Info")


def test_table_says_what_it_leaves_out(store: EmbeddedStore, shapes: Shapes) -> None:
    report = validate(store, shapes, limit_per_shape=1)
    assert report.to_table(examples=1).count("… 1 more") == 1


def test_conforming() -> None:
    shapes = shapes_from(f"<{EX}S> a <{SH}NodeShape> ; <{SH}targetClass> <{EX}A> .")
    report = validate(store_from(f"<{EX}a> a <{EX}A> ."), shapes)
    assert report.conforms
    assert report.to_table() == "Conforms: no result.\n"
    assert report.to_github() == ""
    suite = ElementTree.fromstring(report.to_junit())
    assert suite.attrib == {"tests": "1", "failures": "0", "errors": "0"}


def test_github(report: Report) -> None:
    lines = report.to_github().splitlines()
    assert len(lines) == 6
    assert lines[0].startswith("::error title=Person-age::The age is a whole number, as in ex:age 41. (")
    assert [line.partition(" ")[0] for line in lines] == ["::error"] * 3 + ["::warning"] * 2 + ["::notice"]
    assert not any("\n" in line for line in lines)


def test_junit(report: Report) -> None:
    root = ElementTree.fromstring(report.to_junit())
    cases = root.findall("testsuite/testcase")
    assert root.attrib["failures"] == str(len(cases)) == "6"
    assert {case.attrib["classname"] for case in cases} >= {EX + "Person-age", EX + "Person-nick"}
    assert all(case.find("failure") is not None for case in cases)


def test_junit_is_xml_whatever_a_literal_holds() -> None:
    shapes = shapes_from(
        f"<{EX}S> a <{SH}PropertyShape> ; <{SH}targetSubjectsOf> <{EX}p> ; <{SH}path> <{EX}p> ; "
        f"<{SH}maxLength> 1 ."
    )
    report = validate(store_from(f'<{EX}a> <{EX}p> "<&\\u0001]]>" .'), shapes)
    assert ElementTree.fromstring(report.to_junit()).attrib["failures"] == "1"


def test_limit_leaves_counts_exact(store: EmbeddedStore, shapes: Shapes, report: Report) -> None:
    limited = validate(store, shapes, limit_per_shape=1)
    assert limited.counts == report.counts
    assert limited.totals == report.totals
    shown = [result.shape for result in limited.results]
    assert len(shown) == len(set(shown)) < len(report.results)
    assert not validate(store, shapes, limit_per_shape=0).conforms


def test_same_order_every_time(store: EmbeddedStore, shapes: Shapes, report: Report) -> None:
    assert validate(store, shapes).results == report.results
    severities = [result.severity for result in report.results]
    assert severities == [SH + "Violation"] * 3 + [SH + "Warning"] * 2 + [SH + "Info"]


def test_severity(store: EmbeddedStore, shapes: Shapes) -> None:
    assert validate(store, shapes, severity="violation").counts.to_dict() == {
        "violation": 3,
        "warning": 0,
        "info": 0,
    }
    assert int(validate(store, shapes, severity="warning").counts) == 5


def test_focus(store: EmbeddedStore, shapes: Shapes, report: Report) -> None:
    anne = validate(store, shapes, focus=[EX + "anne"])
    assert {str(result.focus) for result in anne.results} == {f"<{EX}anne>"}
    assert anne.results == tuple(r for r in report.results if str(r.focus) == f"<{EX}anne>")
    (blank,) = {str(r.focus) for r in report.results if isinstance(r.focus, ox.BlankNode)}
    assert {str(r.focus) for r in validate(store, shapes, focus=[blank]).results} == {blank}
    assert validate(store, shapes, focus=[]).conforms
    many = [EX + "anne", *(f"{EX}nobody{number}" for number in range(300))]
    assert validate(store, shapes, focus=many).results == anne.results


def test_shape(store: EmbeddedStore, shapes: Shapes, report: Report) -> None:
    only = validate(store, shapes, shape=[EX + "Person-age"])
    assert [str(result.shape) for result in only.results] == [f"<{EX}Person-age>"]
    assert validate(store, shapes, shape=[EX + "Person"]).results == report.results
    with pytest.raises(ShapesError, match="no shape"):
        validate(store, shapes, shape=[EX + "Nothing"])


def test_store_terms(tmp_path: Path) -> None:
    path = tmp_path / "mine.ttl"
    path.write_text(f'<{EX}me> <{EX}knows> <{EX}anne> , [ <{EX}age> "x" ] .')
    store = EmbeddedStore.in_memory([path])
    (blank,) = {q.object.value for q in store.quads() if isinstance(q.object, ox.BlankNode)}
    assert store_terms(store) == {EX + "me", EX + "anne", f"_:{blank}"}


def test_results_of_messages_and_languages(store: EmbeddedStore) -> None:
    shapes = shapes_from(
        f"<{EX}S> a <{SH}PropertyShape> ; <{SH}targetNode> <{EX}nobody> ; <{SH}path> <{EX}p> ; "
        f'<{SH}minCount> 1 ; <{SH}message> "fehlt"@de , "is missing"@en .'
    )
    (result,) = validate(store, shapes).results
    assert result.message == "is missing"
    assert {message.language for message in result.messages} == {"de", "en"}


def test_default_message_and_node_expression() -> None:
    shapes = shapes_from(
        f"<{EX}S> a <{SH}NodeShape> ; <{SH}targetClass> <{EX}A> ; <{SH}expression> [ <{SH}path> <{EX}ok> ] . "
        f"<{EX}T> a <{SH}NodeShape> ; <{SH}targetClass> <{EX}A> ; <{SH}class> <{EX}B> ."
    )
    report = validate(store_from(f"<{EX}a> a <{EX}A> ; <{EX}ok> false ."), shapes)
    assert report.delegated == (f"{EX}S sh:expression",)
    assert [str(result.shape) for result in report.results] == [f"<{EX}T>", f"<{EX}S>"][::-1]
    assert report.results[1].message == "Is not an instance of B"
