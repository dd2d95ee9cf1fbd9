"""careerkg.graph: where a graph comes from, what it says of a thing, and the merge with each triple once."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st

from careerkg import CareerGraph
from careerkg.errors import (
    InvalidArgument,
    RdfSyntaxError,
    RouteError,
    StoreError,
    UnknownName,
    UpdateRefused,
)
from careerkg.store import EmbeddedStore
from careerkg.vocabulary import CKG, ID

DATA = Path(__file__).parent / "data"
PASSAGES = """
@prefix ex: <http://example.org/> .
ex:one { ex:s ex:p ex:o . ex:s ex:p "only one" . }
ex:two { ex:s ex:p ex:o . }
"""


@pytest.fixture
def passages(tmp_path: Path) -> Path:
    """Return a file in which one triple stands in two passages."""
    path = tmp_path / "passages.trig"
    path.write_text(PASSAGES, encoding="utf-8")
    return path


def count(graph: CareerGraph, where: str) -> int:
    """Return how many solutions a pattern has."""
    (row,) = graph.query(f"SELECT (COUNT(*) AS ?n) WHERE {{ {where} }}")
    return int(row.n)


def test_triple_of_two_passages_is_one_triple_of_the_merge(passages: Path) -> None:
    graph = CareerGraph.from_files(passages)
    assert count(graph, "<http://example.org/s> ?p <http://example.org/o>") == 1
    assert count(graph, "GRAPH ?g { <http://example.org/s> ?p <http://example.org/o> }") == 2
    assert len(graph) == 2


def test_merge_of_the_bundled_graph_is_exact(kg: CareerGraph) -> None:
    quads = list(kg.store.quads())
    default = [quad.triple for quad in quads if quad.graph_name == ox.DefaultGraph()]
    assert len(default) == len(set(default)) == len(kg)
    assert {quad.triple for quad in quads} == set(default)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.sampled_from("pq"),
            st.sampled_from("xyz"),
            st.sampled_from(["g", "h", None]),
        )
    )
)
def test_merge_holds_for_any_load(quads: list[tuple[str, str, str, str | None]]) -> None:
    store = EmbeddedStore(ox.Store())

    def node(name: str) -> ox.NamedNode:
        return ox.NamedNode(f"urn:t:{name}")

    for s, p, o, g in quads:
        triple = f"<urn:t:{s}> <urn:t:{p}> <urn:t:{o}>"
        store.update(f"INSERT DATA {{ {triple if g is None else f'GRAPH <urn:t:{g}> {{ {triple} }}'} }}")
    expected = {ox.Triple(node(s), node(p), node(o)) for s, p, o, _ in quads}
    merge = [quad.triple for quad in store.quads(graph=ox.DefaultGraph())]
    assert len(merge) == len(store) == len(set(merge))
    assert set(merge) == expected


def test_store_on_disk_keeps_what_is_loaded(tmp_path: Path, passages: Path) -> None:
    folder = tmp_path / "kg"
    graph = CareerGraph.open(folder, create=True)
    graph.load(passages)
    del graph
    again = CareerGraph.open(folder, read_only=True)
    assert len(again) == 2
    with pytest.raises(UpdateRefused):
        again.load(passages)


@pytest.mark.parametrize("create", [False, True])
def test_folder_that_is_no_store_is_left_alone(tmp_path: Path, create: bool) -> None:
    (tmp_path / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(StoreError, match="not a store"):
        CareerGraph.open(tmp_path, create=create)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_absent_store_is_not_made_by_reading(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such folder"):
        CareerGraph.open(tmp_path / "absent")
    assert not (tmp_path / "absent").exists()


def test_load_is_all_or_nothing(passages: Path) -> None:
    graph = CareerGraph.from_files()
    with pytest.raises(RdfSyntaxError) as caught:
        graph.load(passages, DATA / "broken.ttl")
    assert (caught.value.path, caught.value.line) == (str(DATA / "broken.ttl"), 4)
    assert len(graph) == 0


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        (
            "<rdf:RDF\n  xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\n<rdf:Description>\n</a>",
            4,
            3,
        ),
        ("<a xmlns='http://example.org/'>\n  <b>&nothing;</b></a>", 2, 6),
    ],
)
def test_broken_rdf_xml_is_told_with_its_place(tmp_path: Path, text: str, line: int, column: int) -> None:
    """The parser does not tell it."""
    path = tmp_path / "broken.rdf"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RdfSyntaxError) as caught:
        CareerGraph.from_files(path)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert str(caught.value).startswith(f"{path}:{line}:{column}: ")


@pytest.mark.parametrize("ending", ["ttl", "nt"])
def test_text_that_the_parser_does_not_take_is_no_lack_of_memory(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"huge.{ending}"
    path.write_text(f'<http://example.org/a> <http://example.org/b> "{"x" * (1 << 24)}" .', encoding="utf-8")
    with pytest.raises(RdfSyntaxError, match="longer than 16 MB"):
        CareerGraph.from_files(path)


@pytest.mark.parametrize("day", ["2012-01-01", date(2012, 1, 1), datetime(2012, 1, 1, 12, 30)])
def test_day_may_be_a_text_a_date_or_a_time(kg: CareerGraph, day: date | str) -> None:
    routes = kg.routes("rhit", holding=["high-school-diploma"], as_of=day, currency="usd")
    assert routes.as_of == date(2012, 1, 1)
    assert routes.best is not None
    assert routes.best.cost.min == 229
    assert kg.missing("rhit", as_of=day).sets


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"as_of": "2012-13-01"}, InvalidArgument, "as_of '2012-13-01' is not a date such as"),
        ({"as_of": 2012}, InvalidArgument, "as_of 2012 is not a date such as"),
        ({"objective": "money"}, InvalidArgument, "'money' is not one of: time, cost, steps"),
        *(
            ({name: "law"}, TypeError, "a collection of names is needed, not the text 'law'")
            for name in ("exclude", "jurisdiction", "strengths")
        ),
    ],
)
def test_options_that_are_none_are_told(
    options: dict[str, Any], error: type[Exception], message: str, kg: CareerGraph
) -> None:
    with pytest.raises(error, match=message):
        kg.routes("rhit", **options)


def test_severity_that_is_none_is_told(kg: CareerGraph) -> None:
    wrong: Any = "fatal"
    with pytest.raises(InvalidArgument, match="severity 'fatal' is not one of: violation, warning, info"):
        kg.validate(severity=wrong)


@pytest.mark.parametrize("ending", ["ttl", "nq", "trig", "rdf", "jsonld"])
def test_packed_file_is_read(tmp_path: Path, kg: CareerGraph, ending: str) -> None:
    """What ``careerkg export … | gzip`` writes."""
    plain = tmp_path / f"graph.{ending}"
    kg.export(plain)
    packed = tmp_path / f"graph.{ending}.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert len(CareerGraph.from_files(packed)) == len(kg)


@pytest.mark.parametrize(
    "spoil",
    [lambda data: data[:-40], lambda data: data[:40] + b"\xff" * 40 + data[80:], lambda _: b"no gzip"],
)
def test_damaged_packed_file_is_told(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "graph.ttl.gz"
    path.write_bytes(spoil(gzip.compress((DATA / "registrar.ttl").read_bytes())))
    with pytest.raises(StoreError, match=f"cannot read {path}: "):
        CareerGraph.from_files(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_pipe_is_read(tmp_path: Path, mark: bytes) -> None:
    """As a shell's ``<(…)``."""
    path = tmp_path / "pipe.ttl"
    os.mkfifo(path)
    content = mark + (DATA / "registrar.ttl").read_bytes()
    with ThreadPoolExecutor(1) as writer:
        writer.submit(path.write_bytes, content)
        assert len(CareerGraph.from_files(path)) == len(CareerGraph.from_files(DATA / "registrar.ttl"))


def test_relative_names_are_resolved_against_the_file(tmp_path: Path) -> None:
    path = tmp_path / "relative.ttl"
    path.write_text("<#a> <p> <> .", encoding="utf-8")
    (row,) = CareerGraph.from_files(path).query("SELECT ?s ?p ?o { ?s ?p ?o }")
    assert [str(term) for term in row] == [f"{path.as_uri()}#a", f"{tmp_path.as_uri()}/p", path.as_uri()]


def test_files_can_be_added_in_memory_only(kg: CareerGraph) -> None:
    more = kg.with_files(DATA / "registrar.ttl")
    assert more.resolve("ex:rhit") == "http://example.org/rhit"
    assert more.resolve("credential:rhit") == f"{ID}credential/rhit"
    assert len(more) > len(kg)
    with pytest.raises(UnknownName):
        kg.resolve("http://example.org/rhit")


def test_dataset_is_the_same_store(kg: CareerGraph) -> None:
    rhit = rdflib.URIRef(f"{ID}credential/rhit")
    issuers = {str(o) for o in kg.dataset.objects(rhit, rdflib.URIRef(CKG.issuedBy))}
    assert issuers == {f"{ID}organization/ahima"}
    graph = CareerGraph.from_files(DATA / "registrar.ttl")
    graph.dataset.add((rhit, rdflib.RDFS.label, rdflib.Literal("new")))
    assert graph.query('ASK { credential:rhit rdfs:label "new" }')


def test_dataset_of_a_read_only_graph_refuses_changes() -> None:
    graph = CareerGraph()
    before = len(graph)
    triple = (rdflib.URIRef("urn:a:b"), rdflib.RDFS.label, rdflib.Literal("new"))
    for change in (graph.dataset.add, graph.dataset.remove):
        with pytest.raises(UpdateRefused):
            change(triple)
    assert len(graph) == before


def test_own_data_are_validated_with_the_vocabulary(tmp_path: Path) -> None:
    """Alone, as a store or as files: what our terms mean is known, and only the data are reported."""
    alone = CareerGraph.from_files(DATA / "registrar.ttl").validate()
    assert alone.counts.violation == 0
    ours = "https://w3id.org/careerkg/"
    assert not [result for result in alone.results if ours in str(result.focus)]
    wrong = tmp_path / "wrong.ttl"
    wrong.write_text(
        "@prefix ckg: <https://w3id.org/careerkg/ontology#> .\n"
        "<urn:a:b> a ckg:Certification ; ckg:isuedBy <urn:a:c> .",
        encoding="utf-8",
    )
    assert CareerGraph.from_files(wrong).validate().counts.violation == 1


def test_damaged_store_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "kg"
    CareerGraph.open(folder, create=True).load(DATA / "registrar.ttl")
    for path in folder.glob("MANIFEST-*"):
        path.write_text("junk", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot open the store"):
        CareerGraph.open(folder, read_only=True)


def test_only_what_can_be_attained_is_a_goal(kg: CareerGraph) -> None:
    with pytest.raises(RouteError, match="Organization"):
        kg.routes("ahima")
    assert kg.routes("rhit", ["high-school-diploma"]).status == "optimal"


def test_strength_that_does_not_exist_is_refused(kg: CareerGraph) -> None:
    assert kg.strength("most employers") == kg.strength("strength:most-employers")
    with pytest.raises(UnknownName, match="law"):
        kg.routes("rhit", strengths=["foo"])


def test_description_names_things_and_cites_passages(kg: CareerGraph) -> None:
    entity = kg.describe("rhit")
    assert (entity.label, entity.kind) == ("Registered Health Information Technician", "Certification")
    issued = [fact for fact in entity.facts if fact.property == CKG.issuedBy]
    assert [(fact.property_label, fact.value_label) for fact in issued] == [
        ("issued by", "American Health Information Management Association")
    ]
    cited = {source.graph for source in entity.sources}
    assert all(fact.evidence and set(fact.evidence) <= cited for fact in entity.facts)


@pytest.mark.parametrize(
    ("name", "property_", "detail"),
    [
        ("rhit-exam", "estimatedCost", "USD 229 for members"),
        ("ncra-certificate", "estimatedCost", "USD at least 3,000"),
        ("ods-exam", "estimatedCost", "amount unknown"),
        ("rhit", "renewal", "20 continuing education units every 2 years"),
        ("him-associate", "estimatedDuration", "2 years"),
        ("rhit", "estimatedDuration", "no time"),
        ("cancer-registrar", "requires", "Certified Tumor Registrar (law, unconfirmed)"),
    ],
)
def test_structured_values_are_said_in_words(name: str, property_: str, detail: str, kg: CareerGraph) -> None:
    facts = kg.describe(name).facts
    assert detail in {fact.detail for fact in facts if fact.property == f"{CKG}{property_}"}


def test_condition_without_label_is_said_in_words() -> None:
    facts = CareerGraph.from_files(DATA / "registrar.ttl").describe("ex:rhit").facts
    (tree,) = [fact.detail for fact in facts if fact.detail and fact.detail.startswith("any of")]
    assert "at least 2 of: " in tree
    assert "(all of: " in tree


def test_statistics_count_what_is_there(kg: CareerGraph) -> None:
    stats = kg.stats()
    assert stats.triples == len(kg)
    assert stats.passages == count(kg, "?p a ckg:Passage")
    assert stats.entities["ckg:Certification"] == count(kg, "?c a ckg:Certification")
    guide = next(s for s in stats.sources if s.id.endswith("medical-records-technician-guide"))
    assert guide.facts == count(kg, f"?p dcterms:isPartOf <{guide.id}> GRAPH ?p {{ ?s ?q ?o }}")
    assert all(s.title and s.kind for s in stats.sources)


def test_examples_are_those_of_the_competency_and_the_cross_source_questions(kg: CareerGraph) -> None:
    folders = (Path(__file__).parent / name for name in ("competency", "cross_source"))
    assert sorted(kg.examples) == sorted(path.stem for folder in folders for path in folder.glob("*.rq"))


def test_short_form_says_how_much_and_whether_it_can_be_changed(
    kg: CareerGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert repr(kg) == f"CareerGraph(<EmbeddedStore: {len(kg):,} triples, read-only>)"
    assert repr(CareerGraph.from_files()) == "CareerGraph(<EmbeddedStore: 0 triples, writable>)"
    monkeypatch.setattr("careerkg.store._COUNTED", 1000)
    assert repr(kg) == "CareerGraph(<EmbeddedStore: more than 1,000 triples, read-only>)"
