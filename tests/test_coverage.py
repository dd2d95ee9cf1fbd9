"""The guide page, piece by piece: what it says is in the graph, or on a short list with a reason.

What is compared stands in page_coverage.py; what is left out on purpose, and why, in
coverage_exceptions.json; which triple represents which claim, in coverage_claims.csv.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest

from careerkg.store import EmbeddedStore
from careerkg.vocabulary import SOURCE, compact
from ontology_files import FACTS, SHARED
from page_coverage import (
    Claim,
    Document,
    Gap,
    Kind,
    LeftOut,
    Passage,
    coverage,
    digest,
    headings,
    names,
    numbers,
    read_document,
    sentences,
)

PAGE = SHARED / "source-page" / "medical-records-technician.txt"
CLAIMS = SHARED / "domain" / "seed_claims.json"
FOLDER = Path(__file__).parent

needs_the_page = pytest.mark.skipif(
    not PAGE.is_file() or not CLAIMS.is_file(),
    reason="needs the page and its claims in the shared folder beside the repository",
)


@cache
def page() -> str:
    """Return the text of the page, its line ends as they are."""
    return PAGE.read_bytes().decode("utf-8")


@cache
def document() -> Document:
    """Return what the graph holds of the page."""
    return read_document(EmbeddedStore.trusted(FACTS).inner, f"{SOURCE}medical-records-technician-guide")


@cache
def claims() -> tuple[Claim, ...]:
    """Return the claims that a reader found in the page."""
    return tuple(
        Claim(claim["id"], claim["start"], claim["end"], claim["quote"])
        for claim in json.loads(CLAIMS.read_text(encoding="utf-8"))
    )


@cache
def left_out() -> tuple[LeftOut, ...]:
    """Return what is not represented on purpose."""
    return tuple(
        LeftOut(**stretch)
        for stretch in json.loads((FOLDER / "coverage_exceptions.json").read_text(encoding="utf-8"))
    )


# ---- The page ------------------------------------------------------------------------------------


@needs_the_page
def test_graph_represents_the_page() -> None:
    report = coverage(page(), document(), claims(), left_out())
    assert report.gaps == ()
    counts = dict(report.counts)
    assert counts["claim"] == 105
    assert all(counts[kind] > 0 for kind in counts)


@needs_the_page
def test_little_is_left_out() -> None:
    """Under a tenth of the page's characters, and no claim."""
    assert sum(stretch.end - stretch.start for stretch in left_out()) < len(page()) / 10
    for claim in claims():
        assert not any(stretch.start < claim.end and claim.start < stretch.end for stretch in left_out())


@needs_the_page
def test_proper_names_and_abbreviations_are_those_of_the_passage() -> None:
    """What another source calls a body, or a short form that the page does not use, is not the page's."""
    proper = re.compile(r"[A-Z]\w+(?: (?:[A-Z]\w+|and|for|of)){3,}|[A-Z]{2,}[A-Za-z]*")
    seen = []
    for passage in document().passages:
        for triple in passage.triples:
            text = triple.object.value if isinstance(triple.object, ox.Literal) else ""
            short = compact(triple.predicate.value) in {"ckg:abbreviation", "rdfs:label", "skos:altLabel"}
            if short and proper.fullmatch(text):
                seen.append(text)
                assert text in page()[passage.start : passage.end], (passage.iri, text)
    assert {"EHR", "CTR", "RHIT", "American Society of Health Informatics Managers"} <= set(seen)


# ---- The claims, triple by triple ----------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A triple that represents a claim, as the table writes it: names as CURIEs, literals as they are."""

    claim: str
    subject: str
    property: str
    object: str


@cache
def rows() -> tuple[Row, ...]:
    """Return the table of claims and the triples that represent them."""
    with (FOLDER / "coverage_claims.csv").open(encoding="utf-8", newline="") as file:
        return tuple(Row(**row) for row in csv.DictReader(line for line in file if not line.startswith("#")))


def written(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> str:
    """Return a term as the table writes it."""
    return compact(term.value) if isinstance(term, ox.NamedNode) else str(getattr(term, "value", term))


def missing(text: str, doc: Document, claims: Sequence[Claim], table: Sequence[Row]) -> list[Row]:
    """Return the rows whose triple no passage says that has the claim's words.

    The words, not the offsets: those of a short quote may be of another place where it stands, too.
    """
    quotes = {claim.id: claim.quote for claim in claims}
    said = {
        passage: {tuple(map(written, (t.subject, t.predicate, t.object))) for t in passage.triples}
        for passage in doc.passages
    }
    return [
        row
        for row in table
        if not any(
            (row.subject, row.property, row.object) in said[passage]
            for passage in doc.passages
            if quotes[row.claim] in text[passage.start : passage.end]
        )
    ]


@needs_the_page
def test_every_claim_is_a_triple_of_its_own_passage() -> None:
    assert {row.claim for row in rows()} == {claim.id for claim in claims()}
    assert missing(page(), document(), claims(), rows()) == []


@needs_the_page
def test_claim_without_its_triple_is_reported() -> None:
    gone = [row for row in rows() if row.object == "P1Y"]
    assert [row.claim for row in gone] == ["c026", "c030"]
    assert missing(page(), without_value(document(), "P1Y"), claims(), rows()) == gone


# ---- It can fail: one thing changed, and the gap is reported -------------------------------------


def found(
    text: str | None = None, changed: Document | None = None, without: LeftOut | None = None
) -> set[tuple[Kind, str]]:
    """Return the gaps of the real page with one thing changed, but for that the text is another."""
    report = coverage(
        page() if text is None else text,
        document() if changed is None else changed,
        claims(),
        [stretch for stretch in left_out() if stretch != without],
    )
    return {(gap.kind, gap.text) for gap in report.gaps if gap.kind != "document"}


@needs_the_page
@pytest.mark.parametrize(
    ("old", "new", "gap"),
    [
        ("about 39%", "about 41%", ("number", "41%")),
        ("$53,430", "$54,430", ("number", "54,430")),
        ("top 10%", "top 20%", ("number", "top 20%")),
        ("two-year", "six-year", ("number", "six-year")),
        ("on a yearly basis", "on a weekly basis", ("number", "weekly")),
        ("version 6.0.0", "version 7.1.1", ("number", "7.1.1")),
        ("(RHIT)", "(RHIX)", ("name", "RHIX")),
        (
            "Health Informatics Managers",
            "Health Informatics Teachers",
            ("name", "American Society of Health Informatics Teachers"),
        ),
        ("Job Outlook", "Job Futures", ("heading", "Job Futures")),
    ],
)
def test_other_words_in_the_page_are_reported(old: str, new: str, gap: tuple[Kind, str]) -> None:
    assert page().count(old) >= 1
    assert len(old) == len(new)
    assert gap in found(page().replace(old, new))


@needs_the_page
def test_another_text_is_reported() -> None:
    kinds = [gap.text for gap in coverage(page() + " ", document()).gaps if gap.kind == "document"]
    assert kinds == ["another text: its SHA-256 differs", "6637 characters, not 6636"]


@needs_the_page
def test_new_sentence_is_reported() -> None:
    sentence = "About 7,000 people retire every three months."
    assert found(f"{page()} {sentence}") == {
        ("sentence", sentence),
        ("number", "7,000"),
        ("number", "three months"),
    }


def without_passage(doc: Document, start: int) -> Document:
    """Return the document without the passage that begins at an offset."""
    kept = tuple(passage for passage in doc.passages if passage.start != start)
    assert len(kept) == len(doc.passages) - 1
    return replace(doc, passages=kept)


def without_value(doc: Document, value: str) -> Document:
    """Return the document without the triples that have a literal."""
    passages = tuple(
        replace(
            passage,
            triples=frozenset(
                triple
                for triple in passage.triples
                if not (isinstance(triple.object, ox.Literal) and triple.object.value == value)
            ),
        )
        for passage in doc.passages
    )
    assert passages != doc.passages
    return replace(doc, passages=passages)


@needs_the_page
def test_removed_passage_is_reported() -> None:
    gaps = found(changed=without_passage(document(), 5899))
    assert gaps == {
        ("claim", "c095: Hospitals tend to pay the highest"),
        ("sentence", "Hospitals tend to pay the highest."),
    }


@needs_the_page
@pytest.mark.parametrize(
    ("value", "gap"),
    [
        ("39", ("number", "39%")),
        ("90", ("number", "top 10%")),
        ("P2Y", ("number", "two-year")),
        ("24", ("number", "24")),
        ("CTR", ("name", "CTR")),
    ],
)
def test_removed_triple_is_reported(value: str, gap: tuple[Kind, str]) -> None:
    assert found(changed=without_value(document(), value)) == {gap}


@needs_the_page
def test_passage_that_says_nothing_is_reported() -> None:
    emptied = [
        replace(passage, triples=frozenset()) if passage.start == 829 else passage
        for passage in document().passages
    ]
    assert {kind for kind, _ in found(changed=replace(document(), passages=tuple(emptied)))} == {
        "passage",
        "sentence",
        "claim",
    }


@needs_the_page
@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"section": "Job Outlook"}, "section"),
        ({"end": 7000}, "passage"),
        ({"start": 851, "end": 829}, "passage"),
    ],
)
def test_passage_that_is_elsewhere_is_reported(change: dict[str, str | int], kind: Kind) -> None:
    moved = [
        replace(passage, **change) if passage.start == 829 else passage  # type: ignore[arg-type]
        for passage in document().passages
    ]
    assert kind in {name for name, _ in found(changed=replace(document(), passages=tuple(moved)))}


@needs_the_page
def test_every_exception_is_needed() -> None:
    for stretch in left_out():
        assert found(without=stretch), stretch


@needs_the_page
def test_exception_that_hides_nothing_is_reported() -> None:
    needless = LeftOut(829, 851, digest(page()[829:851]), "no reason at all")
    report = coverage(page(), document(), claims(), [*left_out(), needless])
    assert report.gaps == (Gap("exception", 829, 851, "no reason at all"),)


# ---- The parts, on texts of their own ------------------------------------------------------------


TEXT = "A Title\n\n  • First item\n  • Second item, with 1,250 jobs\n\nOne: two. Three in 2.5 hours a day!"


def test_text_is_cut_into_headings_and_sentences() -> None:
    assert [title.text for title in headings(TEXT)] == ["A Title"]
    assert [sentence.text for sentence in sentences(TEXT)] == [
        "First item",
        "Second item, with 1,250 jobs",
        "One:",
        "two.",
        "Three in 2.5 hours a day!",
    ]
    for stretch in (*headings(TEXT), *sentences(TEXT)):
        assert TEXT[stretch.start : stretch.end] == stretch.text


def test_numbers_are_read() -> None:
    assert [(number.text, *number.literals) for number in numbers(TEXT)] == [
        ("First", "1"),
        ("Second", "2"),
        ("1,250", "1250"),
        ("One", "1"),
        ("two", "2"),
        ("Three", "3"),
        ("2.5", "2.5"),
    ]
    assert [(number.text, *number.literals) for number in numbers("top 5%, lowest 5%, a year, six-week")] == [
        ("top 5%", "95"),
        ("lowest 5%", "5"),
        ("a year", "P1Y"),
        ("six-week", "P6W"),
    ]


def test_names_are_found() -> None:
    text = "The Board of Health Care Examiners (BHCE) meets in New York."
    assert [name.text for name in names(text)] == ["The Board of Health Care Examiners", "BHCE"]


def small_document(text: str, section: str, *literals: str) -> Document:
    """Return a document of one passage, the whole text below the first heading."""
    triples = frozenset(
        ox.Triple(
            ox.NamedNode("http://example.org/a"), ox.NamedNode("http://example.org/p"), ox.Literal(literal)
        )
        for literal in literals
    )
    passage = Passage("http://example.org/passage", section, text.index("\n\n") + 2, len(text), triples)
    return Document(hashlib.sha256(text.encode()).hexdigest(), len(text), (passage,))


def test_small_page_is_covered_by_its_literals_only() -> None:
    text = "Pay\n\nThe Board of Health pays 1,250 dollars."
    assert not coverage(text, small_document(text, "Pay", "1250.0", "The Board of Health")).gaps
    gaps = coverage(text, small_document(text, "Pay", "125")).gaps
    assert [(gap.kind, gap.text) for gap in gaps] == [("number", "1,250"), ("name", "The Board of Health")]
    gaps = coverage(text, small_document(text, "Wages", "1250", "The Board of Health")).gaps
    assert [gap.kind for gap in gaps] == ["section", "heading"]
