"""Trees by class and by a frame of one's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cases import exported, loaded, parsed
from pyld import jsonld

from careerkg import CareerGraph, export
from careerkg.errors import DataError, UnknownName
from careerkg.store import EmbeddedStore


def trees(store: Any, frame: str | Path) -> dict[str, dict[str, Any]]:
    """Return the trees of a store by their names."""
    document = json.loads(b"".join(export.serialize(store, "jsonld", frame=frame)))
    return {tree["id"]: tree for tree in document["@graph"]}


@pytest.mark.parametrize("name", ["Credential", "credential", "ckg:Credential"])
def test_a_class_gives_a_tree_for_each_instance_and_those_of_subclasses(kg: CareerGraph, name: str) -> None:
    expected = {
        f"ckgid:{row.thing.removeprefix('https://w3id.org/careerkg/id/')}"
        for row in kg.query(
            "SELECT ?thing { ?thing a/rdfs:subClassOf* ckg:Credential FILTER(isIRI(?thing)) }"
        )
    }
    assert trees(kg.store, name).keys() == expected


def test_everything_gives_a_tree_for_each_entity_and_for_no_term(kg: CareerGraph) -> None:
    found = trees(kg.store, export.EVERYTHING)
    expected = {
        f"ckgid:{row.thing.removeprefix('https://w3id.org/careerkg/id/')}"
        for row in kg.query(
            "SELECT DISTINCT ?thing { ?thing a ?class FILTER(STRSTARTS(STR(?thing), STR(ckgid:))) }"
        )
    }
    assert {name for name in found if name.startswith("ckgid:")} == expected
    assert not [name for name in found if name.startswith("ckg:")]
    assert found["ckgid:role/cancer-registrar"] == trees(kg.store, "Role")["ckgid:role/cancer-registrar"]


def test_an_occupation_embeds_its_parts_and_outlines_the_rest(kg: CareerGraph) -> None:
    tree = trees(kg.store, "occupation")["ckgid:occupation/dental-hygienist"]
    task = next(task for task in tree["hasTask"] if task["id"] == "ckgid:task/clean-teeth")
    assert task["type"] == "Task"
    assert task["label"].startswith("Free teeth")
    skill = tree["needsSkill"][0]
    assert skill.keys() <= {"id", "type", "label", "prefLabel"}
    figures = tree["@reverse"]["about"]
    assert any(figure["type"] == "EarningsObservation" and "value" in figure for figure in figures)
    assert all(figure["about"] == tree["id"] for figure in figures if not isinstance(figure["about"], list))


def test_conditions_are_nested() -> None:
    tree = trees(loaded("readable.ttl"), "Certification")["ckgid:credential/rhit"]
    condition = next(each for each in tree["requires"] if each["type"] == "AnyOf")
    assert condition["operand"][1] == {"id": "ckgid:program/him", "type": "Program", "minDuration": "P1Y6M"}
    assert tree["estimatedCost"]["currency"] == "USD"
    assert "id" not in tree["estimatedCost"]


def test_a_circle_ends_in_a_reference() -> None:
    store = EmbeddedStore.in_memory()
    store.update(
        "INSERT DATA { <urn:x:a> a ckg:Program ; ckg:requires <urn:x:b> . <urn:x:b> ckg:requires <urn:x:a> }"
    )
    tree = trees(store, "Program")["urn:x:a"]
    assert tree["requires"] == {"id": "urn:x:b", "requires": "urn:x:a"}


def test_trees_say_nothing_that_the_graph_does_not(kg: CareerGraph) -> None:
    data = b"".join(export.serialize(kg.store, "jsonld", frame="Role"))
    quads = jsonld.to_rdf(json.loads(data), {"format": "application/n-quads"})
    whole = parsed(b"".join(export.serialize(kg.store, "nt")), "nt")
    said = {line for line in parsed(quads.encode(), "nq") if "_:" not in line}
    assert said
    assert said <= whole


def test_trees_are_the_same_every_time(kg: CareerGraph) -> None:
    assert exported(kg.store, "jsonld", frame="Role") == exported(kg.store, "jsonld", frame="Role")  # type: ignore[arg-type]


def test_a_class_without_instances_gives_no_tree() -> None:
    assert trees(loaded("readable.ttl"), "Passage") == {}


def test_an_unknown_class_suggests_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Occupation"):
        exported(loaded("readable.ttl"), "jsonld", frame="Ocupation")


def test_a_frame_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "frame.jsonld"
    path.write_text('{"type": "Assessment", "@explicit": true, "questionCount": {}}')
    assert trees(loaded("readable.ttl"), path)["ckgid:credential/rhit-exam"] == {
        "id": "ckgid:credential/rhit-exam",
        "type": "Assessment",
        "questionCount": 150,
    }


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "not a JSON-LD frame"),
        ("[]", "object is expected"),
        ('{"@context": "https://example.org/c", "type": "Item"}', "nothing is fetched"),
        ('{"@embed": "@sometimes", "type": "Item"}', "not a JSON-LD frame"),
    ],
)
def test_what_is_no_frame_is_named(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "frame.jsonld"
    path.write_text(text)
    with pytest.raises(DataError, match=problem) as caught:
        exported(loaded("readable.ttl"), "jsonld", frame=path)
    assert "frame.jsonld" in str(caught.value)


def test_an_absent_frame_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot read the frame"):
        exported(loaded("readable.ttl"), "jsonld", frame=str(tmp_path / "absent.jsonld"))
