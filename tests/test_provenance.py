"""careerkg.provenance: who says so, in which passage, with which rank; the offsets are those of the page."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyoxigraph as ox
import pytest

from careerkg import CareerGraph
from careerkg.model import Evidence
from careerkg.provenance import why
from careerkg.store import EmbeddedStore
from careerkg.vocabulary import CKG, DCTERMS, ID, SOURCE

PAGE = Path(__file__).resolve().parents[2] / "shared/source-page/medical-records-technician.txt"
GUIDE = f"{SOURCE}medical-records-technician-guide"


def test_fact_is_answered_with_source_section_and_offsets(kg: CareerGraph) -> None:
    (evidence,) = kg.why("medical-coder", "hasTask", "task:liaise-billing-and-clinicians")
    assert (evidence.source, evidence.section, evidence.start, evidence.end) == (
        GUIDE,
        "Medical Coders",
        1753,
        1816,
    )
    assert evidence.graph == f"{GUIDE}/1753-1816"
    assert evidence.rank == "normal"


def test_offsets_are_those_of_the_page(kg: CareerGraph) -> None:
    if not PAGE.is_file():
        pytest.skip("needs ../shared/source-page beside the repository")
    (evidence,) = kg.why("medical-coder", "hasTask", "task:liaise-billing-and-clinicians")
    assert hashlib.sha256(PAGE.read_bytes()).hexdigest() == evidence.sha256
    passage = PAGE.read_text(encoding="utf-8")[evidence.start : evidence.end]
    assert "liaison" in passage
    assert "billing" in passage


def test_conflicting_claims_are_all_told_and_the_better_one_is_marked(kg: CareerGraph) -> None:
    ranks = {(e.value.rsplit("/", 1)[1], e.rank) for e in kg.why("rhit", "ckg:issuedBy")}
    assert ranks == {
        ("ahima", "preferred"),
        ("ashim", "deprecated"),
        ("himss", "deprecated"),
        ("cahiim", "deprecated"),
    }


def test_rank_of_a_figure_is_that_of_its_node(kg: CareerGraph) -> None:
    (evidence,) = kg.why("observation/guide-average-wage", "value")
    assert (evidence.rank, evidence.value) == ("deprecated", "32350")
    assert evidence.reason is not None
    assert "median" in evidence.reason


def test_newest_source_comes_first_and_the_undated_last(kg: CareerGraph) -> None:
    dates = [evidence.issued for evidence in kg.why("occupation:medical-records-technician")]
    dated = [date for date in dates if date is not None]
    assert dates == [*dated, *[None] * (len(dates) - len(dated))]
    assert dated == sorted(dated, reverse=True)
    assert len(set(dated)) > 1


def test_value_can_be_the_text_of_a_literal(kg: CareerGraph) -> None:
    (evidence,) = kg.why("rhit-exam", "questionCount", "150")
    assert evidence.value == "150"


def test_nobody_says_what_is_not_said(kg: CareerGraph) -> None:
    assert kg.why("rhit", "ckg:issuedBy", "organization:ncra") == []


def test_every_fact_of_the_data_files_has_evidence(kg: CareerGraph) -> None:
    """What stands in the graph of a passage is answered with that passage, for every subject."""
    said: dict[str, set[tuple[str, str, str]]] = {}
    for quad in kg.store.quads():
        if isinstance(quad.graph_name, ox.NamedNode) and isinstance(quad.subject, ox.NamedNode):
            assert not isinstance(quad.object, ox.Triple)
            value = str(quad.object) if isinstance(quad.object, ox.BlankNode) else quad.object.value
            said.setdefault(quad.subject.value, set()).add(
                (quad.graph_name.value, quad.predicate.value, value)
            )
    assert said
    for subject, places in said.items():
        assert places <= {(e.graph, e.property, e.value) for e in why(kg.store, subject)}


def test_bulk_fact_is_answered_with_the_source_of_its_entity() -> None:
    """A thing outside any passage points to its release with dcterms:source, an observation to its own."""
    store = EmbeddedStore(ox.Store())
    item, figure, release = (
        ox.NamedNode(f"http://example.org/{name}") for name in ("item", "figure", "release")
    )
    store.inner.extend(
        [
            ox.Quad(item, ox.NamedNode(CKG.abbreviation), ox.Literal("X")),
            ox.Quad(item, ox.NamedNode(DCTERMS.source), release),
            ox.Quad(item, ox.NamedNode(CKG.renewal), figure),
            ox.Quad(figure, ox.NamedNode(DCTERMS.source), ox.NamedNode("http://example.org/table")),
            ox.Quad(release, ox.NamedNode(DCTERMS.title), ox.Literal("A release")),
        ]
    )
    (of_item,) = why(store, item.value, CKG.abbreviation)
    assert (of_item.graph, of_item.title) == (release.value, "A release")
    (of_figure,) = why(store, item.value, CKG.renewal)
    assert of_figure.graph == "http://example.org/table"


def test_evidence_has_the_keys_of_the_contract() -> None:
    contract = {"graph", "source", "title", "section", "start", "end", "issued", "rank"}
    assert contract <= set(Evidence._fields)


def test_cited_passages_exist(kg: CareerGraph) -> None:
    assert {e.subject for e in kg.why("rhit")} == {f"{ID}credential/rhit"}
