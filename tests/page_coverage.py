"""What of a career guide page the graph represents: sentences, numbers, names and claims, gap by gap.

Everything here is a function of values: the text, the passages with what their graphs hold, the claims,
the stretches that are left out on purpose. So a test can change one of them and see the gap appear.
Offsets count Unicode code points; a stretch begins at ``start`` and ends before ``end``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import pyoxigraph as ox

from careerkg.vocabulary import CKG, DCTERMS, RDF

Kind: TypeAlias = Literal[
    "document", "passage", "heading", "section", "sentence", "number", "name", "claim", "exception"
]
"""What a gap is a gap of."""


@dataclass(frozen=True)
class Passage:
    """A stretch of the page, the section it says it is in, and the triples of its graph."""

    iri: str
    section: str
    start: int
    end: int
    triples: frozenset[ox.Triple]

    @property
    def literals(self) -> frozenset[str]:
        """Return the literals of the graph, as they are written; numbers without trailing zeros."""
        values = (triple.object.value for triple in self.triples if isinstance(triple.object, ox.Literal))
        return frozenset(re.sub(r"(?<=\d)\.0*$|(?<=\.\d)0+$", "", value) for value in values)


@dataclass(frozen=True)
class Document:
    """What the graph says of the page as a whole, and its passages."""

    sha256: str
    character_count: int
    passages: tuple[Passage, ...]


@dataclass(frozen=True)
class Claim:
    """An atomic statement of the page, found by a reader: where it stands, and its words."""

    id: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True)
class LeftOut:
    """A stretch that is not represented on purpose, and why; the digest ties it to the page's wording."""

    start: int
    end: int
    digest: str
    reason: str


@dataclass(frozen=True)
class Stretch:
    """A piece of the page."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Gap:
    """Something of the page that the graph does not represent, or says wrongly of the page."""

    kind: Kind
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Report:
    """The gaps, and how many pieces of each kind were looked at."""

    gaps: tuple[Gap, ...]
    counts: tuple[tuple[Kind, int], ...]


# ---- Reading the graph and the page --------------------------------------------------------------


def read_document(store: ox.Store, source: str) -> Document:
    """Return the passages of a source, by offset, from a store that holds their graphs."""
    node = ox.NamedNode(source)
    passages = [
        Passage(
            iri=quad.subject.value,
            section=_value(store, quad.subject, CKG.section),
            start=int(_value(store, quad.subject, CKG.startOffset)),
            end=int(_value(store, quad.subject, CKG.endOffset)),
            triples=frozenset(
                inner.triple for inner in store.quads_for_pattern(None, None, None, quad.subject)
            ),
        )
        for quad in store.quads_for_pattern(None, ox.NamedNode(f"{DCTERMS}isPartOf"), node)
        if isinstance(quad.subject, ox.NamedNode)
        and ox.Quad(quad.subject, ox.NamedNode(RDF.type), ox.NamedNode(CKG.Passage)) in store
    ]
    return Document(
        sha256=_value(store, node, CKG.sha256),
        character_count=int(_value(store, node, CKG.characterCount)),
        passages=tuple(sorted(passages, key=lambda passage: (passage.start, passage.end))),
    )


def _value(store: ox.Store, subject: ox.NamedNode, predicate: str) -> str:
    """Return the one value of a property. Raises ValueError if there is none or several."""
    (quad,) = store.quads_for_pattern(subject, ox.NamedNode(predicate), None, ox.DefaultGraph())
    assert isinstance(quad.object, ox.Literal)
    return quad.object.value


_BULLET = "•"


def _lines(text: str) -> Iterator[Stretch]:
    """Yield the lines that are not blank, without bullet and surrounding space."""
    for match in re.finditer(r"[^\n]+", text):
        body = match[0].lstrip(f" \u00a0{_BULLET}")
        if body.strip():
            start = match.end() - len(body)
            yield Stretch(start, start + len(body.rstrip()), body.rstrip())


def headings(text: str) -> list[Stretch]:
    """Return the headings: short lines that begin with a capital, are no list item and no sentence."""
    return [
        line
        for line in _lines(text)
        if len(line.text) <= 80
        and line.text[0].isupper()
        and not re.search(r"[.:?!,;]", line.text)
        and _BULLET not in text[max(0, line.start - 4) : line.start]
    ]


def sentences(text: str) -> list[Stretch]:
    """Return the sentences and list items, headings left out."""
    titles = {heading.start for heading in headings(text)}
    return [
        Stretch(line.start + match.start(), line.start + match.end(), match[0])
        for line in _lines(text)
        if line.start not in titles
        for match in re.finditer(r"\S(?:.*?[.:?!](?=\s|$)|.*$)", line.text)
    ]


@dataclass(frozen=True)
class Number:
    """A number of the page, in figures or words, with the literals that would represent it."""

    start: int
    end: int
    text: str
    literals: frozenset[str]


_COUNTING = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
}
_ORDINAL = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
}
_UNITS = {"hour": "PT{}H", "day": "P{}D", "week": "P{}W", "month": "P{}M", "year": "P{}Y"}
_EVERY = {
    "daily": "P1D",
    "weekly": "P1W",
    "monthly": "P1M",
    "yearly": "P1Y",
    "annual": "P1Y",
    "annually": "P1Y",
}
_NUMBER = re.compile(
    rf"""(?P<tail>\btop\ |\blowest\ )?(?P<digits>\d+(?:,\d{{3}})*(?:\.\d+)*)(?P<percent>%)?
    | \b(?P<count>{"|".join(_COUNTING)})(?:[\s-](?P<counted>{"|".join(_UNITS)})s?)?\b
    | \b(?P<ordinal>{"|".join(_ORDINAL)})\b
    | (?<!hours\ )\ba\ (?P<single>{"|".join(_UNITS)})\b
    | \b(?P<every>{"|".join(_EVERY)})\b""",
    re.VERBOSE | re.IGNORECASE,
)


def numbers(text: str) -> list[Number]:
    """Return every number of the page: figures, number words, ordinals, and times such as "a year"."""
    return [
        Number(match.start(), match.end(), match[0], frozenset(_readings(match)))
        for match in _NUMBER.finditer(text)
    ]


def _readings(match: re.Match[str]) -> Iterator[str]:
    """Yield the literals that represent a number: its value; a duration; a percentile for a tail of pay."""
    if digits := match["digits"]:
        value = digits.replace(",", "")
        tail = (match["tail"] or "").strip().lower()
        if not tail or not match["percent"]:
            yield value
        else:
            yield str(100 - int(value)) if tail == "top" else value
    elif word := match["count"]:
        value = str(_COUNTING[word.lower()])
        yield _UNITS[match["counted"].lower()].format(value) if match["counted"] else value
    elif word := match["ordinal"]:
        yield str(_ORDINAL[word.lower()])
    elif unit := match["single"]:
        yield _UNITS[unit.lower()].format(1)
    else:
        yield _EVERY[match["every"].lower()]


def names(text: str) -> list[Stretch]:
    """Return abbreviations in brackets, and proper names of four words and more, headings left out."""
    titles = {heading.start for heading in headings(text)}
    pattern = re.compile(r"(?<=\()[A-Z]{2,}(?=\))|\b[A-Z][\w-]+(?: (?:(?:of|for|and|on) )?[A-Z][\w-]+){2,}")
    return [
        Stretch(line.start + match.start(), line.start + match.end(), match[0])
        for line in _lines(text)
        if line.start not in titles
        for match in pattern.finditer(line.text)
    ]


# ---- Comparing them ------------------------------------------------------------------------------


def digest(text: str) -> str:
    """Return what a stretch that is left out is recognized by: 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _covers(passage: Passage, start: int, end: int) -> bool:
    """Tell whether a passage that says something holds the whole stretch."""
    return bool(passage.triples) and passage.start <= start and end <= passage.end


def _meets(passage: Passage, start: int, end: int) -> bool:
    """Tell whether a passage that says something overlaps the stretch."""
    return bool(passage.triples) and passage.start < end and start < passage.end


def _said(passages: Iterable[Passage]) -> frozenset[str]:
    """Return the literals of some passages in the form in which names are compared."""
    return frozenset(literal.casefold() for passage in passages for literal in passage.literals)


def _document_gaps(text: str, document: Document) -> Iterator[Gap]:
    """Yield what the graph says wrongly of the page as a whole, and passages that cannot be right."""
    if hashlib.sha256(text.encode()).hexdigest() != document.sha256:
        yield Gap("document", 0, len(text), "another text: its SHA-256 differs")
    if len(text) != document.character_count:
        yield Gap("document", 0, len(text), f"{len(text)} characters, not {document.character_count}")
    for passage in document.passages:
        if not 0 <= passage.start < passage.end <= len(text):
            yield Gap("passage", passage.start, passage.end, f"{passage.iri} lies outside")
        elif not passage.triples:
            yield Gap("passage", passage.start, passage.end, f"{passage.iri} says nothing")
    titles = headings(text)
    for passage in document.passages:
        above = [title.text.replace("\u00a0", " ") for title in titles if title.end <= passage.start]
        if [passage.section] != above[-1:]:
            yield Gap("section", passage.start, passage.end, f"{passage.section}, not {above[-1:]}")


def coverage(
    text: str, document: Document, claims: Sequence[Claim] = (), left_out: Sequence[LeftOut] = ()
) -> Report:
    """Return what the graph does not represent of a page.

    A heading must be the section of a passage; a sentence must lie in passages that say something, its
    words one by one; a number must be a literal of a passage that holds it; a name must be a literal of
    some passage; a claim must meet a passage that says something. What lies in a stretch that is left out
    on purpose is no gap, but a stretch that the page does not word so, or that hides no gap, is one.
    """
    passages = document.passages
    sections = {passage.section for passage in passages if passage.triples}
    vocabulary = _said(passages)
    gaps = list(_document_gaps(text, document))
    headed, sentenced, numbered, named = headings(text), sentences(text), numbers(text), names(text)
    gaps += [
        Gap("heading", title.start, title.end, title.text)
        for title in headed
        if title.text.replace("\u00a0", " ") not in sections
    ]
    gaps += [
        Gap("sentence", sentence.start, sentence.end, sentence.text)
        for sentence in sentenced
        if not all(
            any(
                _covers(passage, sentence.start + word.start(), sentence.start + word.end())
                for passage in passages
            )
            for word in re.finditer(r"\w+", sentence.text)
        )
    ]
    gaps += [
        Gap("number", number.start, number.end, number.text)
        for number in numbered
        if not any(
            number.literals <= passage.literals
            for passage in passages
            if _covers(passage, number.start, number.end)
        )
    ]
    gaps += [
        Gap("name", name.start, name.end, name.text)
        for name in named
        if not {name.text.casefold(), name.text.casefold().removesuffix("s")} & vocabulary
    ]
    for claim in claims:
        if text[claim.start : claim.end] != claim.quote:
            gaps.append(Gap("claim", claim.start, claim.end, f"{claim.id}: the page has other words there"))
        elif not any(_meets(passage, claim.start, claim.end) for passage in passages):
            gaps.append(Gap("claim", claim.start, claim.end, f"{claim.id}: {claim.quote}"))

    def excused(gap: Gap, stretch: LeftOut) -> bool:
        return (
            gap.kind in ("heading", "sentence", "number", "name", "claim")
            and digest(text[stretch.start : stretch.end]) == stretch.digest
            and stretch.start <= gap.start
            and gap.end <= stretch.end
        )

    stale = [
        Gap("exception", stretch.start, stretch.end, stretch.reason)
        for stretch in left_out
        if not stretch.reason or not any(excused(gap, stretch) for gap in gaps)
    ]
    return Report(
        gaps=(*(gap for gap in gaps if not any(excused(gap, stretch) for stretch in left_out)), *stale),
        counts=(
            ("passage", len(passages)),
            ("heading", len(headed)),
            ("sentence", len(sentenced)),
            ("number", len(numbered)),
            ("name", len(named)),
            ("claim", len(claims)),
        ),
    )
