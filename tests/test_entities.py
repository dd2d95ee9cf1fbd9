"""careerkg.entities: what is not a single name is put in words, and lists do not show how they are stored."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from careerkg import CareerGraph
from careerkg.entities import phrase
from careerkg.model import Entity
from careerkg.store import EmbeddedStore

DATA = Path(__file__).parent / "data"
EX = "http://example.org/"


@pytest.fixture(scope="module")
def lists() -> CareerGraph:
    return CareerGraph.from_files(DATA / "lists.ttl")


def details(entity: Entity) -> dict[str, str | None]:
    return {fact.property_label: fact.detail for fact in entity.facts}


def test_values_without_a_name_are_put_in_words(lists: CareerGraph) -> None:
    assert details(lists.describe("coder")) == {
        "order": "(A; b; 3; (http://example.org/c; (6 months)))",
        "empty": "empty list",
        "home address": "number: 5, 7; place: (town: Town); street: Main",
        "named": "A label",
        "min duration": "no time",
        "estimated duration": "1 year 6 months",
    }


def test_what_leads_to_a_thing_through_lists_is_the_owner_of_the_list(lists: CareerGraph) -> None:
    for name in ("ex:a", "ex:c"):
        (fact,) = lists.describe(name).incoming
        assert (fact.property, fact.value) == (f"{EX}order", f"{EX}coder")


def test_a_list_in_a_passage_is_said_by_it(tmp_path: Path) -> None:
    path = tmp_path / "said.trig"
    path.write_text(
        "@prefix ex: <http://example.org/> . ex:passage { ex:x ex:order ( ex:a ex:b ) . }", encoding="utf-8"
    )
    (fact,) = CareerGraph.from_files(path).describe("ex:b").incoming
    assert (fact.value, fact.evidence) == (f"{EX}x", (f"{EX}passage",))


@pytest.mark.parametrize(
    "turtle",
    [
        "_:n rdf:first 1 ; rdf:rest _:n .",  # a circle
        "_:n rdf:first 1 , 2 ; rdf:rest () .",  # two members at a place
        "_:n rdf:first 1 .",  # no end
        "_:n rdf:first 1 ; rdf:rest 'x' .",  # an end that is none
    ],
)
def test_what_is_no_list_is_shown_as_it_is(turtle: str) -> None:
    store = EmbeddedStore(ox.Store())
    head = "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . <x:s> <x:p> _:n . "
    store.inner.load((head + turtle).encode(), format=ox.RdfFormat.TURTLE)
    (quad,) = store.quads(ox.NamedNode("x:s"), None, None, None)
    words = phrase(store, quad.object)
    assert words is not None
    assert words.startswith("first: 1")


def test_a_passage_is_called_after_its_source_and_heading(kg: CareerGraph) -> None:
    source = kg.describe("ckgsrc:ahima")
    labels = {fact.value_label for fact in source.incoming if fact.property_label == "is part of"}
    title = "AHIMA on its certifications, recertification and frequently asked questions"
    assert f"{title}, Recertification" in labels
    passage = next(fact.value for fact in source.incoming if fact.value_label == f"{title}, Recertification")
    assert kg.describe(passage).label == f"{title}, Recertification"
