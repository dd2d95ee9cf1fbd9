"""careerkg.names: what a name stands for, in which order, and what is said when it stands for nothing."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from careerkg import CareerGraph
from careerkg.errors import AmbiguousName, UnknownName
from careerkg.importers import import_source
from careerkg.names import Finder, labels, resolve, resolve_property
from careerkg.search import open_index
from careerkg.vocabulary import CKG, ID, ITEM_CLASSES

DATA = Path(__file__).parent / "data"


@pytest.mark.parametrize(
    ("name", "iri"),
    [
        ("credential:rhit", "credential/rhit"),
        (f"{ID}credential/rhit", "credential/rhit"),
        (f"<{ID}credential/rhit>", "credential/rhit"),
        ("rhit", "credential/rhit"),
        ("RHIT", "credential/rhit"),
        ("credential/rhit", "credential/rhit"),
        ("renewal/rhit", "renewal/rhit"),
        ("29-2072", "soc/29-2072"),
        ("29-2072.00", "onet-soc/29-2072.00"),
        ("ce-aaa9f130-b3c8-41b0-909f-5f5b81497b33", "credential/vincennes-him-associate"),
        ("cancer REGISTRAR", "role/cancer-registrar"),
        ("Health information technician", "occupation/medical-records-technician"),
        ("ODS", "credential/ods-c"),
        ("law", "strength/law"),
        ("associate\u2019s degree", "credential/associate-degree"),
        ("registered  health\tinformation technician", "credential/rhit"),
        ("Certified Tumor Registrar (CTR)", "credential/ctr"),
    ],
)
def test_name_stands_for(name: str, iri: str, kg: CareerGraph) -> None:
    assert kg.resolve(name) == f"{ID}{iri}"


def test_term_of_the_vocabulary_can_be_named(kg: CareerGraph) -> None:
    assert kg.resolve("ckg:issuedBy") == CKG.issuedBy
    assert kg.resolve("Certification") == CKG.Certification


def test_ambiguous_name_lists_its_candidates(kg: CareerGraph) -> None:
    with pytest.raises(AmbiguousName) as caught:
        kg.resolve("medical-terminology")
    assert caught.value.candidates == ("course:medical-terminology", "knowledge:medical-terminology")


def test_class_decides_between_candidates(kg: CareerGraph) -> None:
    assert kg.resolve("medical-terminology", among={CKG.Item}) == f"{ID}course/medical-terminology"
    assert kg.resolve("medical-terminology", among={CKG.Skill}) == f"{ID}knowledge/medical-terminology"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rhti", "credential:rhit"),
        ("credential:rhitt", "credential:rhit"),
        ("cancer regist", "role:cancer-registrar"),
        ("medical-codr", "role:medical-coder"),
    ],
)
def test_unknown_name_has_three_suggestions_and_the_nearest_is_first(
    name: str, expected: str, kg: CareerGraph
) -> None:
    with pytest.raises(UnknownName) as caught:
        kg.resolve(name)
    assert caught.value.suggestions[0] == expected
    assert len(caught.value.suggestions) == 3


@pytest.mark.parametrize(
    "name", ["", "  ", "http://a b", "<", "credential:", "ckg:", '"', "a'b\\", "é", "%", "/"]
)
def test_odd_name_is_unknown_and_nothing_worse(name: str, kg: CareerGraph) -> None:
    with pytest.raises(UnknownName):
        kg.resolve(name)


def test_page_of_text_as_a_name_is_answered_briefly(kg: CareerGraph) -> None:
    with pytest.raises(UnknownName) as caught:
        kg.resolve("x" * 200_000)
    assert len(caught.value.name) == 200_000
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("name", ["ex:rhit", "rhit", "RHIT", "http://example.org/rhit", "technicien agréé"])
def test_names_of_users_data(name: str) -> None:
    graph = CareerGraph.from_files(DATA / "registrar.ttl")
    assert graph.resolve(name) == "http://example.org/rhit"


def test_thing_that_is_only_mentioned_has_a_name() -> None:
    assert CareerGraph.from_files(DATA / "registrar.ttl").resolve("c2") == "http://example.org/c2"


def test_labels_prefer_english(kg: CareerGraph) -> None:
    graph = CareerGraph.from_files(DATA / "registrar.ttl")
    assert labels(graph.store, ["http://example.org/rhit", "http://example.org/exam", "no iri"]) == {
        "http://example.org/rhit": "Registered Technician"
    }
    assert labels(kg.store, [f"{ID}strength/law"]) == {f"{ID}strength/law": "Law"}


@pytest.mark.parametrize("name", ["issuedBy", "ckg:issuedBy", CKG.issuedBy])
def test_property_can_be_named(name: str, kg: CareerGraph) -> None:
    assert resolve_property(kg.store, name) == CKG.issuedBy


def test_item_classes_are_those_of_the_ontology(kg: CareerGraph) -> None:
    below = kg.query("SELECT ?class { ?class rdfs:subClassOf* ckg:Item } ORDER BY STR(?class)")
    assert tuple(str(row[0]) for row in below) == ITEM_CLASSES


def test_unknown_property_has_suggestions(kg: CareerGraph) -> None:
    with pytest.raises(UnknownName) as caught:
        resolve_property(kg.store, "ckg:isuedBy")
    assert caught.value.suggestions[0] == "ckg:issuedBy"


PLACES = """
@prefix ckg: <https://w3id.org/careerkg/ontology#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix course: <https://w3id.org/careerkg/id/course/> .
@prefix ex: <http://example.org/> .
course:georgia a ckg:Course ; rdfs:label "Georgia"@en .
ex:ga a ckg:Place ; rdfs:label "Georgia"@en .
ex:ny a ckg:Place ; rdfs:label "New York"@en .
ex:demand ckg:jurisdiction ex:texas .
ex:austin ckg:partOf ex:texas .
"""


@pytest.mark.parametrize(
    ("name", "iri"), [("Georgia", "ga"), ("ga", "ga"), ("texas", "texas"), ("austin", "austin")]
)
def test_place_is_found_whatever_else_has_the_name(name: str, iri: str, tmp_path: Path) -> None:
    file = tmp_path / "places.ttl"
    file.write_text(PLACES, encoding="utf-8")
    assert CareerGraph.from_files(file).place(name) == f"http://example.org/{iri}"


def test_what_is_no_place_is_unknown_as_one(tmp_path: Path) -> None:
    file = tmp_path / "places.ttl"
    file.write_text(PLACES, encoding="utf-8")
    with pytest.raises(UnknownName) as caught:
        CareerGraph.from_files(file).place("course/georgia")
    assert caught.value.suggestions[0] == "ex:ga"
    with pytest.raises(UnknownName) as caught:
        CareerGraph.from_files(file).place("New Yorck")
    assert caught.value.suggestions[0] == "ex:ny"


def test_an_index_finds_what_the_store_does(kg: CareerGraph) -> None:
    """Every label, other name and code of the graph, as it is and in capitals."""
    index = open_index(kg.store)
    texts = {
        str(row.text)
        for row in kg.query(
            "SELECT ?text { ?s rdfs:label|skos:prefLabel|skos:altLabel|ckg:abbreviation|skos:notation ?text }"
        )
    }

    def found(name: str, finder: Finder | None) -> str | tuple[str, ...]:
        try:
            return resolve(kg.store, name, finder=finder)
        except AmbiguousName as error:
            return error.candidates

    chosen = Random(3).sample(sorted(texts), 120)
    assert len(texts) > 500
    for name in [*chosen, *(text.upper() for text in chosen[:30]), "RHIT exam (RHIT exam)"]:
        assert found(name, index) == found(name, None), name


def test_an_index_suggests_what_is_alike(kg: CareerGraph) -> None:
    index = open_index(kg.store)
    for slip, meant in (("rhitt", "credential:rhit"), ("cancer-registar", "role:cancer-registrar")):
        with pytest.raises(UnknownName) as error:
            resolve(kg.store, slip, finder=index)
        assert meant in error.value.suggestions


def test_a_large_store_on_disk_is_asked_through_its_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_source("careerkg", [], tmp_path)
    assert CareerGraph.open(tmp_path, read_only=True).search("rhit")  # makes the index
    graph = CareerGraph.open(tmp_path, read_only=True)

    def reads_all_names(*_: object) -> set[str]:
        raise AssertionError("all names are read")

    monkeypatch.setattr("careerkg.names._bearers", reads_all_names)
    with pytest.raises(AssertionError, match="all names are read"):
        graph.resolve("Medical coder")
    monkeypatch.setattr("careerkg.search._LARGE", 100)
    assert graph.resolve("Medical coder") == f"{ID}role/medical-coder"
    assert graph.resolve("29-2072") == f"{ID}soc/29-2072"
    assert graph.resolve("issued by") == f"{CKG}issuedBy"
    with pytest.raises(UnknownName, match="did you mean role:medical-coder"):
        graph.resolve("Medical codr")
