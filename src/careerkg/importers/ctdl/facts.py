"""Mapping: what all parts of it share. Facts are written about IRIs, with the release's table as source."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256

from careerkg.importers.ctdl.expand import Node, Text, Value
from careerkg.importers.ctdl.index import Index
from careerkg.importers.ctdl.terms import CETERMS
from careerkg.importers.triples import LABEL, SOURCE_OF, TYPE, iri, literal
from careerkg.importers.triples import text as language_text
from careerkg.vocabulary import CKG, RDFS, mint, slugify

__all__ = ["COMMENT", "Facts", "meaningful", "plain", "words"]

COMMENT = f"<{RDFS.comment}>"

_PLACEHOLDER = re.compile(r"\*\*\*.*\bMISSING\b.*\*\*\*|PLEASE PROVIDE A VALID DESCRIPTION", re.IGNORECASE)
_COUNTRIES = {
    "us": "United States",
    "usa": "United States",
    "u.s.": "United States",
    "u.s.a.": "United States",
    "united states of america": "United States",
    "uk": "United Kingdom",
}


@dataclass(slots=True)
class Facts:
    """The facts of one record, as lines; ``skolem`` is where nodes without name have theirs."""

    index: Index
    skolem: str
    table: str
    warn: Callable[[str], None]
    multiple_requires: str = "and"
    lines: list[str] = field(default_factory=list)
    dangling: list[str] = field(default_factory=list)

    def say(self, subject: str, property_: str, value: str) -> None:
        """Add a fact: the property by its IRI, the value in N-Triples form."""
        self.lines.append(f"{iri(subject)} <{property_}> {value} .\n")

    def link(self, subject: str, property_: str, target: str) -> None:
        """Add a fact about two things."""
        self.lines.append(f"{iri(subject)} <{property_}> {iri(target)} .\n")

    def a(self, subject: str, kind: str) -> None:
        """Say of which careerkg class a thing is, and which table says so."""
        self.lines.append(
            f"{iri(subject)} {TYPE} <{CKG}{kind}> .\n{iri(subject)} {SOURCE_OF} <{self.table}> .\n"
        )

    def label(self, subject: str, texts: Iterable[Text]) -> None:
        """Add labels."""
        for each in texts:
            if meaningful(each):
                self.lines.append(f"{iri(subject)} {LABEL} {words(each)} .\n")

    def comment(self, subject: str, texts: Iterable[Text]) -> None:
        """Add remarks, leaving out what stands for a missing one."""
        for each in texts:
            if meaningful(each):
                self.lines.append(f"{iri(subject)} {COMMENT} {words(each)} .\n")

    def inner(self, node: Node, name: str) -> str:
        """Return the IRI of a part of a node that we make: a condition under a profile, say."""
        if node.iri.startswith(self.skolem):
            return f"{node.iri}/{name}"
        return f"{self.skolem}{sha256(node.iri.encode()).hexdigest()[:16]}/{name}"

    def free_text(self, subject: str, texts: Iterable[Text]) -> str:
        """Write a condition in words and return its IRI."""
        self.a(subject, "FreeTextCondition")
        self.comment(subject, texts)
        return subject

    def place(self, value: Value) -> str | None:
        """Write a place that a value describes and return its IRI, one of ours by its name; or None."""
        if isinstance(value, Text):
            return self._place(value.text, None)
        if not isinstance(value, Node):
            return value.iri
        country = value.text(CETERMS.addressCountry)
        region = value.text(CETERMS.addressRegion) or value.text(CETERMS.name)
        if region is None or region == country:
            return None if country is None else self._place(country, None)
        return self._place(region, country)

    def places(self, profiles: Iterable[Value]) -> list[str]:
        """Return the places that jurisdiction profiles name as where something holds."""
        found = []
        for profile in profiles:
            if isinstance(profile, Node):
                for main in profile.values(CETERMS.mainJurisdiction):
                    if place := self.place(main):
                        found.append(place)
        return list(dict.fromkeys(found))

    def _place(self, name: str, country: str | None) -> str | None:
        name = " ".join(name.split())
        name = _COUNTRIES.get(name.lower(), name)
        parent = None if country is None else self._place(country, None)
        slug = slugify(name)
        if not slug or parent == mint("place", slug):
            return parent
        if parent is not None:
            slug += "-" + parent.rpartition("/")[2]
        place = mint("place", slug)
        self.a(place, "Place")
        self.lines.append(f"<{place}> {LABEL} {language_text(name, 'en')} .\n")
        if parent is not None:
            self.link(place, CKG.partOf, parent)
        return place


def meaningful(value: Text) -> bool:
    """Tell whether a text says something, rather than that it is missing."""
    return bool(value.text.strip()) and _PLACEHOLDER.search(value.text) is None


def words(value: Text) -> str:
    """Return a text in N-Triples form, without white space at its ends."""
    if value.language:
        return language_text(value.text, value.language)
    return literal(value.text.strip())


def plain(value: str) -> Text:
    """Return words of ours."""
    return Text(value, "en")
